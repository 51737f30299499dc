import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { listJobs, runJob, type Job, type JobContext } from '../../src/ssh/jobs.ts'
import type { SimNode } from '../../lab/sim/server.ts'
import { failureOf, script, until, World } from './world.ts'

let world: World
let node: SimNode
beforeEach(async () => {
  world = new World()
  node = await world.node()
})
afterEach(() => world.end())

const folder = () => join(node.sandbox, 'var/lib/kubeadm-upgrade/jobs')
const file = (name: string) => readFileSync(join(folder(), name), 'utf8')
const job = (text: string, more: Partial<Job> = {}): Job => ({
  purpose: 'kubeadm-apply-v1.37.1',
  script: script(text),
  timeout: 60_000,
  ...more,
})
const context = (more: Partial<JobContext> = {}): JobContext => ({ clock: systemClock, ...more })
/** A job that prints, and ends when the file `go` appears in the node's folder. */
const waiting = (more: Partial<Job> = {}) =>
  job('echo begun; until [ -e "$1/go" ]; do sleep 0.05; done; echo done; exit 4', {
    args: [node.sandbox],
    ...more,
  })
const go = () => writeFileSync(join(node.sandbox, 'go'), '')

test('a job leaves its exit code and output, and durations of the node clock', async () => {
  let seen = ''
  const before = Date.now()
  const result = await runJob(
    world.remote(node),
    job('echo "hello $1"; echo oops >&2; sleep 0.3; exit 7', { args: ["it's"] }),
    context({ onOutput: (text) => (seen += text), runUrl: 'https://github.example/o/r/actions/runs/1' }),
  )
  expect(result).toMatchObject({
    id: 'kubeadm-apply-v1.37.1.1',
    attached: false,
    timedOut: false,
    code: 7,
    output: "hello it's\noops\n",
  })
  expect(seen).toBe(result.output)
  expect(result.finishedAt - result.startedAt).toBeGreaterThanOrEqual(300)
  expect(result.startedAt).toBeGreaterThanOrEqual(before)
  expect(result.finishedAt).toBeLessThanOrEqual(Date.now())
})

test('a job is a root-only folder on the node', async () => {
  await runJob(world.remote(node), job('true', { args: ['secret'] }), context({ runUrl: 'https://x/1' }))
  const id = 'kubeadm-apply-v1.37.1.1'
  expect(readdirSync(join(folder(), id)).sort()).toEqual([
    'boot-id',
    'exit-code',
    'finished',
    'output',
    'run',
    'run-url',
    'script',
    'started',
    'token',
  ])
  expect(statSync(join(folder(), id)).mode & 0o777).toBe(0o700)
  for (const name of readdirSync(join(folder(), id))) {
    expect(statSync(join(folder(), id, name)).mode & 0o777).toBe(0o600)
  }
  expect(file(`${id}/run-url`)).toBe('https://x/1\n')
  expect(file(`${id}/exit-code`)).toBe('0\n')
})

test('a starting job removes the folders of ended jobs but for the newest hundred', async () => {
  for (let number = 1; number <= 105; number++) {
    const path = join(folder(), `old-work.${number}`)
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, 'exit-code'), '0\n')
    utimesSync(path, 1_700_000_000 + number, 1_700_000_000 + number)
  }
  await runJob(world.remote(node), job('true'), context())
  const left = readdirSync(folder()).filter((name) => name.startsWith('old-work.'))
  expect(left).toHaveLength(100)
  expect(left).not.toContain('old-work.5')
  expect(left).toContain('old-work.6')
})

test('output is the same byte for byte over four cut connections, and the job runs once', async () => {
  const endless =
    'i=0; until [ -e "$1/go" ]; do i=$((i+1)); printf "Zeile %s größe 🚀\\n" "$i"; sleep 0.02; done'
  let seen = ''
  let lost = 0
  let polls = 0
  node.faults.onExec = (sent) => {
    if (!sent.includes('# follow-job.sh')) return
    polls++
    // Two cuts before the node answers, two at any moment from then on.
    if (polls === 2 || polls === 8) node.dropConnections()
    if (polls === 5 || polls === 11) setTimeout(() => node.dropConnections(), 8)
    if (polls === 14) go()
  }
  const result = await runJob(
    world.remote(node),
    job(`echo x >>"$1/starts"; ${endless}`, { args: [node.sandbox] }),
    context({ onOutput: (text) => (text.startsWith('n1: ') ? lost++ : (seen += text)) }),
  )
  expect(result.code).toBe(0)
  expect(seen).toBe(file('kubeadm-apply-v1.37.1.1/output'))
  expect(seen.split('\n').length).toBeGreaterThan(20)
  expect(lost).toBeGreaterThanOrEqual(4) // two were lost and two were back
  expect(readFileSync(join(node.sandbox, 'starts'), 'utf8')).toBe('x\n')
})

