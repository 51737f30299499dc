import type { Clock } from '../clock.ts'
import type { Failure } from '../failure.ts'
import type { Finding } from '../plan/finding.ts'
import type { NodeVersions, Plan } from '../plan/plan.ts'
import type { Version } from '../versions/version.ts'
import type { Check, LeftoverReport, NodeReport, OfflineReport, RecoveryReport, StepReport } from './model.ts'

/** What a step says of itself. */
type StepWords = Pick<StepReport, 'id' | 'why'> & { version?: Version }

/** Collects what happens in a run, for the report. Holds no secrets and does no I/O. */
export class Recorder {
  readonly startedAt: number
  readonly nodes = new Map<string, NodeReport>()
  readonly checks: Check[] = []
  readonly leftovers: LeftoverReport[] = []
  readonly recovery: RecoveryReport = { steps: [], backups: [] }
  plan: Plan | undefined
  offline: OfflineReport | undefined
  findings: Finding[] = []
  /** Whether anything outside this process was changed: tells `failed` from `blocked`. */
  changed = false
  /** Holder of the lock that this run broke because it was told to. */
  brokenLock: string | undefined
  private readonly clock: Clock
  /** Milliseconds that a node was out of service in its turns before this one: it has one in every hop. */
  private readonly outBefore = new Map<string, number>()

  constructor(clock: Clock) {
    this.clock = clock
    this.startedAt = clock.now()
  }

  /** Takes the plan's nodes over as the lines of the report; what was recorded of them stays. */
  planned(plan: Plan): void {
    this.plan ??= plan
    this.findings = plan.findings
    for (const { name, role, versions } of plan.nodes) this.known(name, role, versions)
  }

  /** Makes a node a line of the report; what was recorded of it stays. */
  known(name: string, role: NodeReport['role'], before: NodeVersions): void {
    if (this.nodes.has(name)) return
    this.nodes.set(name, {
      name,
      role,
      state: 'planned',
      before,
      after: undefined,
      steps: [],
      outSince: undefined,
      outOfService: undefined,
    })
  }

  node(name: string): NodeReport {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(`${name} is not part of the plan`)
    return node
  }

  /** Whether this run has done the step on this node. @param version in this hop; undefined: in any */
  did(name: string, id: string, version?: Version): boolean {
    return this.node(name).steps.some(
      (step) => isStep(step, id, version ?? step.version) && step.state === 'done',
    )
  }

  /** The step was true already; not told of a step that this run did itself. */
  skipped(name: string, { id, version, why }: StepWords): void {
    const { steps } = this.node(name)
    if (steps.some((step) => isStep(step, id, version))) return
    steps.push({ id, version, state: 'skipped', why, startedAt: this.clock.now(), milliseconds: 0 })
  }

  /** Runs one step of a node and records how it went; errors pass through. */
  async step<T>(name: string, { id, version, why }: StepWords, action: () => Promise<T>): Promise<T> {
    const startedAt = this.clock.now()
    const step: StepReport = { id, version, state: 'done', why, startedAt, milliseconds: 0 }
    this.node(name).steps.push(step)
    try {
      return await action()
    } catch (error) {
      step.state = 'failed'
      throw error
    } finally {
      step.milliseconds = this.clock.now() - step.startedAt
    }
  }

  /** A node's turn in a hop begins: what it was out of service in earlier ones stays counted. */
  turnBegins(name: string): void {
    const node = this.node(name)
    this.outBefore.set(name, node.outOfService ?? 0)
    node.outSince = undefined
  }

  /** The node takes no pods, or its kubelet is being replaced, from now on. */
  wentOut(name: string): void {
    const node = this.node(name)
    node.outSince = this.clock.now()
    node.outOfService = undefined
  }

  /** The last step that took a node out of service is undone: the time between counts. Later ones correct it. */
  backInService(name: string): void {
    const node = this.node(name)
    if (node.outSince === undefined) return
    node.outOfService = (this.outBefore.get(name) ?? 0) + this.clock.now() - node.outSince
  }

  /** The policy goes on without this node: it is neither upgraded nor failed. */
  leftOut(name: string, { reason, message, seen }: Failure): void {
    const node = this.node(name)
    node.state = 'skipped'
    node.skipped = { reason, message, seen }
  }

  finished(name: string, state: NodeReport['state'], after?: NodeVersions): void {
    const node = this.node(name)
    node.state = state
    node.after = after ?? node.after
  }
}

function isStep(step: StepReport, id: string, version: Version | undefined): boolean {
  return step.id === id && step.version === version
}
