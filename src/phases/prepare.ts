import { asFailure, Failure } from '../failure.ts'
import type { NodeFacts } from '../node/node.ts'
import { hasSource, packageManagerOf } from '../node/packages/managers.ts'
import { blocking, type Finding } from '../plan/finding.ts'
import { apiServers, type Observed } from '../plan/observed.ts'
import { planChanged } from '../plan/plan-changed.ts'
import { makePlan, planIsDone, type Plan } from '../plan/plan.ts'
import { laggingWorkers, owedMinors } from '../plan/lag.ts'
import { unfinishedHop } from '../plan/unfinished.ts'
import { planHops, versionOnTheWay, type Hop, type Offered } from '../versions/hops.ts'
import type { NodeVersion } from '../versions/skew.ts'
import { minorsToRead, resolve } from '../versions/resolve.ts'
import { minorOf, type Minor, type Version } from '../versions/version.ts'
import { readForecast } from './forecast.ts'
import { waitForLock } from './lock.ts'
import { askKubeadm } from './ask-kubeadm.ts'
import { look } from './look.ts'
import { controlPlaneNames, remoteOf, type Run } from './run.ts'
import { lookWhenSettled } from './settle.ts'

export interface Prepared {
  plan: Plan
  observed: Observed
  /** The versions on the way that workers have to meet; see Goal. */
  between: readonly Version[]
}

/**
 * Observes, computes the plan and refuses what must not go on: every phase begins with it.
 * @param nodes names of the nodes that the phase is about
 * @param changes whether nodes are going to be changed: then other runs and a starting control plane are waited for
 * @throws {Failure} of the look, of the version, `plan-changed`, or the reason of the first finding that blocks
 */
export async function prepare(
  run: Run,
  nodes: readonly string[],
  changes = !run.dryRun && (run.phase === 'control-plane' || run.phase === 'workers'),
): Promise<Prepared> {
  const controlPlanes = controlPlaneNames(run)
  const asked = nodes.some((name) => controlPlanes.includes(name)) ? controlPlanes : controlPlanes.slice(0, 1)
  if (changes) await lookForOtherRuns(run)
  const [first, approval] = await Promise.all([
    (changes ? lookWhenSettled : look)(run, nodes, asked),
    run.phase === 'plan' || run.phase === 'control-plane' ? run.readApproval() : undefined,
  ])
  const way = await resolveVersion(run, first)
  const lagging = await lookAtLagging(run, first, way.target)
  const seen = { ...first, ...lagging, unreadable: way.unreadable }
  const forecast = await readForecast(run, seen, way.target, way.hops.length > 0)
  const observed = { ...seen, approval, forecast, runner: run.runner }
  const between = await versionsBetween(run, observed, way)
  const { inventory, policy, maxUnavailable } = run
  const input = { inventory, observed, policy, target: way.target, between, maxUnavailable }
  const unfinished = way.hops.length > 0 ? unfinishedHop(input) : undefined
  const made = makePlan({ ...input, hops: unfinished === undefined ? way.hops : [unfinished, ...way.hops] })
  const plan = run.phase === 'plan' ? await askKubeadm(run, made, observed) : made
  run.recorder.planned(plan)
  run.log.info(`Plan ${plan.digest.slice(0, 12)}: ${wayOf(plan)}, ${plan.nodes.length} nodes`)
  return { plan, observed, between }
}

function wayOf({ currentVersion, targetVersion, hops }: Plan): string {
  const versions = hops.length < 2 ? [targetVersion] : hops.map((hop) => hop.to)
  return [currentVersion, ...versions].join(' to ')
}

/** A lock that cannot be read says nothing yet: a job that an earlier run left may be restarting the only API server. */
async function lookForOtherRuns(run: Run): Promise<void> {
  await waitForLock(run).catch((error: unknown) => {
    if (asFailure(error).reason !== 'control-plane-unhealthy') throw error
    run.log.info('No API server answers; the lock of the cluster is looked at when one does.')
  })
}

/** Stops before any change when the plan is not the approved one, or something blocks it. */
export function gate(run: Run, plan: Plan): void {
  if (run.planDigest !== undefined && run.planDigest !== plan.digest) {
    throw planChanged(run.planDigest, plan, run.approved?.decisions)
  }
  refuseBlocked(plan.findings)
}

/** @throws {Failure} the reason of the first finding that blocks, naming all of them */
export function refuseBlocked(findings: readonly Finding[]): void {
  const found = blocking(findings)
  const [first] = found
  if (first === undefined) return
  const others = found.length > 1 ? ` (and ${found.length - 1} more)` : ''
  throw new Failure(first.reason, `${first.seen}${others}`, {
    node: first.node,
    seen: found.map((finding) => `${finding.id}: ${finding.seen}`).join('\n'),
    next: first.remedy,
  })
}

interface Way {
  target: Version
  hops: readonly Hop[]
  offered: Offered
  unreadable: ReadonlyMap<string, string>
}

