import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parsePolicy, resolvePolicy } from '../../src/inventory/policy.ts'
import type { Policy } from '../../src/inventory/policy.ts'
import { formatProblem } from '../../src/inventory/problems.ts'
import { parseDuration } from '../../src/inventory/schema.ts'

/** The normalised policy of a text that has no mistake. */
function policy(text: string, inInventory = ''): Policy {
  const [input, inventory] = [parsePolicy(text), parsePolicy(inInventory)]
  if (input.value === undefined || inventory.value === undefined)
    throw new Error(mistakes(text + inInventory))
  return resolvePolicy(inventory.value, input.value)
}

function mistakes(text: string): string {
  return parsePolicy(text).problems.map(formatProblem).join('\n')
}

test('the defaults of an empty policy', () => {
  expect(policy('')).toMatchInlineSnapshot(`
   {
     "apiServer": {
       "gracefulStop": "auto",
     },
     "approval": {
       "required": false,
     },
     "checks": [],
     "drain": {
       "barePods": "fail",
       "emptyDir": "fail",
       "onBlocked": "fail",
       "onPatch": true,
       "timeout": 600000,
     },
     "etcd": {
       "confirmRestore": false,
       "keep": 3,
       "snapshot": true,
     },
     "findings": {
       "accept": [],
     },
     "hooks": {
       "afterNode": [],
       "afterUpgrade": [],
       "beforeNode": [],
       "beforeUpgrade": [],
       "cni": [],
     },
     "images": {},
     "kubeadm": {
       "certificateRenewal": true,
       "config": {},
       "ignorePreflightErrors": [],
     },
     "packages": {},
     "plan": {
       "kubeadmHealthCheck": true,
     },
     "timeouts": {
       "connect": 30000,
       "controlPlaneHealthy": 600000,
       "kubeadm": 1800000,
       "lock": 60000,
       "nodeReady": 600000,
       "packages": 900000,
       "settle": 20000,
     },
     "workers": {
       "canary": 0,
       "failureBudget": 0,
       "order": [],
       "soak": 0,
     },
   }
  `)
  expect(policy('# nothing yet\n')).toEqual(policy(''))
})

test('every key of the design can be set', () => {
  const everything = `
drain: {timeout: 90s, gracePeriod: 30s, barePods: delete, emptyDir: delete, onBlocked: wait, onPatch: false}
workers:
  order: [{group: storage}, {label: topology.kubernetes.io/zone=a}, {node: w7}]
  canary: 2
  soak: 1h30m
  failureBudget: 1
  batches: 4
hooks:
  beforeUpgrade: [{run: runner, command: ./backup.sh, timeout: 1h}]
  cni: [{run: node, command: kubectl apply -f cni.yaml}]
checks: [{run: runner, command: ./smoke.sh}]
kubeadm:
  config:
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: UpgradeConfiguration
    apply: {skipPhases: [addon/kube-proxy]}
    timeouts: {upgradeManifests: 10m}
  patches: /etc/kubeadm/patches
  certificateRenewal: false
  ignorePreflightErrors: [SystemVerification, CoreDNSMigration, systemverification]
etcd: {snapshot: false, keep: 5, confirmRestore: true}
apiServer: {gracefulStop: never}
packages: {baseUrl: https://mirror.example/k8s, keyring: /etc/k.gpg, fingerprint: de15 b144 86cd 377b 9e87 6e1a 2346 54da 9a29 6436}
images: {repository: registry.example:5000/k8s}
findings: {accept: [{id: swap-on, reason: "known, see #12"}, {id: cgroup-v1, reason: next year}]}
plan: {kubeadmHealthCheck: false}
timeouts: {kubeadm: 1h, packages: 1m, nodeReady: 1m, controlPlaneHealthy: 1m, connect: 5s}
`
  const result = policy(everything)
  expect(result.workers.soak).toBe(5_400_000)
  expect(result.hooks.cni).toEqual([{ command: 'kubectl apply -f cni.yaml', run: 'node', timeout: 600_000 }])
  expect(result.kubeadm.ignorePreflightErrors).toEqual(['CoreDNSMigration', 'systemverification'])
  expect(result.packages.fingerprint).toBe('DE15B14486CD377B9E876E1A234654DA9A296436')
  expect(result.findings.accept.map(({ id }) => id)).toEqual(['cgroup-v1', 'swap-on'])
  expect(JSON.parse(JSON.stringify(result))).toEqual(result)
})

