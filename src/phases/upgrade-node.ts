import pLimit from 'p-limit'
import { asFailure, Failure } from '../failure.ts'
import { isPrimary } from '../plan/findings.ts'
import { observedNode, type Observed } from '../plan/observed.ts'
import { versionsOf } from '../plan/plan.ts'
import {
  kubeletWaits,
  missing,
  nodeSteps,
  stagingSteps,
  stepsBetween,
  type Goal,
  type Step,
} from '../plan/steps.ts'
import { minorOf, minorsBetween, type Version } from '../versions/version.ts'
import { runHooks } from './hooks.ts'
import { look } from './look.ts'
import { actions, type NodeWork } from './node-steps.ts'
import { despiteReboots, type LostToReboot } from './reboots.ts'
import { entryOf, type Run } from './run.ts'
import { whenAnswered } from './wait.ts'

/** Milliseconds before what could not be fetched is tried again: a registry or a mirror may be away for a moment. */
const stagingPauses = [20_000, 60_000]

/**
 * Stages everything that changes nothing that runs, on all these nodes at once: holds, repository, packages; images on one
 * after the other, since unpacking them keeps the disk busy that etcd writes to.
 * Nodes on which it failed are tried again when the others are done.
 * @throws {Failure} of the first node that failed, once all have ended
 */
export async function stage(
  run: Run,
  names: readonly string[],
  observed: Observed,
  goal: Goal,
): Promise<void> {
  const images = pLimit(1)
  let left = names
  for (let tries = 0; ; tries++) {
    const before = tries === 0 ? observed : undefined
    const failures = await failuresOf(run, left, async (name, seenAgain) => {
      const work = prepareWork(run, name, seenAgain ?? before ?? (await lookAtNode(run, name)), goal)
      const staging = missing(work.steps).filter((step) => stagingSteps.includes(step.id))
      for (const step of staging) {
        const staged = (): Promise<void> => perform(work, step)
        await (step.id === 'stage-images' ? images(staged) : staged())
      }
    })
    const [first] = failures.values()
    if (first === undefined) return
    left = [...failures.keys()]
    const pause = stagingPauses[tries]
    // An archive of images has the same images the next time.
    const archived = run.policy.images.archive !== undefined
    const again = [...failures.values()].every(
      ({ reason, step }) => reason === 'package-error' && !(archived && step === 'stage-images'),
    )
    if (!again || pause === undefined || run.aborted()) throw first
    run.log.info(`${first.message} Trying again on ${left.join(', ')} in ${pause / 1000} s.`)
    await run.clock.sleep(pause)
  }
}

/** On all nodes at once. @param action gets what is seen of its node after a reboot; undefined: nothing has happened to it */
async function onAll(
  run: Run,
  names: readonly string[],
  action: (name: string, seenAgain: Observed | undefined) => Promise<void>,
): Promise<void> {
  const [first] = (await failuresOf(run, names, action)).values()
  if (first !== undefined) throw first
}

/** As `onAll`, to the end on all of them. @returns the failures by node */
async function failuresOf(
  run: Run,
  names: readonly string[],
  action: (name: string, seenAgain: Observed | undefined) => Promise<void>,
): Promise<Map<string, Failure>> {
  const failures = new Map<string, Failure>()
  const one = async (name: string): Promise<void> => {
    try {
      await despiteReboots(run, name, async (lost) =>
        action(name, lost === undefined ? undefined : await lookAtNode(run, name)),
      )
    } catch (error) {
      failures.set(name, asFailure(error))
    }
  }
  await Promise.all(names.map(one))
  return failures
}

/**
 * Runs the kubeadm of every minor that these workers' kubelets skip and that the cluster has reached, on all at once. It goes
 * by kubeadm-config, so this is the moment for it; their kubelets stay as they are.
 * @param reached the version in kubeadm-config
 * @throws {Failure} of the first worker that failed, once all have ended
 */
export async function bringAlong(
  run: Run,
  names: readonly string[],
  reached: Version,
  goal: Goal,
): Promise<void> {
  const observed = await look(run, names, [])
  await onAll(run, names, async (name, seenAgain) => {
    const work = prepareWork(run, name, seenAgain ?? observed, goal)
    const owed = missing(stepsBetween(work.node, goal)).filter((step) => isPassed(step, reached))
    for (const step of owed) await perform(work, step)
  })
}

