import { describe, expect, test } from '@jest/globals'
import type { PodShape } from '../../src/cluster/workloads.ts'
import { parseQuantity } from '../../src/cluster/quantity.ts'
import { forecast, pod } from './forecast.ts'
import { findings, said, type Change } from './said.ts'

const GiB = 1024 ** 3
const about = (change: Change, options?: Parameters<typeof said>[1]): string[] =>
  said(change, options).filter((line) => !line.includes('drain-forecast'))
/** Of w1, whose pod has this shape; w2 has one that asks for half of it. */
const needs = (shape: Partial<PodShape>, change?: Change): string[] =>
  about((cluster) => {
    forecast([pod('db-0', shape), pod('other', { requests: { cpu: 2 } }, { node: 'w2' })])(cluster)
    change?.(cluster)
  }).filter((line) => !line.endsWith(' w2'))

describe('capacity', () => {
  test.each<[string, string[], Partial<PodShape>]>([
    ['a pod that fits beside what is there', [], { requests: { cpu: 2, memory: GiB } }],
    ['too much CPU', ['warns capacity w1'], { requests: { cpu: 2.1 } }],
    ['too much memory', ['warns capacity w1'], { requests: { memory: 9 * GiB } }],
    ['a resource that only its node has', ['warns capacity w1'], { requests: { 'example.com/gpu': 1 } }],
    ['a node selector', ['warns capacity w1'], { nodeSelector: { disk: 'ssd' } }],
    [
      'affinity to its node',
      ['warns capacity w1'],
      { nodeTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['w1'] }] }] },
    ],
    [
      'anti-affinity to a pod of the only other worker',
      ['warns capacity w1'],
      { antiAffinity: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: {} } }] },
    ],
    [
      'a toleration of the control plane’s taint makes room',
      [],
      { requests: { cpu: 3 }, tolerations: [{ operator: 'Exists' }] },
    ],
  ])('%s', (_what, expected, shape) => expect(needs(shape)).toEqual(expected))

  test('says which pod and what is missing', () => {
    const change = forecast([pod('db-0', { requests: { cpu: 5 } })])
    const found = findings(change).find((one) => one.id === 'capacity')
    expect(found?.seen).toBe(
      'While w1 is out of service, default/db-0 finds no place: not enough cpu on the other nodes.',
    )
  })

  test('a cordoned node is no place', () =>
    expect(
      needs({ requests: { cpu: 1 } }, (cluster) => void (cluster.node('w2').unschedulable = true)),
    ).toContain('warns capacity w1'))

  test('as many workers as may be out at once are looked at together', () => {
    const change: Change = (cluster) => {
      cluster.add('w3', 'worker')
      forecast([pod('a', { requests: { cpu: 2 } }), pod('b', { requests: { cpu: 3 } }, { node: 'w2' })])(
        cluster,
      )
    }
    expect(about(change, { maxUnavailable: 1 })).toEqual([])
    expect(about(change, { maxUnavailable: 2 })).toEqual(['warns capacity cluster'])
  })

  test('bare pods and pods that are bound to their node need no place', () => {
    const requests = { cpu: 100 }
    expect(needs({ requests, owner: undefined })).not.toContain('warns capacity w1')
    const bound = forecast([pod('db-0', { requests, claims: ['data'] })], {
      localClaims: new Set(['default/data']),
    })
    expect(about(bound)).toEqual(['warns local-volume w1'])
  })
})

describe('images', () => {
  const images = (...names: string[]) =>
    new Map([
      ['w1', new Set(['registry.example/web:1'])],
      ['w2', new Set(names)],
    ])
  test('one that no other node has is told', () => {
    expect(about(forecast([pod('web-1')], { images: images() }))).toEqual(['tells image-elsewhere w1'])
    expect(about(forecast([pod('web-1')], { images: images('registry.example/web:1') }))).toEqual([])
  })

  test('Docker Hub’s name may be left out, and a node that names 50 images says nothing of others', () => {
    const nginx = [pod('web-1', { images: ['nginx:1'] })]
    expect(about(forecast(nginx, { images: images('docker.io/library/nginx:1') }))).toEqual([])
    const full = Array.from({ length: 50 }, (_, at) => `i:${at}`)
    expect(about(forecast(nginx, { images: images(...full) }))).toEqual([])
  })
})

test.each([
  ['250m', 0.25],
  ['64Mi', 64 * 1024 ** 2],
  ['24676912Ki', 24_676_912 * 1024],
  ['1e3', 1000],
  ['2G', 2e9],
  ['4', 4],
  ['nonsense', 0],
])('the quantity %s', (text, number) => expect(parseQuantity(text)).toBeCloseTo(number))
