import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { inventorySchema } from '../src/inventory/own-format.ts'
import { policySchema } from '../src/inventory/policy-schema.ts'
import { planDocument, reportDocument } from './documents.ts'

// Run it after a change of a schema: `node schemas/generate.ts`. A test says when it was forgotten.

/** The published schemas, by file name: of what a person writes, before defaults are applied, and of what a run writes. */
export function generateSchemas(): Record<string, object> {
  return {
    'inventory.schema.json': describe(inventorySchema, 'Inventory of kubeadm-upgrade'),
    'plan.schema.json': describe(planDocument, 'Plan of kubeadm-upgrade'),
    'policy.schema.json': describe(policySchema, 'Policy of kubeadm-upgrade'),
    'report.schema.json': describe(reportDocument, 'Report of kubeadm-upgrade'),
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
