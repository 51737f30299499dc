import pLimit from 'p-limit'
import type { Admin } from '../cluster/admin.ts'
import { readControlPlaneHealth, type ControlPlaneHealth } from '../cluster/etcd.ts'
import { osLabel, readSnapshot, type Snapshot } from '../cluster/snapshot.ts'
import { asFailure, Failure } from '../failure.ts'
import { readFacts } from '../node/facts.ts'
import type { NodeFacts } from '../node/node.ts'
import type { Observed } from '../plan/observed.ts'
import { attachJob } from '../ssh/jobs.ts'
import { controlPlaneNames, entryOf, remoteOf, type Run } from './run.ts'

/** Nodes that are asked at the same time. */
const parallel = 40

/** The control plane nodes of the inventory, as the way to the cluster. Nothing is connected before it is used. */
export function admin(run: Run): Admin {
  return { controlPlanes: controlPlaneNames(run).map((name) => remoteOf(run, name)) }
}

/** What a look saw; the snapshot may be missing when no API server answered. */
interface Seen {
  facts: Map<string, NodeFacts>
  snapshot: Snapshot | Failure
  health: ControlPlaneHealth[]
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
  return complete(await see(run, nodes, healthOf))
}

/**
 * `look` for a phase that changes nodes: a job that an earlier run left running is followed to its end first, since what
 * is seen while kubeadm restarts an API server or etcd says nothing about the cluster.
 */
export async function lookAfterRunningJobs(
  run: Run,
  nodes: readonly string[],
  healthOf: readonly string[],
): Promise<Observed> {
  const seen = await see(run, nodes, healthOf)
  const running = [...seen.facts].flatMap(([name, facts]) =>
    facts.jobs.filter((job) => job.state === 'running').map(({ id }) => ({ name, id })),
  )
  if (running.length === 0) return complete(seen)
  await Promise.all(running.map(({ name, id }) => followToItsEnd(run, name, id)))
  return complete(await see(run, nodes, healthOf))
}

/** Follows a job that an earlier run left running. */
export async function followToItsEnd(run: Run, name: string, id: string): Promise<void> {
  run.log.info(`${name}: ${id} of an earlier run is still running; following it to its end`)
  const result = await attachJob(remoteOf(run, name), id, run.policy.timeouts.kubeadm, {
    clock: run.clock,
    onOutput: (text) => run.log.output(name, text),
    aborted: () => run.aborted(),
  })
  run.log.info(
    `${name}: ${id} ended ${result.code === null ? 'without an exit code' : `with ${result.code}`}`,
  )
}

function complete({ facts, snapshot, health }: Seen): Observed {
  if (snapshot instanceof Failure) throw snapshot
  return { facts, snapshot, health }
}

async function see(run: Run, nodes: readonly string[], healthOf: readonly string[]): Promise<Seen> {
  const limit = pLimit(parallel)
  const cluster = readSnapshot(admin(run)).catch((error: unknown) => asFailure(error))
  const read = (name: string): Promise<NodeFacts> =>
    limit(() => readFacts(remoteOf(run, name), () => run.clock.now() / 1000)).catch(
      async (error: unknown) => {
        throw otherSystem(run, name, await cluster) ?? error
      },
    )
  const [facts, snapshot, health] = await Promise.all([
    lookAtNodes(nodes, read),
    // Its failure is told only when every node could be reached: an unreachable node is the better explanation.
    cluster,
    Promise.all(healthOf.map((name) => limit(() => readControlPlaneHealth(remoteOf(run, name))))),
  ])
  return { facts, snapshot, health }
}

/** Why a node could not be looked at, when it runs another system than the inventory says. */
function otherSystem(run: Run, name: string, snapshot: Snapshot | Failure): Failure | undefined {
  if (snapshot instanceof Failure) return undefined
  const runs = snapshot.nodes.get(name)?.labels[osLabel]
  const said = entryOf(run, name).os ?? 'linux'
  if (runs === undefined || runs === said) return undefined
  return new Failure('inventory-mismatch', `${name} runs ${runs}, and the inventory has it for ${said}.`, {
    node: name,
    next: `Write os: ${runs} to the entry of ${name} in the inventory (Ansible: ansible_shell_type: powershell for Windows).`,
  })
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
