import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import type { Admin } from './admin.ts'
import { microTime, readLease, writeLease, type LeaseState } from './lease.ts'
import { heldSlots, isOpen, left, Observer, taken, type Identity } from './lease-rules.ts'

/** Tries of one compare-and-swap, with pauses that grow: hundreds of jobs may write the same Lease. */
const tries = 30

/** The Lease as it shall be; undefined: as it is. */
type Change<Look> = (seen: LeaseState, look: Look) => LeaseState | undefined

/**
 * The lock of the cluster as this run holds it: taken and renewed by compare-and-swap, so that a run that was paused
 * and overtaken finds out at its next renewal and starts nothing more.
 */
export class Lock {
  readonly me: Identity
  /** The Lease was seen to have expired at this resourceVersion, and nothing of its holder runs: it may be taken. */
  expiredAt = ''
  /** Other jobs of this workflow run were seen to hold the lock with this one. */
  metSiblings = false
  /** The holder that the user wants to be broken. */
  readonly breaks: string | undefined
  private readonly admin: Admin
  private readonly clock: Clock
  private readonly observer = new Observer()
  private readonly slots = new Set<string>()
  private beat = 0
  private state: 'free' | 'held' | 'lost' = 'free'
  /** Milliseconds; until then nobody else may take the lock. */
  private heldUntil = 0
  private turn: Promise<unknown> = Promise.resolve()

  constructor(me: Identity, breaks: string | undefined, admin: Admin, clock: Clock) {
    this.me = me
    this.breaks = breaks
    this.admin = admin
    this.clock = clock
  }

  get held(): boolean {
    return this.state === 'held'
  }

  /** The Lease as it is now, with what this run knows of the age of its jobs. @throws {Failure} `control-plane-unhealthy` */
  async read(): Promise<LeaseState> {
    const seen = await readLease(this.admin)
    if (seen.holder === this.me.holder && Object.keys(seen.jobs).some((job) => job !== this.me.job))
      this.metSiblings = true
    for (const [name, job] of Object.entries(seen.jobs)) this.jobAge(name, job.beat)
    return seen
  }

  /** Milliseconds since the Lease was first seen as it is. */
  age(seen: LeaseState): number {
    return this.observer.unchangedFor('lease', seen.resourceVersion, this.clock.now())
  }

  /**
   * Takes the lock and begins to renew it.
   * @returns the holder that was broken or taken over; '' when the lock was free; undefined when it is held by another
   */
  async take(): Promise<string | undefined> {
    if (this.held) return ''
    let before: string | undefined
    await this.update((seen) => {
      const may =
        isOpen(seen, this.me) ||
        seen.holder === this.breaks ||
        (this.expiredAt !== '' && seen.resourceVersion === this.expiredAt)
      before = may ? (seen.holder === this.me.holder ? '' : seen.holder) : undefined
      return may ? this.renewed(seen) : undefined
    })
    if (before !== undefined) {
      this.state = 'held'
      void this.keepRenewing()
    }
    return before
  }

  /** Before every step: the lock is still ours. @param patience milliseconds to wait for an API server that is away */
  async confirm(patience: number): Promise<void> {
    if (this.state === 'free') return
    const until = this.clock.now() + patience
    while (this.held && this.clock.now() >= this.heldUntil && this.clock.now() < until)
      await this.renew().catch(() => this.clock.sleep(1000))
    if (this.held && this.clock.now() < this.heldUntil) return
    throw new Failure(
      'cluster-locked',
      this.held
        ? 'The lock of the cluster could not be renewed: no API server answered.'
        : 'Another run has taken over the lock of the cluster.',
      {
        next: 'No further step was started. See what the other run does; when it has ended, run the phase again.',
      },
    )
  }

  /** Gives the lock back; jobs of the same workflow run that still live keep it. Never throws. */
  async release(): Promise<void> {
    if (!this.held) return this.clear()
    this.state = 'free'
    this.slots.clear()
    await this.giveBack().catch(() => undefined)
  }

  /** A run that found nothing left to do still frees the lock of the dead one before it. */
  private async clear(): Promise<void> {
    if (this.expiredAt === '') return
    await this.update((seen) =>
      seen.resourceVersion === this.expiredAt ? { ...seen, holder: '', jobs: {} } : undefined,
    ).catch(() => undefined)
  }

  /** Whether this job is among the holder's. */
  holds(seen: LeaseState): boolean {
    return seen.holder === this.me.holder && this.me.job in seen.jobs
  }

