import { z } from 'zod'
import { failureReasons } from '../src/failure.ts'
import { stepIds } from '../src/plan/steps.ts'

/*
 * The documents that the action writes: the plan (output `plan`) and the report (output `report`). Tests hold what the
 * bundle writes against the schemas that are made of these.
 */

const text = (about: string) => z.string().describe(about)
const number = (about: string) => z.number().describe(about)
const version = (about: string) => text(`${about}, with the v.`)
const role = z.enum(['control-plane', 'worker']).describe('Role of the node.')
const moment = (about: string) => number(`${about}; milliseconds since the epoch, by the runner's clock.`)

const finding = z.strictObject({
  id: text('Stable id, as in docs/findings.md; policies accept findings by it.'),
  severity: z.enum(['blocks', 'warns', 'tells']).describe('Whether it stops the upgrade.'),
  node: text('The node that it is about; absent: the cluster.').optional(),
  seen: text('What was seen, one sentence. May hold text of a node: do not trust it.'),
  remedy: text('What to do, one sentence.'),
  reason: z.enum(failureReasons).describe('`failure-reason` of a run that it stops.'),
  change: z
    .strictObject({ key: text('Such as drain.barePods.'), value: text('The value, in YAML.') })
    .optional()
    .describe('The key of the policy with which it would not be there; absent: none.'),
  acceptable: z.boolean().describe('Whether a policy may accept it.'),
  accepted: text("The policy's reason for accepting it; an accepted finding does not block.").optional(),
})

const versions = z.strictObject({
  kubelet: text('Version of the kubelet that runs; empty: unknown.'),
  kubeadm: text('Version of the kubeadm package; empty: not installed or not looked at.'),
  apiServer: text('Version of the API server; empty on workers.'),
  etcd: text('Version of the etcd member; empty on workers and with external etcd.'),
})

const step = z.strictObject({
  id: z.enum(stepIds).describe('What is done.'),
  version: version("The hop's version that it belongs to"),
  needed: z.boolean().describe('Whether it is missing.'),
  why: text('What was seen that says so.'),
})

const node = z.strictObject({
  name: text("The Node object's name."),
  role,
  groups: z.array(z.string()).readonly().describe('Groups of the inventory that it is in.'),
  primary: z.boolean().describe('Whether `kubeadm upgrade apply` runs on it.'),
  versions: versions.describe('What it runs now.'),
  out: z.boolean().describe('Whether it is cordoned or not Ready now.'),
  steps: z.array(step).optional().describe('Its steps in order; absent: this phase did not connect to it.'),
  expectedSeconds: number('How long its missing steps are expected to take, from measured ones.').optional(),
})

const kubeadm = z.strictObject({
  node: text('The node on which it was asked.'),
  version: version('Its version'),
  unavailable: text('Why it could not be asked; absent: it was.').optional(),
  components: z
    .array(
      z.strictObject({
        name: text('Such as etcd, kube-proxy or kubelet.'),
        from: text('Version now.'),
        to: text('Version then.'),
        nodes: z.array(z.string()).describe('Nodes that run it; none for what is not of a node.'),
      }),
    )
    .describe('From `kubeadm upgrade plan -o json`.'),
  configs: z
    .array(
      z.strictObject({
        group: text('API group of the configuration.'),
        from: text('Version in the cluster.'),
        to: text('Version that kubeadm prefers.'),
        manual: z.boolean().describe('Whether it has to be changed by hand.'),
      }),
    )
    .describe('Configurations of components.'),
  manifests: z
    .array(
      z.strictObject({
        component: text('Such as kube-apiserver.'),
        diff: text('Unified diff; what may be a secret is hidden.'),
      }),
    )
    .describe('Static pod manifests that change, from `kubeadm upgrade diff`, which leaves out etcd.'),
  refused: z
    .array(
      z.strictObject({
        command: z.enum(['plan', 'diff', 'apply']).describe('Of `kubeadm upgrade`; apply: its dry run.'),
        code: number('Exit code.'),
        errors: text('What it said.'),
      }),
    )
    .describe('Commands that failed.'),
  warnings: z.array(z.string()).describe('Warnings of its checks.'),
  healthCheckJob: text('Job that its health check made and that is gone again; absent: none.').optional(),
  left: z.array(z.enum(['plan', 'diff', 'apply'])).describe('Commands that the policy does not allow.'),
})

export const planDocument = z.strictObject({
  schema: z.literal(1).describe('Version of this format.'),
  cluster: z
    .strictObject({
      name: text("The inventory's name of it.").optional(),
      uid: text('UID of the namespace kube-system.'),
      endpoint: text('controlPlaneEndpoint of kubeadm-config.'),
    })
    .describe('The cluster.'),
  currentVersion: version('The lowest API server'),
  targetVersion: version('Where the upgrade goes'),
  hops: z
    .array(z.strictObject({ from: version('Start'), to: version('End') }))
    .readonly()
    .describe('One minor each, oldest first; none when every API server is at the target.'),
  maxUnavailable: number('Workers that may be out of service at once.'),
  nodes: z.array(node).describe('In upgrade order.'),
  expected: z
    .strictObject({
      controlPlane: number('Seconds of the control plane.'),
      workers: number('Seconds of the workers.'),
    })
    .describe('How long the phases are expected to take, from measured steps; hooks and checks not counted.'),
  findings: z.array(finding).describe('What was noticed, what blocks first.'),
  kubeadm: kubeadm
    .optional()
    .describe(
      "The word of the first hop's own kubeadm; only in the phase plan, and when it has something to do.",
    ),
  policy: z
    .record(z.string(), z.unknown())
    .describe('The policy with defaults applied; durations are milliseconds.'),
  digest: text('SHA-256 over cluster, target, nodes with roles and order, max-unavailable and policy.'),
})

