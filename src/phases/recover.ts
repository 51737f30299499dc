import { Failure } from '../failure.ts'
import { kubeletWords } from '../node/kubelet.ts'
import { lastWords } from '../node/static-pods.ts'
import { diagnose } from '../plan/recovery.ts'
import { isCalm, stateTitles, type Diagnosis, type RecoveryInput, type Way } from '../plan/recovery/state.ts'
import { formatSize } from '../report/format.ts'
import type { Result } from '../report/model.ts'
import { takeLock } from './lock.ts'
import { followRunningJobs, listBackups, lookForRecovery, versionsOnDisk } from './recover-look.ts'
import { takeWay } from './recover-ways.ts'
import { remoteOf, type Run } from './run.ts'

/** What may pass by itself is watched for so long before anything is done about it. Milliseconds. */
const patience = 90_000

/**
 * Says in which of the known states an interrupted or failed upgrade left the control plane, and takes the documented way
 * out, the smallest one first: looks, decides (src/plan/recovery.ts), acts, and looks again. Needs no API server.
 * @throws {Failure} when the state is not understood, or a way did not help
 */
export async function recoverPhase(run: Run): Promise<Result> {
  let seen = await run.log.group('Look', () => firstLook(run))
  const taken = new Set<string>()
  for (;;) {
    const watched = await watch(run, seen, taken)
    const { diagnosis } = watched
    tell(run, diagnosis)
    if (isCalm(diagnosis)) return finish(run, watched.seen, taken.size > 0)
    const way = await wayOf(run, diagnosis, taken)
    if (run.dryRun) return 'planned'
    await lockIfPossible(run, watched.seen)
    await run.log.group(`${way.node}: ${way.kind}`, () => takeWay(run, way))
    taken.add(nameOf(way))
    seen = await lookForRecovery(run)
  }
}

async function firstLook(run: Run): Promise<RecoveryInput> {
  let seen = await lookForRecovery(run)
  if (await followRunningJobs(run, seen)) seen = await lookForRecovery(run)
  for (const node of seen.nodes) run.recorder.known(node.name, 'control-plane', versionsOnDisk(node))
  run.recorder.recovery.backups = await listBackups(run, seen)
  for (const { node, name, holds, KiB, changed } of run.recorder.recovery.backups)
    run.log.info(`${node}: ${name}: ${holds} (${formatSize(KiB)}, ${new Date(changed).toISOString()})`)
  return seen
}

/**
 * Looks until there is something to act on, or what may pass by itself did not in time. What a way was taken for may pass:
 * a restored etcd needs seconds until it answers.
 */
async function watch(
  run: Run,
  first: RecoveryInput,
  taken: ReadonlySet<string>,
): Promise<{ seen: RecoveryInput; diagnosis: Diagnosis }> {
  const limit = taken.size === 0 ? patience : run.policy.timeouts.controlPlaneHealthy
  const until = run.clock.now() + limit
  let seen = first
  let told = ''
  for (;;) {
    const diagnosis = diagnose(seen)
    const { mayPass, way } = diagnosis
    const starting = way !== undefined && taken.has(nameOf(way))
    if (!(mayPass || starting) || run.clock.now() >= until) return { seen, diagnosis }
    if (diagnosis.seen !== told) run.log.info(`${diagnosis.seen} Watching whether it passes.`)
    told = diagnosis.seen
    if (run.aborted())
      throw new Failure('cancelled', 'Cancelled while the control plane was watched.', {
        next: 'Run recover again: it looks first.',
      })
    await run.clock.sleep(2000)
    seen = await lookForRecovery(run)
  }
}

function tell(run: Run, { state, node, seen, todo }: Diagnosis): void {
  run.log.info(`${stateTitles[state]}. ${seen}`)
  run.log.info(todo)
  run.recorder.recovery.steps.push({ state, title: stateTitles[state], node, seen, todo })
}

/** The way out of a diagnosis, unless recovery has to stop. */
async function wayOf(run: Run, diagnosis: Diagnosis, taken: ReadonlySet<string>): Promise<Way> {
  const { way, node, state, seen, todo, reason } = diagnosis
  if (way !== undefined && !taken.has(nameOf(way))) {
    if (run.selection?.includes(way.node) ?? true) return way
    throw new Failure('precondition-failed', `${stateTitles[state]}. ${seen}`, {
      node: way.node,
      next: `The input nodes leaves ${way.node} out; name it there to let recover act on it. It would: ${todo}`,
    })
  }
  const helped = way === undefined ? '' : ' What recover did about it did not help.'
  throw new Failure(reason, `${stateTitles[state]}. ${seen}${helped}`, {
    node,
    seen: node === undefined ? undefined : await wordsOf(run, node),
    next:
      way === undefined
        ? todo
        : `Find out on ${way.node} why: crictl ps -a, journalctl -u kubelet, and the logs below /var/log/pods.`,
  })
}

/** What runs, or what ran last, on a node where recovery stops. */
async function wordsOf(run: Run, node: string): Promise<string> {
  const remote = remoteOf(run, node)
  const [kubelet, etcd, server] = await Promise.all([
    kubeletWords(remote),
    lastWords(remote, 'etcd'),
    lastWords(remote, 'kube-apiserver'),
  ])
  const parts = [
    ['The kubelet', kubelet],
    ['etcd', etcd],
    ['The API server', server],
  ] as const
  return parts
    .filter(([, text]) => text !== '')
    .map(([who, text]) => `${who} of ${node} said last:\n${text}`)
    .join('\n')
    .slice(-6000)
}

/**
 * The lock is in the cluster: without an API server, or with one that serves the empty etcd of a member that lost its data,
 * there is none to take. What runs on the nodes is followed in any case, and a node does one thing at a time.
 */
async function lockIfPossible(run: Run, { snapshot, nodes }: RecoveryInput): Promise<void> {
  const strayed = nodes.some(({ recovery }) => recovery.knowsCluster === false)
  if (snapshot === undefined || strayed)
    run.log.info('The lock of the cluster cannot be taken now; going on without it.')
  else await takeLock(run)
}

function finish(run: Run, { nodes }: RecoveryInput, changed: boolean): Result {
  for (const node of nodes) {
    const state = run.recorder.node(node.name).steps.length > 0 ? 'recovered' : 'unchanged'
    run.recorder.finished(node.name, state, versionsOnDisk(node))
  }
  return changed ? 'recovered' : 'unchanged'
}

/** The same way again would not help better. */
function nameOf(way: Way): string {
  const what = way.kind === 'restore-manifests' ? way.copies.map(({ manifest }) => manifest.component) : []
  return [way.kind, way.node, ...what].join(' ')
}
