import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** A published schema, as somebody else would use it. */
export function published(name: 'plan' | 'report'): z.ZodType {
  const text = readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8')
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0])
}

/** What the schema has against a document; nothing: it is as the schema says. */
export function problems(name: 'plan' | 'report', document: string): unknown[] {
  return published(name).safeParse(JSON.parse(document)).error?.issues ?? []
}