/** The exact target and the hops to it, from what the repositories offer where that has to be asked. */
async function resolveVersion(run: Run, observed: Observed): Promise<Way> {
  const servers = apiServers(observed.snapshot)
  if (servers.length === 0) {
    throw new Failure(
      'precondition-failed',
      'No API server of this cluster runs as a static pod of kubeadm.',
      {
        seen: 'No pod with the label component=kube-apiserver in kube-system.',
        next: 'Only clusters that kubeadm made can be upgraded with it.',
      },
    )
  }
  const request = run.request ?? currentRequest(observed)
  const exact = request.kind === 'exact' ? request.version : undefined
  const minors = minorsToRead(request, servers)
  // A later phase is given the plan's exact version; what is offered was asked by the plan, and staging finds out anyway.
  const known = exact !== undefined && (run.phase !== 'plan' || finished(run, observed, exact))
  if (!known) {
    const { offered, unreadable } = await readAllOffered(run, observed, minors)
    return { ...resolve(request, servers, offered), offered, unreadable }
  }
  const onTheWay = run.phase === 'verify' ? [] : minors.filter((minor) => minor !== minorOf(exact))
  const { offered, unreadable } = await readAllOffered(run, observed, onTheWay)
  for (const minor of onTheWay) offered.set(minor, asApproved(run, minor, offered.get(minor) ?? [], servers))
  offered.set(minorOf(exact), [exact])
  const hops = run.phase === 'verify' ? [] : planHops(exact, servers, offered)
  return { target: exact, hops, offered, unreadable }
}

/**
 * A version on the way is the one that the approved plan showed, as long as it is on offer: a newer patch may have come
 * while the plan waited. Where an API server is at that minor, it decides.
 */
function asApproved(
  run: Run,
  minor: Minor,
  offered: readonly Version[],
  servers: readonly NodeVersion[],
): readonly Version[] {
  const shown = run.approved?.hops.map(({ to }) => to) ?? []
  const approved = offered.filter((version) => minorOf(version) === minor && shown.includes(version))
  const there = servers.some(({ version }) => minorOf(version) === minor)
  return there || approved.length === 0 ? offered : approved
}

/** Facts of the workers whose kubelet is more than a minor behind the target: the kubeadm of every minor has to run there. */
async function lookAtLagging(
  run: Run,
  { facts, snapshot }: Observed,
  target: Version,
): Promise<{ facts: Observed['facts'] }> {
  const names = run.phase === 'control-plane' ? laggingWorkers(run.inventory, snapshot, target) : []
  const missing = names.filter((name) => !facts.has(name))
  if (missing.length === 0) return { facts }
  const seen = await look(run, missing, [])
  return { facts: new Map([...facts, ...seen.facts]) }
}

/** One version of each minor that a worker's kubeadm has still to meet: that of the hop, else what its repository offers. */
async function versionsBetween(
  run: Run,
  observed: Observed,
  { target, hops, offered }: Way,
): Promise<Version[]> {
  if (run.phase === 'verify') return []
  const minors = owedMinors(run.inventory, observed, target)
  const unread = minors.filter(
    (minor) => !offered.has(minor) && !hops.some((hop) => minorOf(hop.to) === minor),
  )
  const more = await readAllOffered(run, observed, unread)
  const servers = apiServers(observed.snapshot)
  return minors.map(
    (minor) =>
      hops.find((hop) => minorOf(hop.to) === minor)?.to ??
      versionOnTheWay(minor, target, servers, new Map([...offered, ...more.offered])),
  )
}

function finished(run: Run, observed: Observed, target: Version): boolean {
  if (apiServers(observed.snapshot).some((server) => server.version !== target)) return false
  const { inventory, policy, maxUnavailable } = run
  return planIsDone(makePlan({ inventory, observed, policy, target, hops: [], between: [], maxUnavailable }))
}

function currentRequest(observed: Observed): { kind: 'exact'; version: Version } {
  const version = observed.snapshot.kubernetesVersion
  if (version !== undefined) return { kind: 'exact', version }
  throw new Failure('precondition-failed', 'The ConfigMap kubeadm-config names no kubernetesVersion.', {
    next: 'Give the input version.',
  })
}

/**
 * What the repositories offer in common: a version that one node cannot get is not offered. A node that cannot read a
 * repository which others read is told apart, as a finding: the version is there, that node is the problem.
 */
async function readAllOffered(
  run: Run,
  observed: Observed,
  minors: readonly Minor[],
): Promise<{ offered: Map<Minor, readonly Version[]>; unreadable: Map<string, string> }> {
  if (minors.length === 0) return { offered: new Map(), unreadable: new Map() }
  const common = new Map<Minor, readonly Version[]>()
  const errors: { name: string; minor: Minor; error: string }[] = []
  const ask = async ([name, facts]: [string, NodeFacts]): Promise<void> => {
    if (!hasSource(facts)) return
    const packages = packageManagerOf(name, facts, run.policy.packages)
    for (const [minor, answer] of await packages.readOffered(remoteOf(run, name), minors)) {
      if ('error' in answer) errors.push({ name, minor, error: answer.error })
      else common.set(minor, common.get(minor)?.filter((version) => answer.includes(version)) ?? answer)
    }
  }
  await Promise.all([...observed.facts].map(ask))
  const alone = errors.filter(({ minor }) => common.has(minor))
  for (const [error, same] of Map.groupBy(errors, (one) => one.error))
    run.log.output([...new Set(same.map(({ name }) => name))].join(', '), `${error.trimEnd()}\n`)
  for (const { minor } of errors) if (!common.has(minor)) common.set(minor, [])
  return { offered: common, unreadable: new Map(alone.map(({ name, error }) => [name, error])) }
}
