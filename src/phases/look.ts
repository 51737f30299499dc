import pLimit from 'p-limit'
import type { Admin } from '../cluster/admin.ts'
import { readControlPlaneHealth } from '../cluster/etcd.ts'
import { readSnapshot } from '../cluster/snapshot.ts'
import { asFailure, Failure } from '../failure.ts'
import { readFacts } from '../node/facts.ts'
import type { NodeFacts } from '../node/node.ts'
import type { Observed } from '../plan/observed.ts'
import { remoteOf, type Run } from './run.ts'

/** Nodes that are asked at the same time. */
const parallel = 40

/** The control plane nodes of the inventory, as the way to the cluster. Nothing is connected before it is used. */
export function admin(run: Run): Admin {
  const names = run.inventory.nodes.filter((node) => node.role === 'control-plane').map((node) => node.name)
  return { controlPlanes: names.map((name) => remoteOf(run, name)) }
}

/**
 * Looks at the cluster and at the named nodes, all at once; changes nothing.
 * @param healthOf control plane nodes whose API server and etcd member are asked too
 * @throws {Failure} of the first node that could not be looked at, naming all of them
 */
export async function look(
  run: Run,
  nodes: readonly string[],
  healthOf: readonly string[],
): Promise<Observed> {
  const limit = pLimit(parallel)
  const [facts, snapshot, health] = await Promise.all([
    lookAtNodes(nodes, (name) => limit(() => readFacts(remoteOf(run, name)))),
    // Its failure is told only when every node could be reached: an unreachable node is the better explanation.
    readSnapshot(admin(run)).catch((error: unknown) => asFailure(error)),
    Promise.all(healthOf.map((name) => limit(() => readControlPlaneHealth(remoteOf(run, name))))),
  ])
  if (snapshot instanceof Failure) throw snapshot
  return { facts, snapshot, health }
}

async function lookAtNodes(
  names: readonly string[],
  read: (name: string) => Promise<NodeFacts>,
): Promise<Map<string, NodeFacts>> {
  const facts = new Map<string, NodeFacts>()
  const failures: Failure[] = []
  const one = async (name: string): Promise<void> => {
    try {
      facts.set(name, await read(name))
    } catch (error) {
      failures.push(asFailure(error))
    }
  }
  await Promise.all(names.map(one))
  const [first] = failures
  if (first === undefined) return facts
  if (failures.length === 1) throw first
  throw new Failure(first.reason, `${failures.length} nodes could not be looked at. ${first.message}`, {
    node: first.node,
    seen: failures.map((failure) => `${failure.node ?? ''}: ${failure.message}`).join('\n'),
    next: first.next,
    cause: first,
  })
}
