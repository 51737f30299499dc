import { expect, test } from '@jest/globals'
import { said } from './said.ts'
import { policy, target } from './world.ts'

test('a kube-proxy that a selector switches off would come back, unless kubeadm leaves it out everywhere', () => {
  const skipPhases = ['addon/kube-proxy']
  const leaving = (config: object) => policy({ kubeadm: { config } })
  const off = (options?: Parameters<typeof said>[1], version?: typeof target): string[] =>
    said((cluster) => {
      cluster.kubeProxyPods = 0
      if (version !== undefined) cluster.kubeProxy = version
    }, options).filter((line) => line.includes('kube-proxy'))
  expect(off()).toEqual(['blocks kube-proxy-comes-back cluster'])
  expect(off({ policy: leaving({ apply: { skipPhases } }) })).toEqual([
    'blocks kube-proxy-comes-back cluster',
  ])
  expect(off({ policy: leaving({ apply: { skipPhases }, node: { skipPhases } }) })).toEqual([])
  expect(off({}, target)).toEqual([])
})
