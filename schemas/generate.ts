import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { inventorySchema } from '../src/inventory/own-format.ts'
import { policySchema } from '../src/inventory/policy-schema.ts'

// Run it after a change of a schema: `node schemas/generate.ts`. A test says when it was forgotten.

/** The published schemas, by file name. They describe what a person writes, before defaults are applied. */
export function generateSchemas(): Record<string, object> {
  return {
    'inventory.schema.json': describe(inventorySchema, 'Inventory of kubeadm-upgrade'),
    'policy.schema.json': describe(policySchema, 'Policy of kubeadm-upgrade'),
  }
}

function describe(schema: z.ZodType, title: string): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return { $schema, title, ...rest }
}

if (import.meta.main) {
  const { format } = await import('prettier')
  for (const [name, schema] of Object.entries(generateSchemas())) {
    writeFileSync(
      new URL(name, import.meta.url),
      await format(JSON.stringify(schema), { parser: 'json', printWidth: 110 }),
    )
  }
}
