import type { Policy } from '../inventory/policy.ts'
import { parseSections } from '../node/sections.ts'
import type { Job } from '../ssh/jobs.ts'
import { loadScript } from '../ssh/script.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'
import { matches, type Selector } from './selector.ts'

const drainScript = adminScript(loadScript('drain', new URL('./scripts/drain.sh', import.meta.url)))
const leftScript = adminScript(loadScript('pods-left', new URL('./scripts/pods-left.sh', import.meta.url)))

/** `kubectl drain` of a node, as a job that runs on a control plane node. */
export function drainJob(node: string, policy: Policy['drain']): Job {
  const options = [
    ...(policy.gracePeriod === undefined ? [] : [`--grace-period=${Math.round(policy.gracePeriod / 1000)}`]),
    ...(policy.emptyDir === 'delete' ? ['--delete-emptydir-data'] : []),
    ...(policy.barePods === 'delete' ? ['--force'] : []),
  ]
  const seconds = Math.round(policy.timeout / 1000)
  return {
    purpose: `drain-${node}`,
    script: drainScript,
    args: [node, String(seconds), ...options],
    timeout: policy.timeout + 60_000,
  }
}

/** A pod that keeps a node from being drained, and why as far as can be told. */
export interface StuckPod {
  pod: string
  why: string
  /** Its budget allows no eviction although all pods of the budget are healthy: waiting does not help. */
  forGood: boolean
  /** Without a controller. */
  bare: boolean
}

/** The pods that are still on a node and would have to go, with the disruption budgets that protect them. */
export async function readStuckPods(admin: Admin, node: string): Promise<StuckPod[]> {
  const output = await askControlPlane(admin, leftScript, { args: [node] })
  return parseStuckPods(parseSections(output.stdout))
}

/** StuckPods from the sections that pods-left.sh printed. */
export function parseStuckPods(sections: ReadonlyMap<string, string>): StuckPod[] {
  const rows = (name: string): string[][] =>
    (sections.get(name) ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t'))
  const budgets = rows('budgets').map(([namespace, name, allowed, selector, healthy, expected]) => ({
    namespace,
    name,
    allowed: Number(allowed),
    healthy: Number(healthy),
    expected: Number(expected),
    selector: JSON.parse(selector || '{}') as Selector,
  }))
  return rows('pods').flatMap(([namespace = '', name = '', labels, owners, mirror, phase]) => {
    const owner = (JSON.parse(owners || '[]') as { kind: string }[])[0]
    if (mirror || owner?.kind === 'DaemonSet' || phase === 'Succeeded' || phase === 'Failed') return []
    const own = JSON.parse(labels || '{}') as Record<string, string>
    const budget = budgets.find((one) => one.namespace === namespace && matches(one.selector, own))
    const why =
      budget === undefined
        ? owner === undefined
          ? 'no controller would start it again'
          : 'did not end in time'
        : `PodDisruptionBudget ${budget.name ?? ''} allows ${budget.allowed} disruptions (${budget.healthy} of ${budget.expected} pods are healthy)`
    const forGood =
      budget !== undefined &&
      !(budget.allowed > 0) &&
      budget.healthy >= budget.expected &&
      budget.expected > 0
    return [{ pod: `${namespace}/${name}`, why, forGood, bare: owner === undefined }]
  })
}
