import { cordon, uncordon } from '../cluster/cordon.ts'
import { setImageRepository } from '../cluster/image-repository.ts'
import type { Snapshot } from '../cluster/snapshot.ts'
import { asFailure, Failure, type FailureReason } from '../failure.ts'
import { stageImagesJob } from '../node/images.ts'
import { stopApiServerJob, upgradeJob, upgradeWithoutInstallingJob } from '../node/kubeadm.ts'
import { restartKubeletJob } from '../node/kubelet.ts'
import { kubernetesPackages, packagesToMove } from '../node/node.ts'
import { packageManagerOf } from '../node/packages/managers.ts'
import { windowsRestartJob, windowsUpgradeJob } from '../node/windows.ts'
import type { ObservedNode } from '../plan/observed.ts'
import type { Goal, Step, StepId } from '../plan/steps.ts'
import { minorOf, minorsBetween, type Version } from '../versions/version.ts'
import { drainNode } from './drain-node.ts'
import { explained } from './explain.ts'
import { runHooks } from './hooks.ts'
import { perform } from './jobs.ts'
import { admin } from './look.ts'
import { remoteOf, type Run } from './run.ts'
import { waitForControlPlaneNode, waitForWorker, whenAnswered } from './wait.ts'

/** One node under upgrade. */
export interface NodeWork {
  run: Run
  node: ObservedNode
  snapshot: Snapshot
  goal: Goal
  /** Steps of this turn, to know what belongs together. */
  steps: readonly Step[]
  /** Milliseconds of the node's clock when its kubelet was restarted in this turn. */
  restartedAt: number
}

type Action = (work: NodeWork, step: Step) => Promise<void>

/** What each step does. Every one may be repeated. */
export const actions: Readonly<Record<StepId, Action>> = {
  'kubeadm-upgrade-node-between': async (work, { id, version }) => {
    const { run, node, snapshot } = work
    // Late is right, too: what counts on a worker is what this minor's kubeadm does to the kubelet's files.
    refuseTooEarly(node, snapshot, version, (found) => minorsBetween(minorOf(version), minorOf(found)) >= 0)
    const job = isWindows(node)
      ? windowsUpgradeJob(node.facts, version, run.policy, false)
      : upgradeWithoutInstallingJob(version, run.policy, packagesOf(work).fetchKubeadm(version))
    await onNode(run, node, id, job)
  },

  'hold-packages': async (work) => {
    const { run, node } = work
    const names = kubernetesPackages.filter((name) => node.facts.packages.has(name))
    await onNode(run, node, 'hold-packages', packagesOf(work).hold(names))
  },

  'switch-repository': async (work) => {
    const { run, node, goal } = work
    await onNode(run, node, 'switch-repository', packagesOf(work).switchRepository(minorOf(goal.version)))
  },

  'stage-packages': async (work) => {
    const { run, node, goal } = work
    const job = packagesOf(work).stage(packagesToMove(node.facts), goal.version, run.policy.timeouts.packages)
    await onNode(run, node, 'stage-packages', job)
  },

  'stage-images': async (work) => {
    const { run, node, snapshot, goal } = work
    const fetch = packagesOf(work).fetchKubeadm(goal.version)
    const job = stageImagesJob(goal.version, snapshot.clusterConfiguration, fetch, run.policy)
    await onNode(run, node, 'stage-images', job)
  },

  'install-kubeadm': async (work) => {
    const { run, node, goal } = work
    await onNode(
      run,
      node,
      'install-kubeadm',
      packagesOf(work).install(['kubeadm'], goal.version, run.policy.timeouts.packages),
    )
  },

  'image-repository': async ({ run, node }) => {
    const { repository } = run.policy.images
    if (repository === undefined) return
    run.recorder.changed = true
    await whenAnswered(run, node.name, () => setImageRepository(admin(run), repository))
  },

  'stop-api-server': async ({ run, node }) => {
    await onNode(run, node, 'stop-api-server', stopApiServerJob())
  },

  'kubeadm-upgrade-apply': async ({ run, node, goal }) => {
    await onNode(run, node, 'kubeadm-upgrade-apply', upgradeJob('apply', goal.version, run.policy))
  },

  'kubeadm-upgrade-node': async ({ run, node, snapshot, goal }) => {
    refuseTooEarly(node, snapshot, goal.version, (found) => found === goal.version)
    const job = isWindows(node)
      ? windowsUpgradeJob(node.facts, goal.version, run.policy, true)
      : upgradeJob('node', goal.version, run.policy)
    await onNode(run, node, 'kubeadm-upgrade-node', job)
  },

  'cni-hook': async ({ run, node }) => {
    await runHooks(run, 'cni', node.name)
  },

  cordon: async ({ run, node }) => {
    run.recorder.changed = true
    const mark = [new Date(run.clock.now()).toISOString(), run.runUrl].filter(Boolean).join(' ')
    await whenAnswered(run, node.name, () => cordon(admin(run), node.name, mark))
  },

  drain: ({ run, node }) => drainNode(run, node),

  'install-kubelet': async (work) => {
    const { run, node, goal } = work
    const names = packagesToMove(node.facts).filter((name) => name !== 'kubeadm')
    const job = packagesOf(work).install(names, goal.version, run.policy.timeouts.packages)
    await onNode(run, node, 'install-kubelet', job)
  },

  'restart-kubelet': async (work) => {
    const { run, node } = work
    const job = isWindows(node) ? windowsRestartJob(node.facts) : restartKubeletJob()
    const result = await onNode(run, node, 'restart-kubelet', job)
    work.restartedAt = result.startedAt
  },

  'wait-healthy': async ({ run, node, goal, steps, restartedAt }) => {
    const moved = steps.some((step) => step.id === 'restart-kubelet' && step.needed)
    const expected = {
      name: node.name,
      kubelet: moved ? goal.version : undefined,
      heartbeatAfter: restartedAt,
    }
    if (node.role === 'worker') await waitForWorker(run, expected)
    else await waitForControlPlaneNode(run, expected, goal.version)
  },

  uncordon: async ({ run, node }) => {
    run.recorder.changed = true
    await whenAnswered(run, node.name, () => uncordon(admin(run), node.name))
  },
}

