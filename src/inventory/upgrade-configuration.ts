import { z } from 'zod'
import { mapping } from './schema.ts'

/*
 * The part of kubeadm's UpgradeConfiguration that a policy may set. What the action decides itself, or what has a key of its
 * own in the policy, is refused instead of silently overwritten.
 * Source: https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/#kubeadm-k8s-io-v1beta4-UpgradeConfiguration
 */

/** Fields of apply, node, plan and diff that are not a user's to set, and where to turn instead. */
const reserved: Readonly<Record<string, string>> = {
  kubernetesVersion: 'is set by the action from the input version',
  dryRun: 'is set by the action from the input dry-run',
  forceUpgrade: 'is set by the action, in the phase recover only',
  printConfig: 'is not accepted, as it makes kubeadm do nothing',
  ignorePreflightErrors: 'is not accepted here; use kubeadm.ignorePreflightErrors of the policy',
  certificateRenewal: 'is not accepted here; use kubeadm.certificateRenewal of the policy',
  patches: 'is not accepted here; use kubeadm.patches of the policy',
}

function fields(description: string) {
  return z
    .record(z.string(), z.unknown(), { error: 'a mapping' })
    .superRefine((value, context) => {
      for (const key of Object.keys(value)) {
        const why = reserved[key]
        if (why !== undefined) context.addIssue({ code: 'custom', path: [key], message: why })
      }
    })
    .optional()
    .describe(description)
}

export const upgradeConfiguration = mapping({
  apiVersion: z
    .literal('kubeadm.k8s.io/v1beta4', { error: 'kubeadm.k8s.io/v1beta4' })
    .optional()
    .describe('The API version, if you like to state it.'),
  kind: z
    .literal('UpgradeConfiguration', { error: 'UpgradeConfiguration' })
    .optional()
    .describe('The kind, if you like to state it.'),
  apply: fields('Fields for kubeadm upgrade apply.'),
  node: fields('Fields for kubeadm upgrade node.'),
  plan: fields('Fields for kubeadm upgrade plan.'),
  diff: fields('Fields for kubeadm upgrade diff.'),
  timeouts: z
    .record(z.string(), z.string({ error: 'a duration such as 5m0s' }), { error: 'a mapping' })
    .optional()
    .describe("kubeadm's own timeouts, such as upgradeManifests: 10m."),
})
