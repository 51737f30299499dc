import type { Policy } from '../../inventory/policy.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'

export const policyCatalogue = {
  'policy-not-in-release': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'The policy asks for something that its format has and that this release does not do yet; [the policy](policy.md) marks these keys.',
    todo: 'Remove these keys from the policy.',
  },
} as const satisfies Catalogue

const finding = findingsOf(policyCatalogue)

/** Keys that the format has and this release does not act on: asked for and not done would be worse than refused. */
export function policyFindings({ images }: Policy): Finding[] {
  const asked = {
    'images.repository': images.repository !== undefined,
  }
  const keys = Object.entries(asked).flatMap(([key, is]) => (is ? [key] : []))
  if (keys.length === 0) return []
  const seen = `The policy asks for what this release does not do: ${keys.join(', ')}.`
  const remedy = 'Remove these keys from the policy.'
  return [finding('policy-not-in-release', undefined, seen, remedy)]
}
