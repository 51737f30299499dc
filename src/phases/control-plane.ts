import { Failure } from '../failure.ts'
import { etcdSnapshotJob, parseEtcdSnapshot } from '../cluster/etcd.ts'
import { kubeletIsLocal, type Observed } from '../plan/observed.ts'
import { goalOf, versionsOf, type Plan } from '../plan/plan.ts'
import { missing, type Goal } from '../plan/steps.ts'
import type { Result } from '../report/model.ts'
import type { Version } from '../versions/version.ts'
import { dryRun } from './dry-run.ts'
import { runChecks, runHooks } from './hooks.ts'
import { perform } from './jobs.ts'
import { loadImages } from './load-images.ts'
import { takeLock } from './lock.ts'
import { gate, prepare } from './prepare.ts'
import { despiteReboots } from './reboots.ts'
import { controlPlaneNames, remoteOf, type Run } from './run.ts'
import { bringAlong, isPassed, prepareWork, stage, upgradeNode } from './upgrade-node.ts'
import { lookWhenSettled } from './settle.ts'
import { waitForControlPlane } from './wait.ts'

/**
 * Upgrades the control plane, strictly one node at a time, the primary first; the first failure stops everything. Over several
 * minors every node is brought to each of them in turn, and every worker's kubeadm comes along.
 * https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/#upgrading-control-plane-nodes
 */
export async function controlPlanePhase(run: Run): Promise<Result> {
  const names = controlPlaneNames(run)
  const { plan, observed, between } = await run.log.group('Plan', () => prepare(run, names))
  gate(run, plan)
  const todo = plan.nodes.filter(
    (node) => node.role === 'control-plane' && missing(node.steps ?? []).length > 0,
  )
  if (todo.length === 0) return unchanged(run, plan, names)
  if (run.dryRun) return run.log.group('Dry run of kubeadm', () => dryRun(run, plan, names, observed))
  await takeLock(run)

  const [primary = ''] = names
  await run.log.group('Before the first change', async () => {
    await waitForControlPlane(run, primary)
    await runHooks(run, 'beforeUpgrade', primary)
  })
  const hops = plan.hops.length > 0 ? plan.hops : [{ from: plan.targetVersion, to: plan.targetVersion }]
  for (const [index, hop] of hops.entries()) {
    const seen = index === 0 ? observed : await lookWhenSettled(run, names, names)
    await workersAlong(run, plan, hop.from, goalOf(plan.targetVersion, { ...run, between }))
    await oneHop(run, names, seen, goalOf(hop.to, { ...run, between }))
  }

  for (const name of names)
    if (run.recorder.node(name).state === 'planned')
      run.recorder.finished(name, 'unchanged', versionsOf(name, observed))
  return 'upgraded'
}

/** The whole control plane, completely: the next hop starts from nothing that is half done. */
async function oneHop(run: Run, names: readonly string[], observed: Observed, goal: Goal): Promise<void> {
  const [primary = ''] = names
  const { version } = goal
  if (run.policy.images.archive !== undefined)
    await run.log.group('Load images on all nodes', () =>
      loadImages(
        run,
        run.inventory.nodes.map((node) => node.name),
      ),
    )
  await run.log.group(`Stage packages and images of ${version}`, () => stage(run, names, observed, goal))
  if (observed.snapshot.etcd === 'stacked' && needsKubeadm(run, names, observed, goal))
    await run.log.group(`Snapshot of etcd before ${version}`, () =>
      despiteReboots(run, primary, () => takeEtcdSnapshot(run, primary, version)),
    )
  for (const name of names)
    await run.log.group(`Control plane node ${name} to ${version}`, () => oneNode(run, name, goal))
  // Kubelets that talk to the load balancer had to wait until every API server was at the version.
  for (const name of later(names, observed)) {
    await run.log.group(`Control plane node ${name}: kubelet to ${version}`, () => oneNode(run, name, goal))
  }
}

/** Before the cluster leaves a minor: its kubeadm on every worker whose kubelet stays behind. */
async function workersAlong(run: Run, plan: Plan, reached: Version, goal: Goal): Promise<void> {
  const names = plan.nodes
    .filter(({ steps = [] }) => missing(steps).some((step) => isPassed(step, reached)))
    .map((node) => node.name)
  if (names.length === 0) return
  await run.log.group(`Kubeadm of ${reached} on the workers, whose kubelets stay`, () =>
    bringAlong(run, names, reached, goal),
  )
}

/** Nodes whose kubelet had to wait: it talks to the load balancer, not to the API server beside it. */
function later(names: readonly string[], observed: Observed): string[] {
  return names.filter((name) => {
    const facts = observed.facts.get(name)
    return facts !== undefined && names.length > 1 && !kubeletIsLocal(facts)
  })
}

async function oneNode(run: Run, name: string, goal: Goal): Promise<void> {
  try {
    await waitForControlPlane(run, name)
    if (await upgradeNode(run, name, goal)) await runChecks(run, name)
    else run.log.info(`${name}: nothing to do`)
  } catch (error) {
    run.recorder.finished(name, 'failed')
    for (const node of run.recorder.nodes.values()) {
      if (node.role === 'control-plane' && node.state === 'planned') node.state = 'not-started'
    }
    throw error
  }
}

function unchanged(run: Run, plan: Plan, names: readonly string[]): Result {
  for (const name of names) run.recorder.finished(name, 'unchanged', run.recorder.node(name).before)
  run.log.info(`The control plane is at ${plan.targetVersion}; nothing to do.`)
  return 'unchanged'
}

/** Whether kubeadm will change static pods anywhere: only then there is something to take a snapshot for. */
function needsKubeadm(run: Run, names: readonly string[], observed: Observed, goal: Goal): boolean {
  const kubeadm = ['kubeadm-upgrade-apply', 'kubeadm-upgrade-node']
  return names.some((name) =>
    missing(prepareWork(run, name, observed, goal).steps).some((step) => kubeadm.includes(step.id)),
  )
}

/** A verified snapshot before the hop; kept beside kubeadm's own copies, which are per member and not verified. */
async function takeEtcdSnapshot(run: Run, primary: string, version: Version): Promise<void> {
  if (!run.policy.etcd.snapshot) return
  const time = new Date(run.clock.now()).toISOString().replaceAll(':', '-').slice(0, 19)
  const job = etcdSnapshotJob(`${time}-before-${version}`, run.policy.timeouts.packages)
  const next = 'This hop has not begun. Correct what etcd says, then run the phase again.'
  const step = { id: 'etcd-snapshot', version, why: 'before the first change of the hop' }
  await run.recorder.step(primary, step, async () => {
    const result = await perform(run, remoteOf(run, primary), job, {
      node: primary,
      step: 'etcd-snapshot',
      reason: 'etcd-unhealthy',
      next,
    })
    const snapshot = parseEtcdSnapshot(result.output)
    if (snapshot === undefined) {
      throw new Failure('etcd-unhealthy', `The snapshot of etcd on ${primary} could not be verified.`, {
        node: primary,
        step: 'etcd-snapshot',
        seen: result.output.slice(-2000),
        next: `This hop has not begun. Where no image on ${primary} has etcdutl: crictl pull one of etcd 3.6.6 or later there; or set etcd.snapshot: false in the policy and take a snapshot yourself. Then run the phase again.`,
      })
    }
    run.log.info(
      `${primary}: snapshot of etcd: revision ${snapshot.revision}, hash ${snapshot.hash.toString(16)}, ${Math.round(snapshot.bytes / 1024)} KiB`,
    )
  })
}
