import { upgradeConfiguration } from '../node/kubeadm.ts'
import { readKubeadmWord } from '../node/kubeadm-word.ts'
import { hasSource, packageManagerOf } from '../node/packages/managers.ts'
import type { Observed } from '../plan/observed.ts'
import { withKubeadmWord, type Plan } from '../plan/plan.ts'
import { missing, type Step } from '../plan/steps.ts'
import type { Version } from '../versions/version.ts'
import { remoteOf, type Run } from './run.ts'

/**
 * The plan with the word of the first hop's own kubeadm, asked on the node that `kubeadm upgrade apply` is missing on;
 * the plan as it is when there is none, or when that node's repository could not give it (a finding says so already).
 */
export async function askKubeadm(run: Run, plan: Plan, observed: Observed): Promise<Plan> {
  const node = plan.nodes.find(({ steps = [] }) => applyOf(steps) !== undefined)
  const version = applyOf(node?.steps ?? [])
  if (node === undefined || version === undefined) return plan
  const facts = observed.facts.get(node.name)
  if (facts === undefined || !hasSource(facts)) return plan
  run.log.info(`${node.name}: asking kubeadm ${version}, extracted into a temporary folder`)
  const word = await readKubeadmWord(remoteOf(run, node.name), version, {
    fetch: packageManagerOf(node.name, facts, run.policy.packages).fetchKubeadm(version),
    configuration: upgradeConfiguration('apply', version, run.policy),
    healthCheck: run.policy.plan.kubeadmHealthCheck,
  })
  if (word.healthCheckJob !== undefined)
    run.log.info(`${node.name}: kubeadm's health check made the Job ${word.healthCheckJob}; it is gone again`)
  for (const { command, errors } of word.refused)
    run.log.output(node.name, `kubeadm upgrade ${command}: ${errors}\n`)
  return withKubeadmWord(plan, word)
}

/** The version of the first `kubeadm upgrade apply` that is missing. */
function applyOf(steps: readonly Step[]): Version | undefined {
  return missing(steps).find(({ id }) => id === 'kubeadm-upgrade-apply')?.version
}