test('the input replaces whole keys of the top level, and leaves the others to the inventory', () => {
  const merged = policy('drain: {timeout: 5m}', 'drain: {barePods: delete}\nworkers: {canary: 1}')
  expect([merged.drain.timeout, merged.drain.barePods, merged.workers.canary]).toEqual([300_000, 'fail', 1])
})

test('equal policies have equal texts, however they were written', () => {
  const one = policy(
    'workers: {canary: 1, soak: 60s}\netcd: {keep: 3}\nkubeadm: {config: {node: {imagePullSerial: false, etcdUpgrade: true}}}',
  )
  const other = policy(
    'kubeadm: {config: {node: {etcdUpgrade: true, imagePullSerial: false}}}\nworkers: {soak: 1m, canary: 1}',
  )
  expect(JSON.stringify(one)).toBe(JSON.stringify(other))
})

describe('mistakes', () => {
  test('all at once, each with its line', () => {
    const text = `drain:
  timout: 5m
  gracePeriod: 1500ms
  timeout: 5 minutes
  onBlocked: retry
wrokers: {}
workers:
  order: [{group: a, node: b}, storage, {label: zone}]
  canary: 1.5
  batches: 300
hooks:
  beforeAll: []
  cni:
    - {run: cluster, command: ""}
    - kubectl apply
kubeadm:
  ignorePreflightErrors: [ALL]
  patches: patches
  config:
    kind: ClusterConfiguration
    apply: {kubernetesVersion: v1.37.1, ignorePreflightErrors: [all]}
    init: {}
etcd: {snapshot: "no", keep: 0}
packages: {baseUrl: ftp://x, fingerprint: abc}
findings:
  accept:
    - {id: all, reason: hurry}
    - {id: swap-on}
timeouts: {connect: 0s, kubeadm: 1000h}
`
    expect(mistakes(text)).toMatchInlineSnapshot(`
     "line 2, drain.timout: unknown key "timout"; did you mean "timeout"?
     line 3, drain.gracePeriod: accepts whole seconds, such as 30s
     line 4, drain.timeout: got "5 minutes"; accepts a duration such as 90s, 5m or 1h30m, above 0s, at most 168h
     line 5, drain.onBlocked: got "retry"; accepts wait, fail or skip
     line 6, wrokers: unknown key "wrokers"; did you mean "workers"?
     line 8, workers.order[0]: accepts exactly one of node, group, label
     line 8, workers.order[1]: got "storage"; accepts a mapping with node, group, label
     line 8, workers.order[2].label: got "zone"; accepts a label as key=value
     line 9, workers.canary: got the number 1.5; accepts a whole number from 0 on
     line 10, workers.batches: got the number 300; accepts a whole number from 1 to 256
     line 12, hooks.beforeAll: unknown key "beforeAll"; accepts beforeUpgrade, afterUpgrade, beforeNode, afterNode, cni
     line 14, hooks.cni[0].run: got "cluster"; accepts runner or node
     line 14, hooks.cni[0].command: got ""; accepts a shell command
     line 15, hooks.cni[1]: got "kubectl apply"; accepts a mapping with run, command, timeout
     line 17, kubeadm.ignorePreflightErrors[0]: got "ALL"; accepts the name of one of kubeadm's preflight checks; all is not accepted
     line 18, kubeadm.patches: got "patches"; accepts kubeadm's patches folder, an absolute path on the nodes
     line 20, kubeadm.config.kind: got "ClusterConfiguration"; accepts UpgradeConfiguration
     line 21, kubeadm.config.apply.kubernetesVersion: is set by the action from the input version
     line 21, kubeadm.config.apply.ignorePreflightErrors: is not accepted here; use kubeadm.ignorePreflightErrors of the policy
     line 22, kubeadm.config.init: unknown key "init"; accepts apiVersion, kind, apply, node, plan, diff, timeouts
     line 23, etcd.snapshot: got "no"; accepts true or false
     line 23, etcd.keep: got the number 0; accepts a whole number from 1 on
     line 24, packages.baseUrl: got "ftp://x"; accepts an http or https URL
     line 24, packages.fingerprint: got "abc"; accepts a key fingerprint of 40 hexadecimal digits
     line 27, findings.accept[0].id: got "all"; accepts the id of one finding, as the plan prints it; nothing accepts all
     line 28, findings.accept[1].reason: is missing; accepts a sentence that the report shows
     line 29, timeouts.kubeadm: got "1000h"; accepts a duration such as 90s, 5m or 1h30m, above 0s, at most 168h
     line 29, timeouts.connect: got "0s"; accepts a duration such as 90s, 5m or 1h30m, above 0s, at most 168h"
    `)
  })

  test('fields of UpgradeConfiguration that kubeadm does not have, or with which an upgrade would not be one', () => {
    const text = `kubeadm:
  config:
    apply: {imagePullPolicy: Sometimes, skipPhases: [control-plane], etcdUpgrad: false}
    node: {allowRCUpgrades: true}
    timeouts: {upgradeManifest: 10m}
`
    expect(mistakes(text)).toMatchInlineSnapshot(`
     "line 3, kubeadm.config.apply.imagePullPolicy: got "Sometimes"; accepts Always, IfNotPresent or Never
     line 3, kubeadm.config.apply.skipPhases[0]: got "control-plane"; accepts preflight, bootstrap-token, addon, addon/coredns, addon/kube-proxy or post-upgrade
     line 3, kubeadm.config.apply.etcdUpgrad: unknown key "etcdUpgrad"; did you mean "etcdUpgrade"?
     line 4, kubeadm.config.node.allowRCUpgrades: unknown key "allowRCUpgrades"; accepts etcdUpgrade, imagePullPolicy, imagePullSerial, skipPhases
     line 5, kubeadm.config.timeouts.upgradeManifest: unknown key "upgradeManifest"; did you mean "upgradeManifests"?"
    `)
  })

  test('something else than a mapping, and a finding that is accepted twice', () => {
    expect(mistakes('- drain')).toMatchInlineSnapshot(
      `"line 1: got a list; accepts a mapping with drain, workers, hooks, checks, kubeadm, etcd, apiServer, packages, images, findings, approval, plan, timeouts"`,
    )
    expect(mistakes('drain:\n')).toMatchInlineSnapshot(
      `"line 1, drain: got nothing; accepts a mapping with timeout, gracePeriod, barePods, emptyDir, onBlocked, onPatch"`,
    )
    expect(mistakes('findings: {accept: [{id: a, reason: x}, {id: a, reason: y}]}')).toMatchInlineSnapshot(
      `"line 1, findings.accept[1].id: a is accepted twice"`,
    )
    expect(mistakes('drain: [')).toMatchInlineSnapshot(
      `"line 1: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"`,
    )
  })
})

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['1m1ms', 60_001],
    ['0s', 0],
    ['5', undefined],
    ['-5s', undefined],
    ['5 m', undefined],
    ['5d', undefined],
    ['', undefined],
  ])('%j is %s ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected)
  })

  test('add up', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(59), fc.nat(59), (h, m, s) => {
        expect(parseDuration(`${h}h${m}m${s}s`)).toBe(((h * 60 + m) * 60 + s) * 1000)
      }),
    )
  })
})