const stepReport = z.strictObject({
  id: text('What was done.'),
  version: version("The hop's version that it belongs to; absent: none").optional(),
  state: z.enum(['done', 'skipped', 'failed']).describe('How it ended; skipped: it was true already.'),
  why: text('Why it was done or not.'),
  startedAt: moment('When it began'),
  milliseconds: number('How long it took.'),
})

const nodeReport = z.strictObject({
  name: text("The Node object's name."),
  role,
  state: z
    .enum(['planned', 'unchanged', 'upgraded', 'recovered', 'cleaned', 'skipped', 'failed', 'not-started'])
    .describe('What became of it.'),
  before: versions.describe('What it ran before.'),
  after: versions.optional().describe('What it runs now; absent when it was not looked at again.'),
  skipped: z
    .strictObject({
      reason: z.enum(failureReasons).describe('As in docs/failure-reasons.md.'),
      message: text('What kept it.'),
      seen: text('What was seen. May hold text of a node: do not trust it.').optional(),
    })
    .optional()
    .describe('Why the policy went on without it; absent: it did not.'),
  steps: z.array(stepReport).describe('Steps of this run, in order.'),
  outSince: moment('When it went out of service; absent: never').optional(),
  outOfService: number('Milliseconds out of service; absent while it is.').optional(),
})

const check = z.strictObject({
  name: text('What was checked.'),
  node: text('Where; absent: the cluster.').optional(),
  passed: z.boolean().describe('Whether it is so.'),
  seen: text('What was seen.'),
})

const nodeMoment = (about: string) => number(`${about}; milliseconds since the epoch, by the node's clock.`)

const leftover = z.strictObject({
  node: text('Where.'),
  path: text('Path on the node.'),
  KiB: number('Size.'),
  changed: nodeMoment('Last change'),
})

const recovery = z.strictObject({
  steps: z
    .array(
      z.strictObject({
        state: text('Name of the state.'),
        title: text('The state in words.'),
        node: text('Where; absent: the cluster.').optional(),
        seen: text('What was seen. May hold text of a node: do not trust it.'),
        todo: text('What is done about it, or has to be.'),
      }),
    )
    .describe('What was found, in order.'),
  backups: z
    .array(
      z.strictObject({
        node: text('Where.'),
        name: text('Folder or file.'),
        holds: text('What it holds.'),
        KiB: number('Size.'),
        changed: nodeMoment('Last change'),
      }),
    )
    .describe('What nodes hold to recover from.'),
})

const failure = z.strictObject({
  reason: z.enum(failureReasons).describe('As in docs/failure-reasons.md.'),
  message: text('What happened.'),
  node: text('Where; absent: nowhere in particular.').optional(),
  step: text('In which step.').optional(),
  seen: text('What was seen. May hold text of a node: do not trust it.').optional(),
  next: text('What to do.').optional(),
})

export const reportDocument = z.strictObject({
  schema: z.literal(1).describe('Version of this format.'),
  phase: z
    .enum(['plan', 'control-plane', 'workers', 'verify', 'recover', 'cleanup', 'upgrade'])
    .describe('The input phase.'),
  result: z
    .enum(['planned', 'checked', 'unchanged', 'upgraded', 'recovered', 'cleaned', 'blocked', 'failed'])
    .describe('The output result.'),
  failure: failure.optional().describe('Why it failed; absent: it did not.'),
  startedAt: moment('When the run began'),
  finishedAt: moment('When it ended'),
  plan: planDocument.optional().describe('Its plan; absent when it did not come so far.'),
  offline: z
    .strictObject({
      cluster: text("The inventory's name of it.").optional(),
      version: text('The version that was asked for, as it was written.'),
      controlPlanes: number('Control plane nodes of the inventory.'),
      workers: number('Workers of the inventory.'),
      discoverWorkers: z.boolean().describe("Whether the cluster's own workers would be added."),
    })
    .optional()
    .describe('What was checked instead of a plan where nothing could be connected to.'),
  findings: z.array(finding).describe('What was noticed.'),
  brokenLock: text('Holder of the lock that was broken with break-lock.').optional(),
  nodes: z.array(nodeReport).describe('Every node of the plan.'),
  checks: z.array(check).describe('The proof of the phase verify.'),
  leftovers: z.array(leftover).describe('What phase cleanup removed, or would remove.'),
  recovery: recovery.describe('What phase recover found; empty lists in other phases.'),
})
