import { expect, test } from '@jest/globals'
import { readKubeconfig } from '../../lab/sim/model/kubelet.ts'
import { cameTo, reportOf, target, World } from './world.ts'

test('a snapshot of etcd 3.5, whose image has no etcdutl, is verified with its etcdctl', async () => {
  const world = new World({
    controlPlanes: 1,
    workers: 1,
    version: 'v1.33.4',
    offered: ['v1.33.4', 'v1.34.4'],
  })
  const result = await world.run('control-plane', { version: 'v1.34.4' })
  expect(cameTo(result)).toBe('upgraded')
  expect(result.log).toMatch(/snapshot of etcd: revision \d+, hash/)
})

test('kubelets that talk to the load balancer move when all API servers have the version, in the same run', async () => {
  const world = new World({ controlPlanes: 3, workers: 1 })
  const { cluster } = world.simulation
  for (const machine of cluster.controlPlanes) {
    const local = machine.read('/etc/kubernetes/kubelet.conf') ?? ''
    machine.write(
      '/etc/kubernetes/kubelet.conf',
      local.replace(/server: .*/, `server: https://${cluster.endpoint}`),
    )
    readKubeconfig(machine)
  }
  const result = await world.run('control-plane')
  expect(cameTo(result)).toBe('upgraded')
  for (const { name } of cluster.controlPlanes) {
    expect(world.kubelet(name)).toBe(target)
    expect(world.isCordoned(name)).toBe(false)
  }
  expect(cluster.violations).toEqual([])
  const order = reportOf(result).nodes.flatMap(({ name, steps }) =>
    steps.flatMap(({ id, state, startedAt }) =>
      state === 'done' && (id === 'restart-kubelet' || id.startsWith('kubeadm-upgrade-'))
        ? [{ what: `${name} ${id}`, startedAt }]
        : [],
    ),
  )
  expect(order.toSorted((a, b) => a.startedAt - b.startedAt).map(({ what }) => what)).toEqual([
    'cp1 kubeadm-upgrade-apply',
    'cp2 kubeadm-upgrade-node',
    'cp3 kubeadm-upgrade-node',
    'cp3 restart-kubelet',
    'cp1 restart-kubelet',
    'cp2 restart-kubelet',
  ])
})
