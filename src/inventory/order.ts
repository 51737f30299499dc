import type { Inventory } from './inventory.ts'
import type { Policy } from './policy.ts'
import { problemAt, show } from './problems.ts'
import type { Path, Problem } from './problems.ts'
import type { YamlText } from './yaml.ts'

/**
 * What `workers.order` of a policy names and the inventory does not have: such a rule would silently do nothing.
 * Labels, and nodes of a cluster whose workers are discovered, are known to the cluster only.
 * @param text the document that has the policy, at `at`
 */
export function unknownOrder(
  policy: Policy,
  inventory: Inventory,
  text: Pick<YamlText, 'lineOf'>,
  at: Path,
): Problem[] {
  const workers = inventory.nodes.filter(({ role }) => role === 'worker')
  const names = workers.map(({ name }) => name)
  const groups = [...new Set(workers.flatMap(({ groups }) => groups))]
  return policy.workers.order.flatMap(({ node, group }, index) => {
    const place = [...at, 'workers', 'order', index]
    if (group !== undefined && !groups.includes(group))
      return [problemAt(text, [...place, 'group'], unknown('group', group, groups))]
    if (node !== undefined && !inventory.discoverWorkers && !names.includes(node))
      return [problemAt(text, [...place, 'node'], unknown('name', node, names))]
    return []
  })
}

function unknown(what: string, got: string, known: readonly string[]): string {
  const accepted = known.length === 0 ? 'nothing, there is none' : known.slice(0, 20).join(', ')
  return `got ${show(got)}, which is the ${what} of no worker in the inventory; accepts ${accepted}`
}
