import { readControlPlaneHealth } from '../cluster/etcd.ts'
import { readControlPlaneNode, readNode } from '../cluster/snapshot.ts'
import { asFailure, Failure, type FailureReason } from '../failure.ts'
import { kubeletFailure } from '../node/kubelet-failure.ts'
import {
  containerStarts,
  controlPlaneProblems,
  nodeProblems,
  staticPodProblems,
  type NodeExpectation,
  type Problem,
} from '../plan/health.ts'
import type { Version } from '../versions/version.ts'
import { admin } from './look.ts'
import { remoteOf, type Run } from './run.ts'

/** Milliseconds between looks: what comes back at once is seen at once, and what takes minutes is not asked without pause. */
const intervals = [500, 1000]
const laterInterval = 2000

/** What is seen in one look: why it is waited on, and what must not change while it settles. */
interface Look {
  problems: Problem[]
  signature: string
}

/** Waits until a worker is Ready, with a heartbeat of the kubelet that runs now. @throws {Failure} `node-not-ready` */
export async function waitForWorker(run: Run, expected: NodeExpectation): Promise<void> {
  const see = async (): Promise<Look> => ({
    problems: nodeProblems(await readNode(admin(run), expected.name), expected),
    signature: '',
  })
  await waitUntilHealthy(run, expected.name, see, { limit: run.policy.timeouts.nodeReady, settle: 0 })
}

/**
 * Waits until a control plane node is Ready with its static pods at `version`, every API server ready and every etcd
 * member in sync, and until this has lasted: the new kubelet restarts the static pods' containers once more, and the next
 * control plane node may start only after that.
 * @throws {Failure} `node-not-ready`, `control-plane-unhealthy`, `etcd-unhealthy`
 */
export async function waitForControlPlaneNode(
  run: Run,
  expected: NodeExpectation,
  version: Version,
): Promise<void> {
  const see = async (): Promise<Look> => {
    const [{ node, staticPods }, health] = await Promise.all([
      readControlPlaneNode(admin(run), expected.name),
      readHealth(run),
    ])
    return {
      problems: [
        ...nodeProblems(node, expected),
        ...staticPodProblems(expected.name, version, staticPods),
        ...controlPlaneProblems(health),
      ],
      signature: containerStarts(staticPods),
    }
  }
  await waitUntilHealthy(run, expected.name, see, {
    limit: run.policy.timeouts.controlPlaneHealthy,
    settle: run.policy.timeouts.settle,
  })
}

/** The gate before a control plane node is touched. @throws {Failure} `control-plane-unhealthy`, `etcd-unhealthy` */
export async function waitForControlPlane(run: Run, node: string): Promise<void> {
  const see = async (): Promise<Look> => ({
    problems: controlPlaneProblems(await readHealth(run)),
    signature: '',
  })
  await waitUntilHealthy(run, node, see, { limit: run.policy.timeouts.controlPlaneHealthy, settle: 0 })
}

/**
 * Asks an API server for something that may be asked twice; while none answers it is asked again.
 * @throws {Failure} `control-plane-unhealthy` when none did for `timeouts.controlPlaneHealthy`, and what `action` throws
 */
export async function whenAnswered<T>(run: Run, node: string, action: () => Promise<T>): Promise<T> {
  const until = run.clock.now() + run.policy.timeouts.controlPlaneHealthy
  for (let tries = 0; ; tries++) {
    try {
      return await action()
    } catch (error) {
      const failure = asFailure(error)
      if (failure.reason !== 'control-plane-unhealthy' || run.clock.now() >= until || run.aborted())
        throw failure
      if (tries === 0) run.log.info(`${node}: ${failure.message} Asking again until one does.`)
      await run.clock.sleep(laterInterval)
    }
  }
}

function readHealth(run: Run) {
  return Promise.all(admin(run).controlPlanes.map((remote) => readControlPlaneHealth(remote)))
}

async function waitUntilHealthy(
  run: Run,
  node: string,
  see: () => Promise<Look>,
  { limit, settle }: { limit: number; settle: number },
): Promise<void> {
  const started = run.clock.now()
  let healthySince: number | undefined
  let last: Look = { problems: [], signature: '' }
  let told = ''
  for (let looks = 0; ; looks++) {
    const seen = await lookAgain(see, last)
    if (seen.problems.length > 0 || seen.signature !== last.signature) healthySince = undefined
    last = seen
    if (seen.problems.length === 0) {
      healthySince ??= run.clock.now()
      if (run.clock.now() - healthySince >= settle) return
    }
    told = tell(run, node, seen.problems, told, run.clock.now() - started)
    if (run.clock.now() - started > limit + settle) throw await unhealthy(run, node, seen.problems, limit)
    if (run.aborted())
      throw new Failure('cancelled', `Cancelled while ${node} was becoming healthy.`, {
        node,
        next: 'Run the phase again: it looks at the node first.',
      })
    await run.clock.sleep(intervals[looks] ?? laterInterval)
  }
}

/** A look that fails is a reason to wait, not to stop: API servers are away while they restart. */
async function lookAgain(see: () => Promise<Look>, last: Look): Promise<Look> {
  try {
    return await see()
  } catch (error) {
    const failure = asFailure(error)
    if (failure.reason === 'internal-error') throw failure
    return { problems: [{ reason: failure.reason, text: failure.message }], signature: last.signature }
  }
}

function tell(run: Run, node: string, problems: readonly Problem[], told: string, waited: number): string {
  const text =
    problems.length === 0
      ? 'healthy; watching that it stays so'
      : problems.map((problem) => problem.text).join('; ')
  if (text !== told) run.log.info(`${node}: after ${Math.round(waited / 1000)} s: ${text}`)
  return text
}

async function unhealthy(
  run: Run,
  node: string,
  problems: readonly Problem[],
  limit: number,
): Promise<Failure> {
  const reason: FailureReason = problems[0]?.reason ?? 'control-plane-unhealthy'
  const seconds = Math.round(limit / 1000)
  const { words, next } = await kubeletFailure(remoteOf(run, node))
  return new Failure(reason, `${node} did not become healthy within ${seconds} s.`, {
    node,
    step: 'wait-healthy',
    seen: [...problems.map((problem) => problem.text), 'The kubelet says:', words].join('\n').slice(-4000),
    next:
      next ??
      `Find out why on ${node} (journalctl -u kubelet; crictl ps -a), then run the phase again: it continues here.`,
  })
}