const isWindows = ({ facts }: ObservedNode): boolean => facts.system === 'windows'

const packagesOf = ({ run, node }: NodeWork) => packageManagerOf(node.name, node.facts, run.policy.packages)

const reasons = {
  'stop-api-server': 'control-plane-unhealthy',
  'kubeadm-upgrade-apply': 'kubeadm-failed',
  'kubeadm-upgrade-node': 'kubeadm-failed',
  'kubeadm-upgrade-node-between': 'kubeadm-failed',
  'restart-kubelet': 'node-not-ready',
} as const

async function onNode(run: Run, node: ObservedNode, step: StepId, job: Parameters<typeof perform>[2]) {
  const reason: FailureReason = step in reasons ? reasons[step as keyof typeof reasons] : 'package-error'
  const purpose = { node: node.name, step, reason, next: nextOf(step, node.name) }
  try {
    return await perform(run, remoteOf(run, node.name), job, purpose)
  } catch (error) {
    throw await explained(run, node, asFailure(error))
  }
}

function nextOf(step: StepId, node: string): string {
  switch (step) {
    case 'kubeadm-upgrade-apply':
    case 'kubeadm-upgrade-node':
    case 'kubeadm-upgrade-node-between':
      return `Correct what kubeadm says on ${node}, then run the phase again: kubeadm upgrade may be repeated. Phase recover says what state it left.`
    case 'stage-images':
      return `See that the registry has these images and that ${node} reaches it, or that the archive of images.archive has them, then run the phase again.`
    case 'restart-kubelet':
      return `Read journalctl -u kubelet on ${node}, then run the phase again.`
    default:
      return `Correct what the package manager says on ${node}, then run the phase again.`
  }
}

/**
 * `kubeadm upgrade node` takes the version from kubeadm-config, and a control plane node without its API server manifest
 * for a worker: too early it would silently apply the old version.
 */
function refuseTooEarly(
  node: ObservedNode,
  snapshot: Snapshot,
  version: Version,
  isThere: (found: Version) => boolean,
): void {
  const found = snapshot.kubernetesVersion
  if (found !== undefined && isThere(found)) return
  throw new Failure(
    'precondition-failed',
    `kubeadm-config is at ${found ?? 'no version'}, not at ${version}.`,
    {
      node: node.name,
      step: 'kubeadm-upgrade-node',
      next: 'Run the phase control-plane first: kubeadm upgrade apply on the first control plane node sets it.',
    },
  )
}
