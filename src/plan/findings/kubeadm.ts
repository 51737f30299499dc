import type { KubeadmWord } from '../../node/kubeadm-word.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'

export const kubeadmCatalogue = {
  'kubeadm-refuses': {
    severity: 'blocks',
    reason: 'kubeadm-failed',
    looks:
      "Asks the target version's own kubeadm on the first control plane node, extracted into a temporary folder and never installed: `upgrade plan`, `upgrade diff` and `upgrade apply --dry-run`, with the configuration that the upgrade would use. One of them ended with an error.",
    todo: 'Correct what kubeadm says. A check that is known not to matter is named in `kubeadm.ignorePreflightErrors` of the policy: then kubeadm is told so, now and in the upgrade.',
  },
  'kubeadm-config-manual': {
    severity: 'blocks',
    reason: 'kubeadm-failed',
    acceptable: false,
    looks:
      "The configuration of a component in the cluster (kubelet or kube-proxy) has an API version that the target's kubeadm cannot convert.",
    todo: 'Bring the ConfigMap `kubelet-config` or `kube-proxy` in `kube-system` to the version that kubeadm prefers, or let kubeadm write its defaults.',
  },
  'kubeadm-unavailable': {
    severity: 'blocks',
    reason: 'package-error',
    looks:
      "The target version's kubeadm could not be downloaded or extracted on the first control plane node.",
    todo: 'Correct what the package manager says; the upgrade will need the same package.',
  },
  'kubeadm-warning': {
    severity: 'tells',
    looks: "The target version's kubeadm warns about something and would go on.",
    todo: 'Read it; nothing has to be done for the upgrade.',
  },
} as const satisfies Catalogue

const finding = findingsOf(kubeadmCatalogue)

/** What kubeadm's own word means for the plan. */
export function kubeadmFindings(word: KubeadmWord): Finding[] {
  const { node, version } = word
  if (word.unavailable !== undefined) {
    const seen = `The kubeadm of ${version} could not be fetched on ${node}: ${lastLine(word.unavailable)}`
    return [finding('kubeadm-unavailable', node, seen, 'Correct what the package manager says.')]
  }
  const refused = word.refused.map(({ command, code, errors }) => {
    const seen = `kubeadm ${version} on ${node}: upgrade ${command}${command === 'apply' ? ' --dry-run' : ''} ended with exit code ${code}: ${mainErrors(errors)}`
    return finding('kubeadm-refuses', node, seen, remedyOf(errors))
  })
  const manual = word.configs
    .filter((config) => config.manual)
    .map(({ group, from, to }) =>
      finding(
        'kubeadm-config-manual',
        undefined,
        `The configuration ${group} is at ${from === '' ? 'a version that kubeadm does not know' : from}, and kubeadm ${version} cannot convert it.`,
        `Bring it to ${to} by hand, or reset it to kubeadm's defaults.`,
      ),
    )
  const warnings = word.warnings.map((text) =>
    finding('kubeadm-warning', node, `kubeadm ${version}: ${text}`, 'Read it; kubeadm goes on.'),
  )
  return [...refused, ...manual, ...warnings]
}

/** The lines of kubeadm's errors that say what is wrong. */
function mainErrors(errors: string): string {
  const lines = errors.split('\n').map((line) => line.trim())
  const checks = lines.filter((line) => line.startsWith('[ERROR '))
  const others = lines.filter((line) => /^error\b/i.test(line))
  const found = checks.length > 0 ? checks : others
  return found.length > 0 ? found.join('; ') : lastLine(errors)
}

function remedyOf(errors: string): string {
  const checks = [...new Set([...errors.matchAll(/\[ERROR ([\w-]+)\]/g)].map(([, name = '']) => name))]
  if (checks.length === 0) return 'Correct what kubeadm says.'
  return `Correct it; if it is known not to matter, name it in kubeadm.ignorePreflightErrors of the policy: ${checks.join(', ')}.`
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
