import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import { parseDocument } from 'yaml'
import { readAction, root } from '../../.ci/docs.ts'
import { parseInventory } from '../../src/inventory/inventory.ts'
import { parsePolicy } from '../../src/inventory/policy.ts'
import { formatProblem } from '../../src/inventory/problems.ts'

const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root }).toSorted()
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

interface Block {
  /** File and number of the block in it. */
  place: string
  language: string
  text: string
}

function blocksOf(file: string): Block[] {
  return [...read(file).matchAll(/^```([^\n]*)\n([^]*?)^```$/gm)].map(
    ([, language = '', text = ''], index) => ({
      place: `${file}, block ${index + 1}`,
      language,
      text,
    }),
  )
}

const blocks = pages.flatMap(blocksOf)
const files = globSync('examples/**/*.{yml,yaml}', { cwd: root }).toSorted()
const yaml = [
  ...blocks.filter(({ language }) => language === 'yaml'),
  ...files.map((place) => ({ place, language: 'yaml', text: read(place) })),
]

function keysOf(text: string): string[] {
  const value: unknown = parseDocument(text).toJS()
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
}

test.each(yaml.map((block) => [block.place, block] as const))('%s is YAML', (_place, { text }) => {
  const { errors, warnings } = parseDocument(text)
  expect([...errors, ...warnings]).toEqual([])
})

const inventories = [
  ...yaml.filter(({ text }) => keysOf(text).includes('nodes')),
  ...blocks.filter(({ language }) => language === 'ini'),
]
const reusable = '.github/workflows/upgrade.yml'
const shown = yaml.filter(({ text }) => keysOf(text).includes('jobs'))
const workflows = [...shown, { place: reusable, language: 'yaml', text: read(reusable) }]
const policies = yaml.filter((block) => !inventories.includes(block) && !shown.includes(block))

test('there are examples of everything', () => {
  expect(inventories.length).toBeGreaterThan(3)
  expect(policies.length).toBeGreaterThan(2)
  expect(workflows.length).toBeGreaterThan(1)
})

test.each(inventories.map((block) => [block.place, block.text]))('%s is an inventory', (_place, text) => {
  expect(parseInventory(text).problems.map(formatProblem)).toEqual([])
})

test.each(policies.map((block) => [block.place, block.text]))('%s is a policy', (_place, text) => {
  expect(parsePolicy(text).problems.map(formatProblem)).toEqual([])
})

test('the mistakes in docs/inventory.md are told as it says', () => {
  const own = blocksOf('docs/inventory.md')
  const wrong = own.find(({ language }) => language === 'yaml invalid')
  const told = own.find(({ language }) => language === 'text')
  const problems = parseInventory(wrong?.text ?? '').problems.map(formatProblem)
  expect(`${problems.join('\n')}\n`).toBe(told?.text)
})

interface Step {
  id?: string
  uses?: string
  with?: Record<string, string>
}
interface Job {
  uses?: string
  with?: Record<string, unknown>
  secrets?: Record<string, string>
  permissions?: unknown
  'timeout-minutes'?: number | string
  outputs?: Record<string, string>
  needs?: string | string[]
  steps?: Step[]
}
interface Workflow {
  permissions?: unknown
  concurrency?: unknown
  jobs: Record<string, Job>
}

/** The reusable workflow, as its callers see it. */
interface Called extends Workflow {
  on: {
    workflow_call: {
      inputs: Record<string, { required?: boolean }>
      secrets: Record<string, unknown>
      outputs: Record<string, unknown>
    }
  }
}

const action = readAction()
const called = parseDocument(read(reusable)).toJS() as Called

test.each(workflows.map((block) => [block.place, block.text]))(
  '%s gives the action inputs that it has, and reads outputs that there are',
  (_place, text) => {
    const workflow = parseDocument(text).toJS() as Workflow
    expect(workflow.permissions).toEqual({})
    for (const [name, job] of Object.entries(workflow.jobs)) {
      expect({ name, permissions: job.permissions }).toEqual({ name, permissions: expect.anything() })
      const steps = job.steps ?? []
      for (const step of steps.filter(({ uses }) => /^(\.\/\.)?kubeadm-upgrade/.test(uses ?? '')))
        expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})))
      for (const [, id, output] of JSON.stringify(job).matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        const step = steps.find((one) => one.id === id)
        expect({ id, step }).toEqual({ id, step: expect.anything() })
        if (/^(\.\/\.)?kubeadm-upgrade/.test(step?.uses ?? ''))
          expect(Object.keys(action.outputs)).toContain(output)
      }
      for (const [, other = '', output] of JSON.stringify(job).matchAll(
        /needs\.([\w-]+)\.outputs\.([\w-]+)/g,
      )) {
        expect([job.needs].flat()).toContain(other)
        const needed = workflow.jobs[other]
        const outputs = needed?.uses === undefined ? needed?.outputs : called.on.workflow_call.outputs
        expect(Object.keys(outputs ?? {})).toContain(output)
      }
    }
  },
)

const callers = shown.flatMap(({ place, text }) =>
  Object.values((parseDocument(text).toJS() as Workflow).jobs)
    .filter(({ uses }) => uses?.includes(`/${reusable}@`))
    .map((job) => [place, job] as const),
)

test.each(callers)('%s gives the reusable workflow what it takes', (_place, job) => {
  const { inputs, secrets } = called.on.workflow_call
  const required = Object.keys(inputs).filter((name) => inputs[name]?.required === true)
  expect(Object.keys(job.with ?? {})).toEqual(expect.arrayContaining(required))
  expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(job.with ?? {})))
  expect(Object.keys(secrets)).toEqual(expect.arrayContaining(Object.keys(job.secrets ?? {})))
})

test('the reusable workflow has a time limit and an environment for every job, and one run touches a cluster at a time', () => {
  expect(callers.length).toBeGreaterThan(3)
  expect(called.concurrency).toMatchObject({ 'cancel-in-progress': false, queue: 'max' })
  for (const job of Object.values(called.jobs)) {
    const limit = job['timeout-minutes']
    if (limit !== '${{ inputs.timeout-minutes }}') expect(limit).toBeGreaterThan(0)
    expect(job).toHaveProperty('environment')
  }
})

test('the reusable workflow gives all phases the same decisions, and those that change something the approved digest', () => {
  const runs = Object.values(called.jobs)
    .flatMap(({ steps = [] }) => steps)
    .filter(({ uses }) => uses === './.kubeadm-upgrade')
  expect(runs.map((run) => run.with?.['phase'])).toEqual([
    'plan',
    'control-plane',
    'workers',
    'workers',
    'verify',
  ])
  const decisions = (run: Step) => [
    run.with?.['inventory'],
    run.with?.['policy'],
    run.with?.['max-unavailable'],
  ]
  for (const run of runs) expect(decisions(run)).toEqual(decisions(runs[0] ?? {}))
  const digests = runs.slice(1, 4).map((run) => run.with?.['plan-digest'])
  expect(new Set(digests)).toEqual(new Set(["${{ needs.plan.outputs.plan-digest || 'missing' }}"]))
})

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replace(/^```[^]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function brokenLinks(page: string): string[] {
  const text = read(page)
    .replace(/^```[^]*?^```$/gm, '')
    .replace(/(?<!\[)`[^`\n]*`(?!\])/g, '')
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const file = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(root, file))) return true
    return anchor !== undefined && !anchorsOf(read(file)).includes(anchor)
  })
}

test.each(pages.map((page) => [page]))('every relative link of %s leads somewhere', (page) => {
  expect(brokenLinks(page)).toEqual([])
})
