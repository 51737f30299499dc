import { uncordon } from '../cluster/cordon.ts'
import { readSnapshot } from '../cluster/snapshot.ts'
import { Slots, type NoSlot } from '../cluster/slots.ts'
import { asFailure, Failure } from '../failure.ts'
import { apiServers, apiServersAt, packageVersion, type Observed } from '../plan/observed.ts'
import { goalOf, versionsOf, type Plan } from '../plan/plan.ts'
import type { Goal } from '../plan/steps.ts'
import { canariesOf, isOut, planWindow, type Window } from '../plan/window.ts'
import { count } from '../report/format.ts'
import type { Result } from '../report/model.ts'
import { dryRun } from './dry-run.ts'
import { runChecks, runHooks } from './hooks.ts'
import { admin, look } from './look.ts'
import { loadImages } from './load-images.ts'
import { takeLock } from './lock.ts'
import { gate, prepare } from './prepare.ts'
import type { Run } from './run.ts'
import { stage, upgradeNode } from './upgrade-node.ts'
import { whenAnswered } from './wait.ts'

/**
 * Upgrades workers in a sliding window: as one is back in service the next one starts, and never more than
 * `max-unavailable` of the cluster are out of service.
 * https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-linux-nodes/
 */
export async function workersPhase(run: Run): Promise<Result> {
  const selected = run.inventory.nodes
    .filter((node) => node.role === 'worker' && (run.selection?.includes(node.name) ?? true))
    .map((node) => node.name)
  const { plan, observed, between } = await run.log.group('Plan', () => prepare(run, selected))
  gate(run, plan)
  // A dry run of everything goes through the workers with a control plane that was not upgraded.
  if (!run.dryRun) refuseBeforeControlPlane(plan, observed)
  const workers = plan.nodes.filter((node) => node.role === 'worker')
  const window = planWindow(workers, observed.snapshot, selected)
  for (const name of selected)
    if (!window.order.includes(name)) run.recorder.finished(name, 'unchanged', versionsOf(name, observed))
  if (window.order.length === 0) {
    run.log.info(`These workers are at ${plan.targetVersion}; nothing to do.`)
    return 'unchanged'
  }
  if (run.dryRun) return run.log.group('Dry run of kubeadm', () => dryRun(run, plan, window.order, observed))
  await refuseFullWindow(run, window, plan)
  await takeLock(run)

  const goal = goalOf(plan.targetVersion, { ...run, between })
  await loadImages(run, window.order)
  await run.log.group('Stage packages', () => stage(run, window.order, observed, goal))
  await slide(run, window, slotsOf(run, plan), goal, canariesOf(plan))
  if (workers.every(({ name }) => run.recorder.node(name).state === 'upgraded'))
    await runHooks(run, 'afterUpgrade', admin(run).controlPlanes[0]?.node ?? '')
  return selected.some((name) => run.recorder.node(name).state === 'upgraded') ? 'upgraded' : 'unchanged'
}

function refuseBeforeControlPlane(plan: Plan, observed: Observed): void {
  if (apiServersAt(observed.snapshot, plan.targetVersion)) return
  const servers = apiServers(observed.snapshot).map((server) => `${server.node} ${server.version}`)
  throw new Failure(
    'precondition-failed',
    `The API servers are not at ${plan.targetVersion}: ${servers.join(', ')}.`,
    {
      next: 'Run the phase control-plane first: a kubelet must not be newer than an API server.',
    },
  )
}

/** Workers that other jobs of the same workflow run upgrade now are out of service, too, and come back: then the slots decide. */
async function refuseFullWindow({ lock }: Run, window: Window, plan: Plan): Promise<void> {
  if (window.taken.length < plan.maxUnavailable || window.returning.length > 0) return
  await lock.read()
  if (lock.metSiblings) return
  throw new Failure(
    'precondition-failed',
    `No worker may go out of service: ${window.taken.join(', ')} are out already, and max-unavailable is ${plan.maxUnavailable}.`,
    {
      next: 'Bring these workers back (kubectl uncordon, or repair them), or raise max-unavailable.',
    },
  )
}

function slotsOf(run: Run, plan: Plan): Slots {
  const workers = plan.nodes.filter((node) => node.role === 'worker').map((node) => node.name)
  const readOut = async (): Promise<string[]> => {
    const { nodes } = await readSnapshot(admin(run))
    return workers.filter((name) => isOut(nodes.get(name)))
  }
  return new Slots(
    { lock: run.lock, clock: run.clock, readOut },
    {
      max: plan.maxUnavailable,
      budget: run.policy.workers.failureBudget,
      patience: run.policy.timeouts.nodeReady,
      aborted: () => run.aborted(),
    },
  )
}

