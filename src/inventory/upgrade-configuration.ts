import { z } from 'zod'
import { choice, flag, list, mapping, whole } from './schema.ts'

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

const boolean = flag().optional()
const pulling = {
  imagePullPolicy: choice(['Always', 'IfNotPresent', 'Never'])
    .optional()
    .describe('When kubeadm pulls images.'),
  imagePullSerial: boolean.describe('One image at a time.'),
}
const versions = {
  allowExperimentalUpgrades: boolean.describe('Accepts alpha and beta versions.'),
  allowRCUpgrades: boolean.describe('Accepts release candidates.'),
}
const etcdUpgrade = { etcdUpgrade: boolean.describe("kubeadm upgrades etcd's static pod.") }

/**
 * Phases of `kubeadm upgrade` that may be left out. Without the others the upgrade would not have happened, and every later
 * run would find it unfinished. Of k8s.io/kubernetes/cmd/kubeadm/app/cmd/phases/upgrade, 1.34 to 1.37.
 */
const skippable = {
  apply: ['preflight', 'bootstrap-token', 'addon', 'addon/coredns', 'addon/kube-proxy', 'post-upgrade'],
  node: ['preflight', 'addon', 'addon/coredns', 'addon/kube-proxy', 'post-upgrade'],
} as const

function skipPhases(action: keyof typeof skippable) {
  return list(choice(skippable[action]), 'a list of phases')
    .optional()
    .describe(`Phases that kubeadm leaves out: ${skippable[action].join(', ')}.`)
}

/** What stands in the place of a field that is not a user's: any value of it is refused, with where to turn. */
const refused = Object.fromEntries(
  Object.entries(reserved).map(([key, message]) => [
    key,
    z
      .unknown()
      .superRefine((value, context) => {
        if (value !== undefined) context.addIssue({ code: 'custom', message })
      })
      .optional()
      .meta({ not: {}, description: `Refused: ${message}.` }),
  ]),
)

function fields<Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) {
  const known = Object.keys(shape).join(', ')
  return z
    .strictObject(
      { ...shape, ...refused },
      { error: ({ code }) => (code === 'unrecognized_keys' ? known : `a mapping with ${known}`) },
    )
    .optional()
    .describe(description)
}

/** kubeadm's own timeouts, as v1beta4 has them. */
const timeouts = [
  'controlPlaneComponentHealthCheck',
  'kubeletHealthCheck',
  'kubernetesAPICall',
  'etcdAPICall',
  'tlsBootstrap',
  'discovery',
  'upgradeManifests',
] as const

export const upgradeConfiguration = mapping({
  apiVersion: z
    .literal('kubeadm.k8s.io/v1beta4', { error: 'kubeadm.k8s.io/v1beta4' })
    .optional()
    .describe('The API version, if you like to state it.'),
  kind: z
    .literal('UpgradeConfiguration', { error: 'UpgradeConfiguration' })
    .optional()
    .describe('The kind, if you like to state it.'),
  apply: fields('Fields for kubeadm upgrade apply.', {
    ...versions,
    ...etcdUpgrade,
    ...pulling,
    skipPhases: skipPhases('apply'),
  }),
  node: fields('Fields for kubeadm upgrade node.', {
    ...etcdUpgrade,
    ...pulling,
    skipPhases: skipPhases('node'),
  }),
  plan: fields('Fields for kubeadm upgrade plan.', { ...versions, ...etcdUpgrade }),
  diff: fields('Fields for kubeadm upgrade diff.', {
    contextLines: whole(0).optional().describe('Lines around a difference.'),
  }),
  timeouts: z
    .partialRecord(
      z.enum(timeouts, { error: timeouts.join(', ') }),
      z.string({ error: 'a duration such as 5m0s' }),
      { error: `a mapping with ${timeouts.join(', ')}` },
    )
    .optional()
    .describe("kubeadm's own timeouts, such as upgradeManifests: 10m."),
})
