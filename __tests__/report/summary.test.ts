import { expect, test } from '@jest/globals'
import { Failure } from '../../src/failure.ts'
import { makePlan } from '../../src/plan/plan.ts'
import { Recorder } from '../../src/report/recorder.ts'
import { reportOf } from '../../src/report/report.ts'
import { summary } from '../../src/report/summary.ts'
import type { Report } from '../../src/report/model.ts'
import { old, policy, target, TestCluster } from '../plan/world.ts'

const clock = { time: 0, now: () => clock.time, sleep: () => Promise.resolve() }

async function upgraded(cluster: TestCluster, ending: Report['result'] | Failure): Promise<Report> {
  clock.time = Date.UTC(2026, 10, 22)
  const recorder = new Recorder(clock)
  recorder.planned(
    makePlan({
      inventory: cluster.inventory(),
      observed: cluster.observed(),
      policy: policy(),
      target,
      hops: [{ from: old, to: target }],
      between: [],
      maxUnavailable: { count: 1 },
    }),
  )
  recorder.changed = true
  for (const name of cluster.roles.keys()) {
    recorder.skipped(name, { id: 'hold-packages', version: target, why: 'all three on hold' })
    await recorder.step(name, { id: 'drain', version: target, why: 'kubelet runs v1.36.4' }, () => {
      clock.time += 61_000
      return Promise.resolve()
    })
    const before = recorder.node(name).before
    recorder.finished(name, 'upgraded', { ...before, kubelet: target })
  }
  return reportOf({ phase: 'control-plane', recorder, ending, finishedAt: clock.time })
}

test('a good run: the sentence, every node with versions before and after, the picture, folded steps', async () => {
  const text = summary(await upgraded(new TestCluster(), 'upgraded'))
  expect(text).toContain('5 nodes of cluster **test** upgraded to **v1.37.1** in 5 min 5 s.')
  expect(text).toContain('| **cp1** | control plane | v1.36.4 → v1.37.1 |')
  // Milliseconds since the epoch: Mermaid shows the time of day where it is looked at.
  expect(text).toContain(`section w2\n  drain :${Date.UTC(2026, 10, 22) + 244_000}, 61s`)
  expect(text).toContain('| hold-packages | ⏭️ already true |')
  expect(text).not.toContain('<details open>')
})

test('a failure: where, what was seen, what to do, and the failed node unfolded first', async () => {
  const failure = new Failure('drain-blocked', 'drain-w2 on cp1 ended with exit code 1.', {
    node: 'w2',
    step: 'drain',
    seen: 'web/web-1: PodDisruptionBudget web allows 0 disruptions',
    next: 'Give the pods another place.',
  })
  const report = await upgraded(new TestCluster(), failure)
  const w2 = report.nodes.find((node) => node.name === 'w2')
  if (w2 !== undefined) w2.state = 'failed'
  const text = summary(report)
  expect(text).toContain('**drain-blocked** at node **w2**, step `drain`')
  expect(text).toContain('**Next:** Give the pods another place.')
  expect(text).toContain('PodDisruptionBudget web allows 0 disruptions')
  expect(text.indexOf('<details open><summary><b>w2</b>')).toBeLessThan(text.indexOf('<b>cp1</b>'))
})

test('what an upgrade left out of service is told first, and nodes that it was not about are folded', async () => {
  const failure = new Failure('node-not-ready', 'w1 did not become Ready.', { node: 'w1' })
  const report = await upgraded(new TestCluster(), failure)
  for (const node of report.nodes) Object.assign(node, { state: 'planned', steps: [] })
  const [w1, w2] = ['w1', 'w2'].map((name) => report.nodes.find((node) => node.name === name))
  const outSince = Date.UTC(2026, 10, 22, 3, 7)
  if (w1 !== undefined) Object.assign(w1, { state: 'failed', outSince })
  if (w2 !== undefined) Object.assign(w2, { state: 'upgraded', outSince, outOfService: 61_000 })
  const text = summary(report, { runUrl: 'https://github.com/ops/clusters/actions/runs/1' })
  const told = 'Taken out of service and not seen back: **w1** (since 03:07 UTC).'
  expect(text.indexOf(told)).toBeGreaterThan(0)
  expect(text.indexOf(told)).toBeLessThan(text.indexOf('| **w1** |'))
  expect(text).toMatch(/\| \*\*w1\*\* \|.*❌ failed.*⚠️ not back \|/)
  expect(text).toMatch(/\| \*\*w2\*\* \|.*✅ upgraded.* 1 min 1 s \|/)
  expect(text).toMatch(/<summary>3 other nodes, not touched by this run<\/summary>[^]*\*\*cp1\*\*/)
  expect(text).toContain('**Re-run failed jobs** there goes on from where it stopped')
})

test('warnings of the plan stand folded below what a run did', async () => {
  const report = await upgraded(new TestCluster(), 'upgraded')
  report.findings.push({
    ...{ id: 'capacity', severity: 'warns', seen: 'seen', remedy: 'do', reason: 'precondition-failed' },
    ...{ node: undefined, accepted: undefined, acceptable: true, change: undefined },
  })
  const text = summary(report)
  expect(text).not.toContain('before you approve')
  expect(text.indexOf('1 warning before it began')).toBeGreaterThan(text.indexOf('| **cp1** |'))
})

test('a verify that fails does not claim to have stopped anything', async () => {
  const failure = new Failure('verify-failed', '2 of 32 checks failed.', { node: 'w2' })
  const report = {
    ...(await upgraded(new TestCluster(), failure)),
    phase: 'verify',
    result: 'blocked',
  } as const
  for (const node of report.nodes) node.state = node.name === 'w2' ? 'failed' : 'unchanged'
  expect(summary(report)).toMatch(/^## ⛔ kubeadm-upgrade · verify · not all is done\n/)
  expect(summary(report)).toContain('Cluster **test** is not completely at **v1.37.1**. Looked for ')
})

test('steps that one could not see are no bars; a node without others has one for all of them', async () => {
  const report = await upgraded(new TestCluster(), 'upgraded')
  const [first, second] = report.nodes
  const at = Date.UTC(2026, 10, 22)
  const step = { version: target, state: 'done', why: '' } as const
  if (first !== undefined)
    first.steps = [{ ...step, id: 'kubeadm-upgrade-apply', startedAt: at, milliseconds: 3_600_000 }]
  if (second !== undefined)
    second.steps = [
      { ...step, id: 'cordon', startedAt: at, milliseconds: 1000 },
      { ...step, id: 'drain', startedAt: at + 5000, milliseconds: 2000 },
    ]
  const text = summary(report)
  expect(text).toContain(`section cp2\n  all-steps :${at}, 7s\n`)
  expect(text).not.toMatch(/ {2}cordon :/)
})

test('it stays below 1 MiB for thousands of nodes and says what was left out', async () => {
  const cluster = new TestCluster()
  for (let at = 3; at < 3000; at++) cluster.add(`worker-with-a-long-name-${at}`, 'worker')
  const text = summary(await upgraded(cluster, 'upgraded'))
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
  expect(text).toMatch(/\d+ more nodes in the report/)
})

test('nothing that a node says becomes markup', async () => {
  const failure = new Failure('kubeadm-failed', '</details><script>x</script> ::error::y', {
    seen: '```\n::stop-commands::x',
  })
  const text = summary(await upgraded(new TestCluster(), failure))
  expect(text).not.toContain('<script>')
  expect(text).not.toMatch(/^::/m)
})
