import { expect, test } from '@jest/globals'
import { leaseOnly } from '../../bench/lease-only.ts'
import { VirtualClock } from '../../bench/virtual-clock.ts'
import { Lock } from '../../src/cluster/lock.ts'
import { Slots } from '../../src/cluster/slots.ts'
import { Failure } from '../../src/failure.ts'
import type { Remote } from '../../src/ssh/remote.ts'

/** Milliseconds: of a call that reads or writes the Lease, and of one that lists hundreds of nodes. */
const lease = 150
const list = 1500

test('jobs that write the same Lease all the time get their slots all the same, never more than there are', async () => {
  const clock = new VirtualClock()
  const node = leaseOnly(clock, lease)
  const out = new Set<string>()
  let most = 0
  const readOut = async (): Promise<string[]> => {
    const seen = [...out]
    await clock.sleep(list)
    return seen
  }
  const job = async (number: number): Promise<void> => {
    const me = { holder: 'run', job: `job${number}`, runUrl: '', actor: '', phase: 'workers', duration: 60 }
    const lock = new Lock(me, undefined, { controlPlanes: [node] }, clock)
    const limits = { max: 12, budget: 0, patience: 600_000, aborted: () => false }
    const slots = new Slots({ lock, clock, readOut }, limits)
    await lock.take()
    const upgrade = async (name: string): Promise<void> => {
      expect(await slots.acquire(name, () => undefined)).toBeUndefined()
      out.add(name)
      most = Math.max(most, out.size)
      await clock.sleep(2000)
      out.delete(name)
      await slots.release(name)
    }
    await Promise.all(Array.from({ length: 10 }, (_, at) => upgrade(`w${number}-${at}`)))
    await lock.release()
  }
  await clock.play(Promise.all(Array.from({ length: 16 }, (_, number) => job(number))))
  expect(out.size).toBe(0)
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(12)
})

test('the lock is held through the other API servers when the first control plane node is gone', async () => {
  const clock = new VirtualClock()
  let gone = false
  const second = leaseOnly(clock, lease)
  const first: Remote = {
    ...second,
    async run(script, options) {
      if (!gone) return second.run(script, options)
      // As long as a line that was lost is tried again.
      await clock.sleep(60_000)
      throw new Failure('unreachable-node', 'No SSH connection to cp1.')
    },
  }
  const me = { holder: 'run', job: 'job', runUrl: '', actor: '', phase: 'workers', duration: 60 }
  const lock = new Lock(me, undefined, { controlPlanes: [first, second] }, clock)
  await clock.play(
    (async () => {
      await lock.take()
      gone = true
      await clock.sleep(30_000)
      for (let step = 0; step < 10; step++) {
        await lock.confirm(600_000)
        await clock.sleep(30_000)
      }
      expect(lock.held).toBe(true)
      await lock.release()
    })(),
  )
})