/** Whether a step is a worker's for a minor that the cluster has reached. */
export function isPassed({ id, version }: Step, reached: Version): boolean {
  return id === 'kubeadm-upgrade-node-between' && minorsBetween(minorOf(version), minorOf(reached)) >= 0
}

/**
 * Brings one node to the goal: looks, does what is missing in the documented order, and looks again.
 * @returns whether anything was done
 * @throws {Failure} of the step that failed; `node-not-ready` when steps are still missing after all were done
 */
export async function upgradeNode(run: Run, name: string, goal: Goal): Promise<boolean> {
  const changed = await despiteReboots(run, name, (lost) => doWhatIsMissing(run, name, goal, lost))
  if (changed) await runHooks(run, 'afterNode', name)
  return changed
}

async function doWhatIsMissing(
  run: Run,
  name: string,
  goal: Goal,
  lost: LostToReboot | undefined,
): Promise<boolean> {
  const work = prepareWork(run, name, await lookAtNode(run, name), goal)
  if (lost?.machine.node === name) work.restartedAt = lost.machine.seenAt
  const todo = missing(work.steps)
  if (todo.length === 0 && lost === undefined) return false
  if (lost === undefined) {
    run.recorder.turnBegins(name)
    await runHooks(run, 'beforeNode', name)
  }
  for (const step of work.steps) {
    // Packages that were staged a moment ago are in the cache; images may be gone again, so they are looked at twice.
    if (step.id === 'stage-packages' && run.recorder.did(name, step.id, step.version)) continue
    if (step.needed) await perform(work, step)
    else run.recorder.skipped(name, step)
  }
  if (kubeletWaits(work.node, work.snapshot, goal)) await endWait(run, name, goal)
  await confirm(run, name, goal)
  return true
}

/** A kubelet that had to wait when the node was looked at need not any more, now that kubeadm has ended. */
async function endWait(run: Run, name: string, goal: Goal): Promise<void> {
  const work = prepareWork(run, name, await lookAtNode(run, name), goal)
  if (kubeletWaits(work.node, work.snapshot, goal)) return
  for (const step of missing(work.steps)) await perform(work, step)
}

function lookAtNode(run: Run, name: string): Promise<Observed> {
  return whenAnswered(run, name, () => look(run, [name], []))
}

/** What is to be done on a node that was looked at. */
export function prepareWork(run: Run, name: string, observed: Observed, goal: Goal): NodeWork {
  const entry = entryOf(run, name)
  const node = observedNode(entry, observed, isPrimary(run.inventory, entry))
  if (node === undefined) throw new Error(`${name} was not looked at`)
  const steps = nodeSteps(node, observed.snapshot, goal)
  return { run, node, snapshot: observed.snapshot, goal, steps, restartedAt: 0 }
}

async function perform(work: NodeWork, step: Step): Promise<void> {
  const { run, node } = work
  const report = run.recorder.node(node.name)
  await run.lock.confirm(run.policy.timeouts.controlPlaneHealthy)
  run.log.info(`${node.name}: ${step.id} (${step.why})`)
  if (step.id === 'cordon' || (step.id === 'restart-kubelet' && report.outSince === undefined)) {
    run.recorder.wentOut(node.name)
  }
  await run.recorder.step(node.name, step, () => actions[step.id](work, step))
  if (step.id === 'uncordon' || step.id === 'wait-healthy') run.recorder.backInService(node.name)
}

/** Nothing is reported as done that was not observed: after the steps none may be missing. */
async function confirm(run: Run, name: string, goal: Goal): Promise<void> {
  const observed = await lookAtNode(run, name)
  const left = missing(prepareWork(run, name, observed, goal).steps)
  if (left.length > 0) {
    throw new Failure('node-not-ready', `${name} is not where it should be after all steps.`, {
      node: name,
      seen: left.map((step: Step) => `${step.id}: ${step.why}`).join('\n'),
      next: 'Run the phase again; if it stays so, look at the node.',
    })
  }
  run.recorder.finished(name, 'upgraded', versionsOf(name, observed))
}
