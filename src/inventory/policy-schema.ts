import { choice, duration, flag, line, list, mapping, parsed, text, whole } from './schema.ts'
import { upgradeConfiguration } from './upgrade-configuration.ts'

const nodePath = (what: string) => text(`${what}, an absolute path on the nodes`, /^\/\P{Cc}+$/u)

const command = {
  run: choice(['runner', 'node']).describe(
    'Where the command runs: on the runner, or on the node that it is about (the first control plane node, when it is about the whole cluster).',
  ),
  command: text('a shell command', /\S/).describe(
    'Shell command; an exit code other than 0 stops the phase.',
  ),
}

const hooks = (when: string) =>
  list(
    mapping({
      ...command,
      timeout: duration().prefault('10m').describe('How long the command may take.'),
    }),
    'a list of hooks ({run, command, timeout})',
  )
    .prefault([])
    .describe(`Commands ${when}, in this order.`)

const drain = mapping({
  timeout: duration().prefault('10m').describe('How long the drain of one node may take.'),
  gracePeriod: duration(0)
    .refine((ms) => ms % 1000 === 0, { error: 'accepts whole seconds, such as 30s' })
    .optional()
    .describe("Time that each pod gets to end. Default: the pod's own."),
  barePods: choice(['fail', 'delete'])
    .prefault('fail')
    .describe(
      'Pods without a controller, which nothing starts again: stop before the drain, or delete them.',
    ),
  emptyDir: choice(['fail', 'delete'])
    .prefault('fail')
    .describe('Pods with emptyDir volumes, whose data is lost: stop before the drain, or delete them.'),
  onBlocked: choice(['wait', 'fail', 'skip'])
    .prefault('fail')
    .describe(
      'What keeps a node from being drained: wait for it until the timeout, fail, or skip the worker and go on with the others. With fail and skip a PodDisruptionBudget that allows no eviction although all of its pods are healthy is not waited for.',
    ),
  onPatch: flag()
    .prefault(true)
    .describe('Drain for patch upgrades too; for minor upgrades nodes are always drained.'),
})

