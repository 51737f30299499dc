import { describe, expect, test } from '@jest/globals'
import { acceptingLines, changingLines } from '../../src/plan/finding.ts'
import { evictedPods, evictionsToAsk } from '../../src/plan/drains.ts'
import { budget, forecast, pod } from './forecast.ts'
import { findings, said, type Change } from './said.ts'
import { policy, target, v } from './world.ts'

const web = { labels: { app: 'web' } }
/** Without the forecast that every drain has. */
const about = (change: Change, options?: Parameters<typeof said>[1]): string[] =>
  said(change, options).filter((line) => !line.includes('drain-forecast'))

describe('disruption budgets', () => {
  test('one that never allows a disruption blocks, with its name and the pod', () => {
    const asked = new Map([['default/web-1', { kind: 'budget' as const, text: 'no' }]])
    const change = forecast([pod('web-1', web)], { budgets: [budget()] }, { evictions: asked })
    const [finding] = findings(change)
    expect(finding).toMatchObject({ id: 'disruption-budget', node: 'w1', reason: 'drain-blocked' })
    expect(finding?.seen).toContain('PodDisruptionBudget default/web does not let default/web-1 leave w1')
  })

  test('one whose pods are not all healthy warns: it will allow a disruption when they are', () =>
    expect(about(forecast([pod('web-1', web)], { budgets: [budget({ healthy: 1 })] }))).toEqual([
      'warns disruption-budget-used-up w1',
    ]))

  test('what the policy says of such a budget makes it a warning; a control plane node is never skipped', () => {
    const on = (node: string): Change => forecast([pod('web-1', web, { node })], { budgets: [budget()] })
    const said = (node: string, onBlocked: string): string[] =>
      about(on(node), { policy: policy({ drain: { onBlocked } }) })
    expect(said('w1', 'wait')).toEqual(['warns disruption-budget-left w1'])
    expect(said('w1', 'skip')).toEqual(['warns disruption-budget-left w1'])
    expect(said('cp2', 'skip')).toEqual(['blocks disruption-budget cp2'])
  })

  test('the API server has the last word: an eviction that it grants is no finding', () => {
    const asked = new Map([['default/web-1', { kind: 'granted' as const }]])
    expect(about(forecast([pod('web-1', web)], { budgets: [budget()] }, { evictions: asked }))).toEqual([])
  })

  test('one with something left, of another namespace or of other pods is none', () => {
    const one = (change: Parameters<typeof budget>[0]): string[] =>
      about(forecast([pod('web-1', web)], { budgets: [budget(change)] }))
    expect(one({ allowed: 1 })).toEqual([])
    expect(one({ namespace: 'other' })).toEqual([])
    expect(one({ selector: { matchLabels: { app: 'other' } } })).toEqual([])
  })

  test('a webhook that refuses evictions blocks with its words', () => {
    const asked = new Map([
      ['default/web-1', { kind: 'refused' as const, text: 'admission webhook "x" denied' }],
    ])
    const [finding] = findings(forecast([pod('web-1', web)], {}, { evictions: asked }))
    expect(finding).toMatchObject({ id: 'eviction-refused', severity: 'blocks', node: 'w1' })
    expect(finding?.seen).toContain('admission webhook')
  })

  test('pods that a budget stops are asked about first, then one of each controller', () => {
    const two = { owner: { kind: 'ReplicaSet', name: 'two' } }
    const pods = [pod('a'), pod('b'), pod('c', two), pod('d', { ...two, ...web })]
    expect(evictionsToAsk(evictedPods(pods, ['w1']), [budget()])).toEqual([
      'default/d',
      'default/a',
      'default/c',
      'default/b',
    ])
  })
})

describe('what a drain deletes', () => {
  test.each<[string, string[], Change, object]>([
    ['a bare pod', ['blocks bare-pods w1'], forecast([pod('one', { owner: undefined })]), {}],
    [
      'a bare pod that may go',
      ['warns bare-pods-deleted w1'],
      forecast([pod('one', { owner: undefined })]),
      { barePods: 'delete' },
    ],
    ['emptyDir', ['blocks empty-dir w1'], forecast([pod('web-1', { emptyDir: true })]), {}],
    [
      'emptyDir that may go',
      ['tells empty-dir-deleted w1'],
      forecast([pod('web-1', { emptyDir: true })]),
      { emptyDir: 'delete' },
    ],
    [
      'a volume of the node',
      ['warns local-volume w1'],
      forecast([pod('db-0', { claims: ['data'] })], { localClaims: new Set(['default/data']) }),
      {},
    ],
    ['a long grace period', ['warns grace-period w1'], forecast([pod('db-0', { graceSeconds: 3600 })]), {}],
    ['the same, limited', [], forecast([pod('db-0', { graceSeconds: 3600 })]), { gracePeriod: '60s' }],
    [
      'a pod of a DaemonSet',
      [],
      forecast([pod('d', { owner: { kind: 'DaemonSet', name: 'd' }, emptyDir: true })]),
      {},
    ],
    ['a static pod', [], forecast([pod('s', { owner: { kind: 'Node', name: 'w1' } }, { mirror: true })]), {}],
    ['a pod that is ending', [], forecast([pod('one', { owner: undefined }, { ending: true })]), {}],
  ])('%s', (_what, expected, change, drain) =>
    expect(about(change, { policy: policy({ drain }) })).toEqual(expected),
  )

  test('a node that this upgrade does not drain is left out', () => {
    const bare = forecast([pod('one', { owner: undefined })])
    const done: Change = (cluster) => {
      bare(cluster)
      cluster.finish('w1')
    }
    expect(about(done)).not.toContain('blocks bare-pods w1')
    const patch = { target: v('1.36.5'), policy: policy({ drain: { onPatch: false } }) }
    expect(about(bare, patch)).toEqual([])
  })

  test('the policy lines that change it stand together, each with the finding', () => {
    const found = findings(forecast([pod('one', { owner: undefined, emptyDir: true, graceSeconds: 3600 })]))
    expect(changingLines(found)?.split('\n')).toEqual([
      'drain:',
      '  barePods: delete # bare-pods',
      '  emptyDir: delete # empty-dir',
      '  timeout: 65m # grace-period',
    ])
    expect(acceptingLines(found)).toContain("- { id: bare-pods, reason: '' }")
    expect(changingLines([])).toBeUndefined()
  })
})

test('the forecast counts pods and says how long the slowest drain takes at most', () => {
  const pods = [pod('web-1', web), pod('web-2', web), pod('other', { graceSeconds: 60 }, { node: 'w2' })]
  const found = findings(forecast(pods, { budgets: [budget({ allowed: 1 })] }), { target })
  const seen = found.find((one) => one.id === 'drain-forecast')?.seen
  expect(seen).toContain('3 pods from 2 nodes')
  // Two rounds of 30 s, and 30 s for a replacement between them.
  expect(seen).toContain('that of w1: 2 pods, at most 90 s')
})
