import { expect, test } from '@jest/globals'
import { summaryPage } from '../../lab/sim/summary-page.ts'
import type { Report } from '../../src/report/model.ts'
import { summary } from '../../src/report/summary.ts'
import { largePlan } from './large-plan.ts'

test('a plan of 500 nodes: what blocks first, then the nodes, then warnings by what to do; the rest folded', () => {
  const text = summary(largePlan(500))
  const order = [
    'would be upgraded from **v1.36.4** to **v1.37.1**: 3 control plane nodes one after the other, then 497 workers, at most 9 out of service at once.',
    '### ⛔ 1 finding blocks the upgrade',
    '### Nodes',
    '| **w1** … **w497** (497) | worker | v1.36.4 → v1.37.1 |',
    '<details><summary>Every node</summary>',
    '### ⚠️ 3 warnings to read before you approve',
    '<details><summary>ℹ️ ',
    '**kubeadm v1.37.1**, asked on cp1 and not installed',
    '<details><summary>Steps of every node</summary>',
    '<details><summary>What the digest is of</summary>',
    'Plan digest `',
  ]
  const at = order.map((part) => text.indexOf(part))
  expect(at).not.toContain(-1)
  expect(at).toEqual(at.toSorted((a, b) => a - b))
  // Twenty nodes with swap are one thing to do.
  expect(text).toContain('Swap is on at w40. (and 19 more like it)')
  expect(text).toContain('w40, w41, w42, w43, w44, w45, w46, w47 and 12 more')
})

test('a plan stays far below 1 MiB, for 5,000 nodes too', () => {
  expect(Buffer.byteLength(summary(largePlan(500)))).toBeLessThan(100_000)
  expect(Buffer.byteLength(summary(largePlan(5000)))).toBeLessThan(900_000)
})

test('a diff of a node is no markup', () => {
  const report = largePlan(500)
  const hostile = '-a\n```\n</details><script>alert(1)</script> [x](javascript:alert(1))'
  const kubeadm = report.plan?.kubeadm
  if (report.plan === undefined || kubeadm === undefined) throw new Error('no plan')
  const manifests = [{ component: '<b>kube</b>', diff: hostile }]
  const changed: Report = { ...report, plan: { ...report.plan, kubeadm: { ...kubeadm, manifests } } }
  const html = summaryPage([{ title: 'summary', markdown: summary(changed) }])
  expect(html).not.toMatch(/<script>|<b>kube|href="javascript:/)
  expect(html).toContain('&lt;script&gt;')
})