const label = text(
  'a label as key=value',
  /^([a-z0-9.-]+\/)?[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?=([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?$/,
)

const orderRule = mapping({
  node: line('the name of a worker').optional().describe('Name of a worker.'),
  group: line('a group of the inventory')
    .optional()
    .describe('Group of the inventory; with an Ansible inventory any of its groups.'),
  label: label.optional().describe('Label of the Node object, as key=value.'),
})
  .refine((rule) => Object.keys(rule).length === 1, {
    error: 'accepts exactly one of node, group, label',
  })
  .meta({ minProperties: 1, maxProperties: 1 })

const workers = mapping({
  order: list(orderRule, 'a list of {node}, {group} or {label}')
    .prefault([])
    .describe('Workers that go first, in this order; the others follow in the order of the inventory.'),
  canary: whole(0)
    .prefault(0)
    .describe('Number of workers that are upgraded first and alone, before all others.'),
  soak: duration(0).prefault('0s').describe('Time between the canaries and the other workers.'),
  failureBudget: whole(0)
    .prefault(0)
    .describe('Number of workers that may fail before no further one is started.'),
  batches: whole(1, 256)
    .optional()
    .describe('Number of jobs of the worker matrix. Default: one per worker, at most 256.'),
})

const kubeadm = mapping({
  config: upgradeConfiguration
    .prefault({})
    .describe('UpgradeConfiguration (kubeadm.k8s.io/v1beta4) that is merged into the generated one.'),
  patches: nodePath("kubeadm's patches folder")
    .optional()
    .describe('Folder on the nodes with patches for kubeadm.'),
  certificateRenewal: flag().prefault(true).describe('kubeadm renews the certificates that it manages.'),
  ignorePreflightErrors: list(
    text("the name of one of kubeadm's preflight checks; all is not accepted", /^(?!all$)[a-z][\w-]*$/i),
    'a list of preflight checks',
  )
    .prefault([])
    .describe("Names of kubeadm's preflight checks whose errors become warnings; never all."),
})

const etcd = mapping({
  snapshot: flag().prefault(true).describe('Take and verify a snapshot of etcd before every hop.'),
  keep: whole(1).prefault(3).describe('Number of snapshots that cleanup keeps, newest first.'),
  confirmRestore: flag()
    .prefault(false)
    .describe(
      'Allow the phase recover to replace the data of etcd: what was written since the snapshot is lost.',
    ),
})

const packages = mapping({
  baseUrl: text('an http or https URL', /^https?:\/\/[^\s/]+\S*$/)
    .optional()
    .describe(
      'Base URL of a mirror of https://pkgs.k8s.io, and of https://dl.k8s.io for nodes without a package manager. Default: the one that the nodes use.',
    ),
  keyring: nodePath('a keyring file')
    .optional()
    .describe(
      "Keyring that verifies what is fetched, an absolute path on the nodes: apt's `signed-by`, imported into rpm, `<program>.asc` of programs without packages. Default: the node's own.",
    ),
  fingerprint: parsed('a key fingerprint of 40 hexadecimal digits', /^[0-9A-Fa-f ]+$/, (value) => {
    const digits = value.replaceAll(' ', '').toUpperCase()
    return digits.length === 40 ? digits : undefined
  })
    .optional()
    .describe('Fingerprint that the signing key of the repository must have. Default: any in the keyring.'),
})

const acceptedFinding = mapping({
  id: text(
    'the id of one finding, as the plan prints it; nothing accepts all',
    /^(?!all$)[a-z][a-z0-9-]*$/,
  ).describe('Id of the finding, as the plan prints it.'),
  reason: line('a sentence that the report shows').describe('Why it is accepted; the report shows it.'),
})

const timeouts = mapping({
  kubeadm: duration().prefault('30m').describe('One run of kubeadm upgrade on one node.'),
  packages: duration()
    .prefault('15m')
    .describe('Download or installation of packages and images on one node.'),
  nodeReady: duration().prefault('10m').describe('Wait for a node to be Ready at the new version.'),
  controlPlaneHealthy: duration()
    .prefault('10m')
    .describe('Wait for the control plane to be healthy before the next node.'),
  settle: duration(0)
    .prefault('20s')
    .describe('How long a control plane node must stay healthy before the next one is touched.'),
  lock: duration()
    .prefault('60s')
    .describe('How long the lock of the cluster outlives a run that no longer renews it.'),
  connect: duration().prefault('30s').describe('Connection to one node, jump hosts included.'),
})

/**
 * The policy: every key is optional, its description and default stand beside it, and schemas/policy.schema.json is made from it.
 * Parsed, durations are milliseconds and every key that has a default is there.
 */
export const policySchema = mapping({
  drain: drain.prefault({}).describe('How nodes are drained.'),
  workers: workers.prefault({}).describe('Order and pace of the workers.'),
  hooks: mapping({
    beforeUpgrade: hooks('before the first change of the cluster'),
    afterUpgrade: hooks('after the last worker'),
    beforeNode: hooks('before a node is changed'),
    afterNode: hooks('after a node is back in service'),
    cni: hooks('for the CNI provider, after kubeadm upgrade apply and before the first drain'),
  })
    .prefault({})
    .describe('Commands of your own on the way.'),
  checks: list(
    mapping({
      ...command,
      timeout: duration().prefault('5m').describe('How long the check may take.'),
    }),
    'a list of checks ({run, command, timeout})',
  )
    .prefault([])
    .describe('Commands that must succeed after a node before the next one is started.'),
  kubeadm: kubeadm.prefault({}).describe('What kubeadm is given.'),
  etcd: etcd.prefault({}).describe('Snapshots of etcd.'),
  apiServer: mapping({
    gracefulStop: choice(['auto', 'never'])
      .prefault('auto')
      .describe('Stop the API server gracefully before kubeadm restarts it: where that helps, or never.'),
  })
    .prefault({})
    .describe('How API servers are stopped.'),
  packages: packages.prefault({}).describe('Where packages come from.'),
  images: mapping({
    repository: text('an image repository without tag, such as registry.example/k8s', /^[a-z0-9][\w.:/-]*$/)
      .optional()
      .describe(
        'Image repository that the upgrade writes into kubeadm-config before kubeadm upgrade apply. Default: the one that is there (imageRepository).',
      ),
    archive: text(
      'the path of a tar below the workspace, without ..',
      /^(?!\/)(?!(.*\/)?\.\.(\/|$))\P{Cc}+$/u,
    )
      .optional()
      .describe(
        'Tar with the images of the new version, in the workspace of the runner (docker save, skopeo, ctr images export): loaded over SSH into containerd of every node that lacks one of them, and nothing is pulled.',
      ),
  })
    .prefault({})
    .describe('Where images come from.'),
  findings: mapping({
    accept: list(acceptedFinding, 'a list of {id, reason}')
      .prefault([])
      .describe('Findings of the plan that are accepted, each with a reason.'),
  })
    .prefault({})
    .describe('Answers to findings of the plan.'),
  approval: mapping({
    required: flag()
      .prefault(false)
      .describe(
        "Refuse the plan and the control plane when the environment on GitHub does not make sure of another person's approval; otherwise that is a warning.",
      ),
  })
    .prefault({})
    .describe('Approval of the control plane on GitHub.'),
  plan: mapping({
    kubeadmHealthCheck: flag()
      .prefault(true)
      .describe(
        'Let kubeadm make the short-lived Job of its own health check during the plan. `kubeadm upgrade plan` always makes it and is left out without; `upgrade diff` and the dry run of `upgrade apply` make none.',
      ),
  })
    .prefault({})
    .describe('What the plan may do.'),
  timeouts: timeouts.prefault({}).describe('How long steps may take.'),
})
