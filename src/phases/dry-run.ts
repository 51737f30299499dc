import pLimit from 'p-limit'
import { lastLines } from '../cluster/admin.ts'
import { asFailure, Failure } from '../failure.ts'
import { dryRunKubeadm } from '../node/kubeadm-word.ts'
import { upgradeConfiguration } from '../node/kubeadm.ts'
import { hasSource, packageManagerOf } from '../node/packages/managers.ts'
import type { Observed } from '../plan/observed.ts'
import type { Plan } from '../plan/plan.ts'
import { missing } from '../plan/steps.ts'
import type { Result } from '../report/model.ts'
import { remoteOf, type Run } from './run.ts'

/** Nodes that run kubeadm at the same time. */
const parallel = 40

/**
 * The end of a phase with `dry-run`: on every node that kubeadm is missing on, the first hop's kubeadm goes through its own
 * dry run, extracted and never installed; nothing is changed.
 * @throws {Failure} of the first node on which it did not come to its end, naming all of them
 */
export async function dryRun(
  run: Run,
  plan: Plan,
  names: readonly string[],
  observed: Observed,
): Promise<Result> {
  const limit = pLimit(parallel)
  const failures: Failure[] = []
  const one = async (name: string): Promise<void> => {
    try {
      await dryRunOnNode(run, plan, name, observed)
    } catch (error) {
      failures.push(asFailure(error))
    }
  }
  await Promise.all(names.map((name) => limit(() => one(name))))
  const [first] = failures
  if (first === undefined) return 'planned'
  if (failures.length === 1) throw first
  throw new Failure(first.reason, `${first.message} ${failures.length} nodes failed.`, {
    node: first.node,
    step: first.step,
    seen: failures.map(({ node, message, seen }) => `${node ?? ''}: ${message}\n${seen ?? ''}`).join('\n'),
    next: first.next,
    cause: first,
  })
}

const step = 'kubeadm-dry-run'

async function dryRunOnNode(run: Run, plan: Plan, name: string, observed: Observed): Promise<void> {
  const steps = missing(plan.nodes.find((node) => node.name === name)?.steps ?? [])
  // Of several hops the first: the others begin where it ends.
  const found = steps.find(({ id }) => id === 'kubeadm-upgrade-apply' || id === 'kubeadm-upgrade-node')
  const facts = observed.facts.get(name)
  if (found === undefined || facts === undefined || !hasSource(facts)) return
  if (facts.system === 'windows') {
    run.log.info(`${name}: kubeadm is not asked for a dry run on Windows`)
    return
  }
  const action = found.id === 'kubeadm-upgrade-apply' ? 'apply' : 'node'
  const { version } = found
  const command = `kubeadm upgrade ${action} --dry-run`
  run.log.info(`${name}: ${command}, by kubeadm ${version} from a temporary folder`)
  const why = `${command}, by kubeadm ${version}`
  await run.recorder.step(name, { id: step, version, why }, async () => {
    const answer = await dryRunKubeadm(remoteOf(run, name), action, {
      fetch: packageManagerOf(name, facts, run.policy.packages).fetchKubeadm(version),
      configuration: upgradeConfiguration(action, version, run.policy),
    })
    if (answer.code === 0) return
    const details = { node: name, step, seen: lastLines(answer.errors, 20) }
    if (!answer.fetched) {
      throw new Failure('package-error', `The kubeadm of ${version} could not be fetched on ${name}.`, {
        ...details,
        next: 'Correct what the package manager says; the upgrade will need the same package.',
      })
    }
    throw new Failure('kubeadm-failed', `${command} on ${name} ended with exit code ${answer.code}.`, {
      ...details,
      next: 'Correct what kubeadm says, then run the phase again. Nothing was changed.',
    })
  })
}
