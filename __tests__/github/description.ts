import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'

/*
 * GitHub's published description of its REST API, as far as the action asks it (openapi.json, made by
 * .ci/github-openapi.ts): tells which operation a request is, and what is wrong with a request or an answer.
 */

interface Parameter {
  readonly $ref?: string
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: { readonly type?: string }
}

interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, unknown>>
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> }
}

const description = JSON.parse(
  readFileSync(new URL('openapi.json', import.meta.url), 'utf8'),
) as Description & object

// OpenAPI has words that are none of JSON Schema's, and formats such as int64 that a number in a test fits anyway.
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
ajv.addSchema(description, 'github')

const escape = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1')

/** The schema at a place of the document; undefined when there is none. */
function schemaAt(...place: string[]): ValidateFunction | undefined {
  return ajv.getSchema(`github#/${place.map((part) => encodeURIComponent(escape(part))).join('/')}`)
}

/** A request that the description has: its operation, and what stands in the braces of the path. */
export interface Known {
  readonly route: string
  readonly path: string
  readonly method: string
  readonly inPath: Readonly<Record<string, string>>
}

/** Which operation of the description a request is; undefined: GitHub has none such, or the action should not ask it. */
export function findOperation(method: string, pathname: string): Known | undefined {
  for (const path of Object.keys(description.paths)) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    const values = new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(pathname)?.slice(1)
    const verb = method.toLowerCase()
    if (values === undefined || description.paths[path]?.[verb] === undefined) continue
    const inPath = Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(values[at] ?? '')]))
    return { route: `${method} ${path}`, path, method: verb, inPath }
  }
  return undefined
}

/** What is wrong with a request. */
export function wrongRequest(known: Known, query: URLSearchParams, body: unknown): string[] {
  const { parameters = [], requestBody } = description.paths[known.path]?.[known.method] ?? { responses: {} }
  const named = parameters.map((one) => {
    const name = one.$ref?.split('/').at(-1) ?? ''
    return one.$ref === undefined ? one : (description.components.parameters[name] ?? one)
  })
  const wrong = [...query.keys()]
    .filter((key) => !named.some((one) => one.in === 'query' && one.name === key))
    .map((key) => `there is no parameter ${key}`)
  for (const one of named) {
    const value = one.in === 'path' ? known.inPath[one.name] : query.get(one.name)
    if ((value === undefined || value === null) && one.required === true) wrong.push(`${one.name} is missing`)
    if (one.schema.type === 'integer' && value && !/^\d+$/.test(value))
      wrong.push(`${one.name} is no whole number: ${value}`)
  }
  if (requestBody === undefined) return body === undefined ? wrong : [...wrong, 'a body is not taken']
  const place = ['paths', known.path, known.method, 'requestBody', 'content', 'application/json', 'schema']
  return [...wrong, ...wrongBy(schemaAt(...place), body)]
}

/** What is wrong with the stand-in's own answer. Statuses that are not described, such as 429 and 502, are any operation's. */
export function wrongAnswer(known: Known, status: number, body: unknown): string[] {
  const place = ['paths', known.path, known.method, 'responses', String(status)]
  const answer = description.paths[known.path]?.[known.method]?.responses[status] as
    { $ref?: string } | undefined
  if (answer === undefined) return status < 400 ? [`it never answers ${status}`] : []
  const at = answer.$ref === undefined ? place : answer.$ref.slice(2).split('/')
  return wrongBy(schemaAt(...at, 'content', 'application/json', 'schema'), body)
}

function wrongBy(validate: ValidateFunction | undefined, value: unknown): string[] {
  if (validate === undefined) return ['there is no schema']
  if (validate(value)) return []
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`)
}
