import { beforeAll, expect, test } from '@jest/globals'
import { fingerprint } from '../../lab/sim/fingerprint.ts'
import type { VirtualResult } from '../../lab/sim/virtual/action.ts'
import { reportOf, World } from './world.ts'

let world: World
beforeAll(() => {
  world = new World({ controlPlanes: 3, workers: 2 })
})

function planOf(result: VirtualResult) {
  const { plan } = reportOf(result)
  if (plan === undefined) throw new Error('There is no plan')
  return plan
}

test('the plan has the word of the kubeadm of the target, which leaves nothing behind', async () => {
  const before = fingerprint(world.simulation)
  const result = await world.run('plan')
  expect(reportOf(result).result).toBe('planned')
  const { kubeadm } = planOf(result)
  expect(kubeadm).toMatchObject({ node: 'cp1', version: 'v1.37.1', refused: [], warnings: [], left: [] })
  expect(kubeadm?.healthCheckJob).toMatch(/^upgrade-health-check-\d+$/)
  expect(kubeadm?.components).toContainEqual({
    name: 'etcd',
    from: '3.6.8-0',
    to: '3.7.0-0',
    nodes: ['cp1', 'cp2', 'cp3'],
  })
  expect(kubeadm?.manifests.map(({ component }) => component)).toEqual([
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
  ])
  expect(kubeadm?.manifests[0]?.diff).toContain('+    image: registry.k8s.io/kube-apiserver:v1.37.1')
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('without its health check kubeadm makes no Job, and the rest is still asked', async () => {
  const jobs: string[] = []
  const stop = world.simulation.onCommand((call) => {
    if (call.line.startsWith('kubeadm upgrade')) jobs.push(call.args.slice(0, 2).join(' '))
    return undefined
  })
  const result = await world.run('plan', { policy: 'plan:\n  kubeadmHealthCheck: false' })
  stop()
  expect(reportOf(result).result).toBe('planned')
  expect(planOf(result).kubeadm).toMatchObject({ left: ['plan'], components: [] })
  expect(jobs).toEqual(['upgrade diff', 'upgrade apply'])
})

test('what kubeadm refuses stops the run, with its own words and what to do', async () => {
  const stop = world.simulation.onCommand((call) => {
    if (!call.line.startsWith('kubeadm upgrade plan')) return undefined
    call.err(
      '\t[ERROR CreateJob]: Job "upgrade-health-check-1" in the namespace "kube-system" did not complete in 1m0s',
    )
    return 1
  })
  const before = fingerprint(world.simulation)
  const result = await world.run('plan')
  stop()
  expect(reportOf(result)).toMatchObject({ result: 'blocked', failure: { reason: 'kubeadm-failed' } })
  const finding = planOf(result).findings.find(({ id }) => id === 'kubeadm-refuses')
  expect(finding?.seen).toMatch(
    /upgrade plan ended with exit code 1: \[ERROR CreateJob\]: Job .* did not complete/,
  )
  expect(finding?.remedy).toContain('kubeadm.ignorePreflightErrors of the policy: CreateJob')
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('a kubeadm that cannot be fetched is a finding, and nothing of it stays', async () => {
  const stop = world.simulation.onCommand((call) => {
    if (!call.line.startsWith('apt-get download')) return undefined
    call.err('E: Failed to fetch https://packages.example/kubeadm_1.37.1-1.1_amd64.deb  404  Not Found')
    return 100
  })
  const before = fingerprint(world.simulation)
  const result = await world.run('plan')
  stop()
  expect(reportOf(result)).toMatchObject({ result: 'blocked', failure: { reason: 'package-error' } })
  const finding = planOf(result).findings.find(({ id }) => id === 'kubeadm-unavailable')
  expect(finding?.seen).toContain('404  Not Found')
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('what a killed script left on a node is removed by the next plan', async () => {
  const machine = world.simulation.cluster.machine('cp1')
  const left = '/var/lib/kubeadm-upgrade/temporary.999999999.abcdef'
  machine.write(`${left}/kubeadm/extracted/usr/bin/kubeadm`, 'left')
  await world.run('plan')
  expect(machine.read(`${left}/kubeadm/extracted/usr/bin/kubeadm`)).toBeUndefined()
})
