import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { generateSchemas } from '../../schemas/generate.ts'

test.each(Object.entries(generateSchemas()))(
  'schemas/%s is current (node schemas/generate.ts)',
  (name, schema) => {
    const published: unknown = JSON.parse(
      readFileSync(new URL(`../../schemas/${name}`, import.meta.url), 'utf8'),
    )
    expect(published).toEqual(JSON.parse(JSON.stringify(schema)))
  },
)

test('every key of the policy and of the inventory is described', () => {
  const silent: string[] = []
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    const { properties, items } = schema as {
      properties?: Record<string, { description?: string }>
      items?: unknown
    }
    for (const [key, inner] of Object.entries(properties ?? {})) {
      if (inner.description === undefined) silent.push(`${path}.${key}`)
      walk(inner, `${path}.${key}`)
    }
    walk(items, `${path}[]`)
  }
  for (const [name, schema] of Object.entries(generateSchemas())) walk(schema, name)
  expect(silent).toEqual([])
})