/** Starts workers as slots come free. After more failures than the budget allows, in all jobs, no further one is started. */
async function slide(
  run: Run,
  window: Window,
  slots: Slots,
  goal: Goal,
  canaryNames: readonly string[],
): Promise<void> {
  const failures: Failure[] = []
  let refused: NoSlot | undefined
  const alone = window.order.some((name) => canaryNames.includes(name))
  // What is out of service already holds its slot until it is upgraded: not even a canary could go before it.
  const canaries = window.order.filter(
    (name) => alone && (canaryNames.includes(name) || window.returning.includes(name)),
  )
  const start = async (name: string): Promise<void> => {
    refused = await slots.acquire(name, () => refused)
    if (refused !== undefined) {
      run.recorder.finished(name, 'not-started')
      return
    }
    try {
      await run.log.group(`Worker ${name}`, () => oneWorker(run, name, goal, canaryNames))
    } catch (error) {
      run.recorder.finished(name, 'failed')
      failures.push(asFailure(error))
      await run.lock.addFailure(name)
    } finally {
      // A worker that did not come back is out of service: it counts as long as it is seen to be.
      await slots.release(name)
    }
  }
  for (const name of canaries) await start(name)
  if (canaries.length > 0 && failures.length === 0) await run.clock.sleep(run.policy.workers.soak)
  await Promise.all(window.order.filter((name) => !canaries.includes(name)).map(start))
  const [first] = failures
  if (first !== undefined) throw summarised(first, failures, run)
  if (refused !== undefined) throw notStarted(refused, run)
}

/** No worker of this job failed, but some could not be started. */
function notStarted({ why, nodes }: NoSlot, run: Run): Failure {
  const waiting = notStartedNames(run).join(', ')
  if (run.aborted())
    return new Failure('cancelled', `Cancelled. Not started: ${waiting}.`, { next: 'Run the phase again.' })
  if (why === 'budget')
    return new Failure(
      'failure-budget-exceeded',
      `More workers failed than workers.failureBudget allows (${run.policy.workers.failureBudget}): ${nodes.join(', ')}. Not started: ${waiting}.`,
      { next: 'See why these workers failed, correct it, then run the phase again for all that are left.' },
    )
  return new Failure(
    'precondition-failed',
    `No worker may go out of service: ${nodes.join(', ')} are out already. Not started: ${waiting}.`,
    {
      next: 'Bring these workers back (kubectl uncordon, or repair them), or raise max-unavailable.',
    },
  )
}

function notStartedNames(run: Run): string[] {
  return [...run.recorder.nodes.values()]
    .filter((node) => node.state === 'not-started')
    .map((node) => node.name)
}

async function oneWorker(run: Run, name: string, goal: Goal, canaries: readonly string[]): Promise<void> {
  try {
    if (await upgradeNode(run, name, goal)) await runChecks(run, name)
  } catch (error) {
    const untouched = await giveBack(run, name, goal)
    const failure = asFailure(error)
    // A canary that was skipped has proved nothing.
    const skips =
      failure.reason === 'drain-blocked' && run.policy.drain.onBlocked === 'skip' && !canaries.includes(name)
    if (!untouched || !skips) throw error
    run.recorder.leftOut(name, failure)
    run.log.info(`${name}: skipped (drain.onBlocked). ${failure.message}\n${failure.seen ?? ''}`)
  }
}

/**
 * A worker whose kubelet nobody touched goes back into service, if it was the upgrade that took it out.
 * @returns whether its kubelet is as it was
 */
async function giveBack(run: Run, name: string, goal: Goal): Promise<boolean> {
  try {
    const { facts, snapshot } = await whenAnswered(run, name, () => look(run, [name], []))
    const found = facts.get(name)
    if (found === undefined || found.brokenPackages.length > 0) return false
    if (packageVersion(found, 'kubelet') === goal.version) return false
    if (snapshot.nodes.get(name)?.cordonedByUs === true) {
      run.log.info(`${name}: uncordoned again, since its kubelet was not touched`)
      await whenAnswered(run, name, () => uncordon(admin(run), name))
      run.recorder.backInService(name)
    }
    return true
  } catch (error) {
    run.log.info(`${name}: ${asFailure(error).message}`)
    return false
  }
}

function summarised(first: Failure, failures: readonly Failure[], run: Run): Failure {
  const waiting = notStartedNames(run)
  if (failures.length === 1 && waiting.length === 0) return first
  const notStarted = waiting.length === 0 ? '' : ` Not started: ${waiting.join(', ')}.`
  return new Failure(
    first.reason,
    `${count(failures.length, 'worker')} failed. ${first.message}${notStarted}`,
    {
      node: first.node,
      step: first.step,
      seen: [
        first.seen,
        ...failures.slice(1).map((failure) => `${failure.node ?? ''}: ${failure.message}`),
      ].join('\n'),
      next: first.next,
      cause: first,
    },
  )
}
