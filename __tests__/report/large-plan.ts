import type { KubeadmWord } from '../../src/node/kubeadm-word.ts'
import { Failure } from '../../src/failure.ts'
import { blocking } from '../../src/plan/finding.ts'
import { makePlan, withKubeadmWord, type Plan } from '../../src/plan/plan.ts'
import type { Report } from '../../src/report/model.ts'
import { Recorder } from '../../src/report/recorder.ts'
import { reportOf } from '../../src/report/report.ts'
import { old, policy, target, TestCluster } from '../plan/world.ts'

const clock = { now: () => Date.UTC(2026, 10, 24), sleep: () => Promise.resolve() }

/** The report of a plan of a cluster of so many nodes, on some of which there is something to see. */
export function largePlan(nodes: number): Report {
  const cluster = new TestCluster()
  for (let number = 3; number <= nodes - 3; number++) cluster.add(`w${number}`, 'worker')
  for (let number = 40; number < 60; number++) cluster.fact(`w${number}`).swap = true
  for (const number of [7, 131, 300]) cluster.fact(`w${number}`).holds = []
  for (const number of [12, 77]) cluster.node(`w${number}`).ready = false
  for (let number = 400; number < 410; number++)
    for (const disk of cluster.fact(`w${number}`).disks) disk.availableKiB = 300_000
  const recorder = new Recorder(clock)
  const plan = planOf(cluster)
  recorder.planned(withKubeadmWord(plan, wordOf(plan)))
  const [first] = blocking(plan.findings)
  const ending =
    first === undefined ? 'planned' : new Failure(first.reason, first.seen, { next: first.remedy })
  return reportOf({ phase: 'plan', recorder, ending, finishedAt: clock.now() + 21_000 })
}

function planOf(cluster: TestCluster): Plan {
  return makePlan({
    inventory: { ...cluster.inventory(), cluster: 'prod-eu' },
    observed: cluster.observed(),
    policy: policy({ workers: { canary: 2, soak: '10m' } }),
    target,
    hops: [{ from: old, to: target }],
    between: [],
    maxUnavailable: { percent: 2 },
  })
}

function wordOf(plan: Plan): KubeadmWord {
  const names = (role: string): string[] =>
    plan.nodes.flatMap((node) => (node.role === role ? [node.name] : []))
  const controlPlanes = names('control-plane')
  return {
    node: 'cp1',
    version: target,
    unavailable: undefined,
    components: [
      { name: 'kubelet', from: old, to: target, nodes: [...controlPlanes, ...names('worker')] },
      { name: 'kube-apiserver', from: old, to: target, nodes: controlPlanes },
      { name: 'etcd', from: '3.6.8-0', to: '3.7.0-0', nodes: controlPlanes },
      { name: 'CoreDNS', from: 'v1.14.2', to: 'v1.14.6', nodes: [] },
    ],
    configs: [{ group: 'kubelet.config.k8s.io', from: 'v1beta1', to: 'v1beta1', manual: false }],
    manifests: [
      {
        component: 'kube-apiserver',
        diff: `@@ -46,1 +46,1 @@\n-    image: registry.k8s.io/kube-apiserver:${old}\n+    image: registry.k8s.io/kube-apiserver:${target}`,
      },
    ],
    refused: [],
    warnings: [],
    healthCheckJob: 'upgrade-health-check-1764000000000',
    left: [],
  }
}
