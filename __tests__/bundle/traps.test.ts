import { readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Finding } from '../../src/plan/finding.ts'
import { fingerprint, World, type ActionResult } from './run-action.ts'

let world: World
beforeAll(async () => {
  world = await World.start()
})
afterAll(() => world.end())

/** Without what the simulated cluster always shows: etcd 3.6.8, as kubeadm 1.36 installs it, on the way to 3.7. */
function findingsOf(result: ActionResult): string[] {
  const plan = JSON.parse(readFileSync(result.outputs['plan'] ?? '', 'utf8')) as { findings: Finding[] }
  const found = plan.findings.filter(({ id }) => id !== 'etcd-hop')
  return found.map(({ id, severity, node }) => `${severity} ${id} ${node ?? 'cluster'}`)
}

/** Puts a file onto a simulated node; @returns puts back what was there */
function trap(node: string, path: string, change: (text: string) => string): () => void {
  const machine = world.simulation.cluster.machine(node)
  const before = machine.read(path)
  machine.write(path, change(before ?? ''))
  return () => {
    if (before === undefined) rmSync(machine.path(path))
    else machine.write(path, before)
  }
}

test('traps on the nodes are found by the plan, which changes nothing, and are gone when they are taken away', async () => {
  const clean = await world.run('plan')
  expect(findingsOf(clean)).toEqual([])

  const undo = [
    trap('cp1', '/etc/kubernetes/manifests/kube-scheduler.yaml', (text) =>
      text.replace(/^(\s*)- --/m, '$1- --profiling=false\n$1- --'),
    ),
    trap(
      'cp2',
      '/etc/apt/preferences.d/kubernetes',
      () => 'Package: kubelet\nPin: version 1.36.*\nPin-Priority: -1\n',
    ),
    trap('cp3', '/etc/apt/keyrings/kubernetes-apt-keyring.gpg', () => 'no key\n'),
    trap('cp3', '/proc/swaps', (text) => `${text}/swapfile file 1024 0 -2\n`),
    trap(
      'w1',
      '/var/lib/kubelet/kubeadm-flags.env',
      () => 'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=p"\n',
    ),
    trap('w1', '/var/lib/kubelet/config.yaml', (text) => `${text}featureGates: {SidecarContainers: true}\n`),
    trap(
      'w2',
      '/etc/apt/sources.list.d/old.list',
      () => 'deb https://apt.kubernetes.io/ kubernetes-xenial main\n',
    ),
    trap('w2', '/var/lib/dpkg/updates/0001', () => 'Package: kubelet\n'),
  ]
  const before = fingerprint(world.simulation)
  const result = await world.run('plan')
  expect(fingerprint(world.simulation)).toEqual(before)
  expect(result.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'precondition-failed' })
  expect(findingsOf(result).toSorted()).toEqual([
    'blocks kubelet-feature-gate-removed w1',
    'blocks kubelet-flag-removed w1',
    'blocks package-repository-legacy w2',
    'warns manifest-edited cp1',
    'warns package-preferences cp2',
    'warns packages-interrupted w2',
    'warns signing-key-unknown cp3',
    'warns swap cp3',
  ])
  for (const put of undo) put()
  expect(findingsOf(await world.run('plan'))).toEqual([])
})

test('a node whose apt alone cannot read the repository is named, and the version is still found', async () => {
  const stop = world.simulation.onCommand((call) => {
    if (call.machine.name !== 'w2' || !call.line.includes('apt-get update')) return undefined
    call.err('E: The repository is not signed.')
    return 100
  })
  const result = await world.run('plan')
  stop()
  expect(result.outputs).toMatchObject({ 'failure-reason': 'package-error', 'target-version': 'v1.37.1' })
  expect(findingsOf(result)).toEqual(['blocks package-repository-unreadable w2'])
})

test('the summary has the lines that accept what blocks, where that is possible', async () => {
  world.editInventory((text) => text.replace(/ {2}- name: w2\n(?: {4}.*\n)+/, ''))
  const { summary } = await world.run('plan')
  world.editInventory((text) => text)
  expect(summary).toContain("- { id: node-not-in-inventory, reason: '' }")
})
