import { expect, test } from '@jest/globals'
import { parseDeprecatedApis, parseDeprecatedObjects } from '../../src/cluster/deprecated.ts'
import { parseServiceEndpoints } from '../../src/cluster/endpoints.ts'
import { parseEvictions } from '../../src/cluster/evictions.ts'
import { parseObstacles } from '../../src/cluster/forecast.ts'
import { parsePods } from '../../src/cluster/workloads.ts'

test('pods of one controller share what they have in common; requests are those of the containers or of an init container', () => {
  const rest =
    '{"app":"web"}\tReplicaSet\tweb-7\t{"cpu":"100m","memory":"64Mi"} {"cpu":"50m"}\t{"cpu":"1"}\t{}\tdata\t45\ta:1 b:2\t{"disk":"ssd"}\t{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"kubernetes.io/hostname"}]}}\t[{"operator":"Exists"}]'
  const [one, two] = parsePods(
    `web\tweb-7-a\tw1\t\t\t${rest}\nweb\tweb-7-b\t\t2026-11-24T00:00:00Z\t\t${rest}\n`,
  )
  expect(one).toMatchObject({ namespace: 'web', name: 'web-7-a', node: 'w1', ending: false, mirror: false })
  expect(two).toMatchObject({ node: '', ending: true })
  expect(two?.shape).toBe(one?.shape)
  expect(one?.shape).toMatchObject({
    labels: { app: 'web' },
    owner: { kind: 'ReplicaSet', name: 'web-7' },
    requests: { cpu: 1, memory: 64 * 1024 ** 2 },
    emptyDir: true,
    claims: ['data'],
    graceSeconds: 45,
    images: ['a:1', 'b:2'],
    nodeSelector: { disk: 'ssd' },
    antiAffinity: [{ topologyKey: 'kubernetes.io/hostname' }],
    tolerations: [{ operator: 'Exists' }],
  })
})

test('what kubectl says of evictions: granted, refused by a budget, gone, refused otherwise; an API server that is away says nothing', () => {
  const answers = parseEvictions(
    new Map([
      ['a/granted', 'granted\n'],
      [
        'a/budget',
        "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.\n",
      ],
      ['a/gone', 'Error from server (NotFound): pods "gone" not found\n'],
      ['a/two', 'Error from server (InternalError): This pod has more than one PodDisruptionBudget\n'],
      ['a/plain', 'Error from server: admission webhook "x" denied the request: no\n'],
      [
        'a/away',
        'The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?\n',
      ],
      ['end', ''],
    ]),
  )
  expect([...answers].map(([pod, { kind }]) => `${pod} ${kind}`)).toEqual([
    'a/granted granted',
    'a/budget budget',
    'a/gone gone',
    'a/two refused',
    'a/plain refused',
  ])
})

test('the deprecated APIs that an API server was asked for', () => {
  const metrics = [
    'start 1.7e+09',
    'apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses",subresource="",version="v1"} 1',
    'apiserver_requested_deprecated_apis{group="networking.k8s.io",removed_release="1.37",resource="ipaddresses",subresource="",version="v1beta1"} 1',
  ].join('\n')
  expect(parseDeprecatedApis('cp1', new Map([['started', metrics]]))).toEqual({
    node: 'cp1',
    since: 1.7e9,
    apis: [
      { group: '', version: 'v1', resource: 'componentstatuses', removedIn: undefined },
      { group: 'networking.k8s.io', version: 'v1beta1', resource: 'ipaddresses', removedIn: '1.37' },
    ],
  })
})

test('objects that are written through an API version, with who writes them', () => {
  const lines =
    '/10.96.0.10\tnetworking.k8s.io/v1beta1 tool\tnetworking.k8s.io/v1 kube-apiserver\n/10.96.0.10\tnetworking.k8s.io/v1beta1 kubectl apply\n'
  expect([
    ...parseDeprecatedObjects(
      new Map([
        ['networking.k8s.io/v1beta1/ipaddresses', lines],
        ['end', ''],
      ]),
    ),
  ]).toEqual([['networking.k8s.io/v1beta1/ipaddresses', ['10.96.0.10 (tool, kubectl apply)']]])
})

test('endpoints that are ready, by node; what is not said counts as ready', () => {
  const slice =
    '[{"nodeName":"w1","conditions":{"ready":true}},{"nodeName":"w2","conditions":{"ready":false}},{"nodeName":"w3"}]\n'
  expect([
    ...parseServiceEndpoints(
      new Map([
        ['a/b', slice],
        ['a/none', ''],
        ['end', ''],
      ]),
    ),
  ]).toEqual([
    ['a/b', ['w1', 'w3']],
    ['a/none', []],
  ])
})

test('budgets, local volumes, APIs of services and webhooks; the bundle of a CA is not kept', () => {
  const webhook =
    '[{"name":"p.example","clientConfig":{"caBundle":"AAAA","service":{"namespace":"g","name":"s","path":"/"}},"rules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["pods"]}]}]'
  const obstacles = parseObstacles(
    new Map([
      ['budgets', 'default\tweb\t{"matchLabels":{"app":"web"}}\t0\t2\t2\t2\n'],
      ['volumes', 'db\tdata\t/mnt/data\ndb\tcloud\t\n\t\t/free\n'],
      ['namespaces', 'db\t{"a":"b"}\n'],
      ['daemon-sets', 'kube-system\tnet\ta:1 b:2\n'],
      [
        'api-services',
        'v1.\t\t\t[]\nv1.metrics\tm\ts\t[{"type":"Available","status":"False","message":"gone"}]\n',
      ],
      ['validating-webhooks', `guard\t${webhook}\nempty\t\n`],
      ['images', 'w1\t["a@sha256:0","a:1"] ["b:2"]\n'],
    ]),
  )
  expect(obstacles.budgets).toEqual([
    {
      namespace: 'default',
      name: 'web',
      selector: { matchLabels: { app: 'web' } },
      allowed: 0,
      healthy: 2,
      desired: 2,
      expected: 2,
    },
  ])
  expect([...obstacles.localClaims]).toContain('db/data')
  expect([...obstacles.localClaims]).not.toContain('db/cloud')
  expect(obstacles.apiServices).toEqual([
    { name: 'v1.metrics', service: 'm/s', available: false, message: 'gone' },
  ])
  expect(obstacles.webhooks).toMatchObject([
    { configuration: 'guard', failsClosed: true, service: { namespace: 'g', name: 's' } },
  ])
  expect(JSON.stringify(obstacles)).not.toContain('AAAA')
  expect([...(obstacles.images?.get('w1') ?? [])]).toEqual(['a@sha256:0', 'a:1', 'b:2'])
})
