import { Failure } from '../failure.ts'
import { readFacts } from '../node/facts.ts'
import { kubeletFailure } from '../node/kubelet-failure.ts'
import type { ObservedNode } from '../plan/observed.ts'
import { manifestsAfter } from '../plan/rolled-back.ts'
import { LostToReboot } from './reboots.ts'
import { remoteOf, type Run } from './run.ts'

/**
 * The failure of a step's job with what the node shows after it: what became of the static pods under kubeadm, and why
 * the kubelet does not come up. Looking at it never fails.
 */
export async function explained(run: Run, node: ObservedNode, failure: Failure): Promise<Failure> {
  // What still runs says nothing yet.
  if (failure instanceof LostToReboot || run.unfinished.size > 0) return failure
  if (failure.reason === 'kubeadm-failed') {
    const facts = await readFacts(remoteOf(run, node.name)).catch(() => undefined)
    return withMore(failure, facts && manifestsAfter(node.name, node.facts, facts), undefined)
  }
  if (failure.reason === 'node-not-ready') {
    const { words, next } = await kubeletFailure(remoteOf(run, node.name))
    return withMore(failure, words === '' ? undefined : `The kubelet says:\n${words.trimEnd()}`, next)
  }
  return failure
}

function withMore(failure: Failure, seen: string | undefined, next: string | undefined): Failure {
  const { reason, message, node, step, cause } = failure
  return new Failure(reason, message, {
    ...(node !== undefined && { node }),
    ...(step !== undefined && { step }),
    seen: [seen, failure.seen].filter(Boolean).join('\n'),
    ...((next ?? failure.next) !== undefined && { next: next ?? failure.next }),
    cause,
  })
}