test('more output than one reply holds comes whole, and the result keeps its end', async () => {
  let seen = 0
  const result = await runJob(
    world.remote(node),
    job('seq 1 200000'),
    context({ onOutput: (text) => (seen += text.length) }),
  )
  expect(seen).toBe(1_288_895)
  expect(result.output.length).toBe(65_536)
  expect(result.output.endsWith('\n199999\n200000\n')).toBe(true)
})

test('a start whose reply was lost is not done twice', async () => {
  let dropped = false
  node.faults.onExec = (text) => {
    if (dropped || !text.includes('# start-job.sh')) return
    dropped = true
    setTimeout(() => node.dropConnections(), 250)
    // The node takes its time to answer, so that it does what it was told and nobody hears of it.
  }
  slow('systemd-run')
  const result = await runJob(
    world.remote(node),
    job('echo x >>"$1/starts"', { args: [node.sandbox] }),
    context(),
  )
  expect(dropped).toBe(true)
  expect(result).toMatchObject({ id: 'kubeadm-apply-v1.37.1.1', attached: false, code: 0 })
  expect(readFileSync(join(node.sandbox, 'starts'), 'utf8')).toBe('x\n')
})

describe('a job that is running already', () => {
  test('of the same purpose is attached to, with all its output', async () => {
    const first = runJob(world.remote(node), waiting(), context())
    await until(() => existsSync(join(folder(), 'kubeadm-apply-v1.37.1.1/started')))
    let seen = ''
    const second = runJob(world.remote(node), waiting(), context({ onOutput: (text) => (seen += text) }))
    await until(() => seen !== '')
    go()
    await expect(first).resolves.toMatchObject({ attached: false, code: 4 })
    await expect(second).resolves.toMatchObject({
      id: 'kubeadm-apply-v1.37.1.1',
      attached: true,
      code: 4,
      output: 'begun\ndone\n',
    })
  })

  test('is one job when eight start it at the same instant', async () => {
    const told = new Set<number>()
    const all = Array.from({ length: 8 }, (_none, at) =>
      runJob(world.remote(node), waiting(), context({ onOutput: () => told.add(at) })),
    )
    await until(() => told.size === 8)
    go()
    const results = await Promise.all(all)
    expect(new Set(results.map((result) => result.id))).toEqual(new Set(['kubeadm-apply-v1.37.1.1']))
    expect(results.filter((result) => !result.attached)).toHaveLength(1)
  })

  test('of another purpose is waited for', async () => {
    const first = runJob(world.remote(node), waiting({ purpose: 'apt-install' }), context())
    await until(() => existsSync(join(folder(), 'apt-install.1/started')))
    let seen = ''
    const second = runJob(
      world.remote(node),
      job('test -e "$1/go"', { args: [node.sandbox] }),
      context({ onOutput: (text) => (seen += text) }),
    )
    await until(() => seen.includes('waiting for apt-install.1, which is still running there'))
    expect(readdirSync(folder()).sort()).toEqual(['.lock', 'apt-install.1'])
    go()
    await expect(second).resolves.toMatchObject({ attached: false, code: 0 })
    await expect(first).resolves.toMatchObject({ code: 4 })
    expect(seen).toContain('apt-install.1 has ended (4)')
  })

  test('is not waited for by the drain of another node when it is a drain itself', async () => {
    const first = runJob(world.remote(node), waiting({ purpose: 'drain-w1' }), context())
    await until(() => existsSync(join(folder(), 'drain-w1.1/started')))
    const second = runJob(world.remote(node), { ...job('true'), purpose: 'drain-w2' }, context())
    await expect(second).resolves.toMatchObject({ attached: false, code: 0 })
    go()
    await expect(first).resolves.toMatchObject({ code: 4 })
  })

  test('of another purpose that does not end is named', async () => {
    const first = runJob(world.remote(node), waiting({ purpose: 'apt-install' }), context())
    await until(() => existsSync(join(folder(), 'apt-install.1/started')))
    const failure = await failureOf(runJob(world.remote(node), job('true', { timeout: 500 }), context()))
    expect(failure.reason).toBe('precondition-failed')
    expect(failure.message).toBe(
      'kubeadm-apply-v1.37.1 was not started on n1: apt-install.1 is running there.',
    )
    go()
    await first
  })
})

