import { kubeletWords } from './kubelet.ts'
import type { Remote } from '../ssh/remote.ts'

/** Why the kubelet does not come up, from its own last words. */
export interface KubeletFailure {
  words: string
  /** What a person can do, when the words name the cause; undefined otherwise. */
  next: string | undefined
}

/** Asks the node. Never fails; with a node that does not answer the words are empty. */
export async function kubeletFailure(remote: Remote): Promise<KubeletFailure> {
  const words = await kubeletWords(remote)
  return { words, next: causeOf(words, remote.node) }
}

/**
 * What to do about a cause that the kubelet names. Only a hint for people: nothing is decided by it.
 * The texts are those of spf13/pflag and of k8s.io/component-base/featuregate.
 */
export function causeOf(words: string, node: string): string | undefined {
  const flag = /unknown flag: (--[\w-]+)/.exec(words)?.[1]
  if (flag !== undefined)
    return `This version of the kubelet does not know the flag ${flag} any more. Remove it on ${node} from /var/lib/kubelet/kubeadm-flags.env or /etc/default/kubelet (/etc/sysconfig/kubelet), then run the phase again: it starts the kubelet.`
  const gate = /unrecognized feature gate: (\w+)/.exec(words)?.[1]
  if (gate !== undefined)
    return `This version of the kubelet does not know the feature gate ${gate} any more. Remove it from the ConfigMap kubelet-config and from /var/lib/kubelet/config.yaml on ${node}, then run the phase again.`
  if (/x509: certificate has expired or is not yet valid/.test(words))
    return `A certificate has expired, or the clock of ${node} is wrong: "kubeadm certs check-expiration" and "date" there say which. Renew with "kubeadm certs renew all", or correct the clock, then run the phase again.`
  return undefined
}