  /** Takes this job out of the Lease, also for a process that is gone. @throws {Failure} `control-plane-unhealthy` */
  async giveBack(): Promise<void> {
    await this.update((seen) => (this.holds(seen) ? left(seen, this.me, this.isDead(seen)) : undefined))
  }

  /** A worker of this job is back; written with the next slot or renewal. */
  dropSlot(node: string): void {
    this.slots.delete(node)
  }

  /**
   * Takes a slot if `decide` allows it for what all living jobs hold now.
   * @param look what `decide` needs of the cluster: asked for before the Lease is read, so that nothing slow comes between
   *   reading and writing it. Whoever takes a slot after this look is seen in the Lease.
   */
  async takeSlot<Look, Answer>(
    node: string,
    look: () => Promise<Look>,
    decide: (
      seen: { held: string[]; failed: readonly string[] },
      look: Look,
    ) => { take: boolean; answer: Answer },
  ): Promise<Answer> {
    let answer: Answer | undefined
    await this.update((seen, looked) => {
      this.refuseLost(seen)
      // Of its own slots this run knows more than the Lease: some were given back since it was written.
      const own = { beat: this.beat, slots: [...this.slots] }
      const now = { ...seen, jobs: { ...seen.jobs, [this.me.job]: own } }
      const decision = decide({ held: heldSlots(now, this.isDead(seen)), failed: seen.failed.nodes }, looked)
      ;({ answer } = decision)
      if (!decision.take) return undefined
      return this.renewed(seen, [...this.slots, node])
    }, look)
    return answer as Answer
  }

  /** The slot that `takeSlot` wrote is ours. */
  slotTaken(node: string): void {
    this.slots.add(node)
  }

  /** Writes down that a worker failed, for all jobs of the workflow run. */
  async addFailure(node: string): Promise<void> {
    await this.update((seen) => {
      this.refuseLost(seen)
      const next = this.renewed(seen)
      return { ...next, failed: { ...next.failed, nodes: [...new Set([...next.failed.nodes, node])] } }
    })
  }

  private async keepRenewing(): Promise<void> {
    while (this.held) {
      // An API server that is away is asked again; what may not start meanwhile is told by confirm.
      await this.clock.sleep((this.me.duration * 1000) / 4)
      await this.renew().catch(() => undefined)
    }
  }

  /** Shows that this run is alive, and its slots as they are now. @throws {Failure} `control-plane-unhealthy`, `cluster-locked` */
  async renew(): Promise<void> {
    await this.update((seen) => {
      if (!this.held) return undefined
      this.refuseLost(seen)
      return this.renewed(seen)
    })
  }

  private refuseLost(seen: LeaseState): void {
    if (this.holds(seen)) return
    this.state = 'lost'
    const how =
      seen.holder === this.me.holder
        ? `This job did not renew its part of the lock for ${this.me.duration} s: another job of the same run took it for dead.`
        : `The lock of the cluster was taken over by ${seen.holder || 'nobody'}.`
    throw new Failure('cluster-locked', how)
  }

  private renewed(seen: LeaseState, slots: readonly string[] = [...this.slots]): LeaseState {
    const own = { beat: ++this.beat, slots: [...slots] }
    return taken(seen, this.me, own, microTime(this.clock.now()))
  }

  private jobAge(name: string, beat: number): number {
    return this.observer.unchangedFor(`job ${name}`, String(beat), this.clock.now())
  }

  private isDead(seen: LeaseState): (job: string) => boolean {
    return (job) =>
      job !== this.me.job && this.jobAge(job, seen.jobs[job]?.beat ?? 0) > this.me.duration * 1000
  }

  /** Look, read, change, write if nobody was faster; again if somebody was. One at a time in this process. */
  private update(change: Change<undefined>): Promise<void>
  private update<Look>(change: Change<Look>, look: () => Promise<Look>): Promise<void>
  private update<Look>(change: Change<Look | undefined>, look?: () => Promise<Look>): Promise<void> {
    const result = this.turn.then(async () => {
      for (let attempt = 1; attempt <= tries; attempt++) {
        const looked = await look?.()
        const started = this.clock.now()
        const seen = await this.read()
        const next = change(seen, looked)
        if (next === undefined) return
        if (await writeLease(this.admin, next, started)) {
          this.heldUntil = started + this.me.duration * 1000
          return
        }
        await this.clock.sleep(50 + Math.random() * 200 * Math.min(attempt, 5))
      }
      throw new Failure(
        'control-plane-unhealthy',
        'The Lease kube-system/kubeadm-upgrade could not be written.',
        {
          next: 'Look whether the API server accepts changes of Leases, then run the phase again.',
        },
      )
    })
    this.turn = result.catch(() => undefined)
    return result
  }
}