describe('a job that has ended', () => {
  test('is history and never a result: it is done again', async () => {
    const remote = world.remote(node)
    await runJob(remote, job('echo one'), context())
    await expect(runJob(remote, job('echo two'), context())).resolves.toMatchObject({
      id: 'kubeadm-apply-v1.37.1.2',
      attached: false,
      output: 'two\n',
    })
  })

  test('by being killed has no exit code', async () => {
    const running = runJob(world.remote(node), waiting(), context())
    await until(() => existsSync(join(folder(), 'kubeadm-apply-v1.37.1.1/started')))
    await world.remote(node).run(script('systemctl kill kubeadm-upgrade-kubeadm-apply-v1.37.1.1.service'))
    await expect(running).resolves.toMatchObject({ code: null, timedOut: false, output: 'begun\n' })
    go()
    await expect(runJob(world.remote(node), waiting(), context())).resolves.toMatchObject({
      id: 'kubeadm-apply-v1.37.1.2',
      code: 4,
    })
  })

  test('by a reboot of the node has no exit code', async () => {
    let seen = ''
    const running = runJob(world.remote(node), waiting(), context({ onOutput: (text) => (seen += text) }))
    await until(() => seen.includes('begun'))
    node.reboot()
    await expect(running).resolves.toMatchObject({ code: null, timedOut: false })
  })

  test('attempts are counted as numbers', async () => {
    mkdirSync(join(folder(), 'kubeadm-apply-v1.37.1.9'), { recursive: true })
    mkdirSync(join(folder(), 'kubeadm-apply-v1.37.1.10'))
    mkdirSync(join(folder(), 'kubeadm-apply-v1.37.1-rc.0.40'))
    const { id } = await runJob(world.remote(node), job('true'), context())
    expect(id).toBe('kubeadm-apply-v1.37.1.11')
  })
})

test('a job that takes longer than its time is left running', async () => {
  const result = await runJob(world.remote(node), waiting({ timeout: 300 }), context())
  expect(result).toMatchObject({ code: null, timedOut: true, output: 'begun\n' })
  go()
  await until(() => existsSync(join(folder(), result.id, 'exit-code')))
})

test('a cancelled run leaves the job running, and says so', async () => {
  let seen = ''
  const running = runJob(
    world.remote(node),
    waiting(),
    context({ aborted: () => seen !== '', onOutput: (text) => (seen += text) }),
  )
  const failure = await failureOf(running)
  expect(failure).toMatchObject({
    reason: 'cancelled',
    node: 'n1',
    message: 'Cancelled; the job on n1 goes on.',
  })
  const next = runJob(world.remote(node), waiting(), context({ onOutput: go }))
  await expect(next).resolves.toMatchObject({ attached: true, code: 4 })
})

test('a cancelled run starts nothing', async () => {
  const failure = await failureOf(runJob(world.remote(node), job('true'), context({ aborted: () => true })))
  expect(failure.reason).toBe('cancelled')
  expect(existsSync(folder())).toBe(false)
})

test('a node that is lost for good ends the wait after the limit', async () => {
  const remote = world.remote(node, { limits: { reconnectLimit: 100 } })
  const running = runJob(remote, waiting(), context({ contactLimit: 1000 }))
  await until(() => existsSync(join(folder(), 'kubeadm-apply-v1.37.1.1/started')))
  go()
  await node.stop()
  expect((await failureOf(running)).reason).toBe('unreachable-node')
})

test('a unit that cannot be made is a failure with what systemd said, and leaves no folder', async () => {
  broken('systemd-run', 'Failed to start transient service unit: Access denied')
  const failure = await failureOf(runJob(world.remote(node), job('true'), context()))
  expect(failure.reason).toBe('precondition-failed')
  expect(failure.seen).toContain('Access denied')
  expect(readdirSync(folder())).toEqual(['.lock'])
})

test('the jobs of a node are listed', async () => {
  const remote = world.remote(node)
  await runJob(remote, job('exit 3'), context({ runUrl: 'https://x/1' }))
  mkdirSync(join(folder(), 'apt-install.1'))
  const drain = runJob(world.remote(node), waiting({ purpose: 'drain' }), context())
  await until(() => existsSync(join(folder(), 'drain.1/started')))
  const jobs = await listJobs(remote)
  const bootId = readFileSync(join(node.sandbox, 'proc/sys/kernel/random/boot_id'), 'utf8').trim()
  expect(jobs).toEqual([
    expect.objectContaining({
      id: 'apt-install.1',
      state: 'lost',
      code: null,
      startedAt: null,
      runUrl: null,
    }),
    expect.objectContaining({ purpose: 'drain', attempt: 1, state: 'running', code: null, bootId }),
    expect.objectContaining({
      purpose: 'kubeadm-apply-v1.37.1',
      attempt: 1,
      state: 'finished',
      code: 3,
      bootId,
      runUrl: 'https://x/1',
    }),
  ])
  go()
  await drain
})

test('a node without jobs has none', async () => {
  await expect(listJobs(world.remote(node))).resolves.toEqual([])
})

/** Puts a command in front of the stand-in of this name. */
function shim(name: string, text: string): void {
  const path = join(node.sandbox, 'bin', name)
  mkdirSync(join(node.sandbox, 'bin'), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
}
function slow(name: string): void {
  shim(name, `PATH=\${PATH#*:}; export PATH; ${name} "$@"; sleep 0.5`)
}
function broken(name: string, message: string): void {
  shim(name, `echo '${message}' >&2; exit 1`)
}
