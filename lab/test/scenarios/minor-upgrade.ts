import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../../cluster/lab.ts'
import { runAction, type ActionResult } from '../action.ts'
import { equal, firstDifference, truthy } from '../check.ts'
import { fingerprint } from '../fingerprint.ts'
import { nodesReadyAt } from '../nodes-ready.ts'
import { startProber } from '../prober.ts'
import type { Scenario, Tally } from '../scenario.ts'
import { nodeTable, probeTable } from '../tables.ts'

const target = 'v1.37.1'
const phases = ['control-plane', 'workers', 'verify'] as const

/** 1.36.4 to 1.37.1 on three control plane nodes and two workers, with etcd 3.6 to 3.7 on the way. */
export const minorUpgrade: Scenario = {
  name: 'minor-upgrade',
  about:
    'refusals change nothing; a minor upgrade phase by phase; every phase again; damage is repaired, and only that',
  topology: 'default.yaml',
  offer: [target],
  minutes: 25,
  async run(lab, tally) {
    await refusals(lab, tally)
    await upgrade(lab, tally)
    await again(lab, tally)
    await repair(lab, tally)
  },
}

async function refusals(lab: Lab, tally: Tally): Promise<void> {
  const inventory = (lines: readonly string[]): string =>
    `cluster: lab\nnodes:\n${lines.map((line) => `  - ${line}\n`).join('')}`
  const entry = (name: string, host: string, role: string): string =>
    `{name: ${name}, host: ${host}, role: ${role}}`
  const knownHosts = readFileSync(join(lab.stateDir, 'known_hosts'), 'utf8')
  const all = lab.nodes.map((node) => entry(node.name, node.host, node.role))
  const cases: [string, Record<string, string>, string][] = [
    ['1.36.4 to 1.38', { version: '1.38' }, 'version-not-found'],
    ['1.36.4 to 1.35', { version: '1.35' }, 'unsupported-version-skew'],
    [
      'a worker is missing in the inventory',
      { version: target, inventory: inventory(all.slice(0, -1)) },
      'inventory-mismatch',
    ],
    [
      'an unknown host key',
      {
        version: target,
        'ssh-known-hosts': knownHosts.replaceAll('10.200.0.', '10.201.0.'),
      },
      'host-key-mismatch',
    ],
    [
      'a node that does not answer',
      { version: target, inventory: inventory([...all, entry('w9', '10.200.0.99', 'worker')]) },
      'unreachable-node',
    ],
  ]
  const before = await fingerprint(lab)
  for (const [name, inputs, reason] of cases) {
    await tally.check(`refused: ${name}`, async () => {
      const result = await runAction(lab, 'plan', { inputs })
      tally.say(lastError(result))
      equal('exit code', result.code, 1)
      equal('result', result.outputs['result'], 'blocked')
      equal('failure-reason', result.outputs['failure-reason'], reason)
    })
  }
  await tally.check('a plan changes nothing on any node', async () => {
    const result = await runAction(lab, 'plan', { inputs: { version: target } })
    equal('result', result.outputs['result'], 'planned')
    equal('difference', firstDifference(before, await fingerprint(lab)), undefined)
  })
}

async function upgrade(lab: Lab, tally: Tally): Promise<void> {
  const started = Date.now()
  const plan = await runAction(lab, 'plan', { inputs: { version: '1.37' } })
  const digest = plan.outputs['plan-digest'] ?? ''
  await tally.check('the plan resolves 1.37 and gives a matrix', () => {
    equal('target-version', plan.outputs['target-version'], target)
    equal(
      'worker-matrix',
      plan.outputs['worker-matrix'],
      '{"include":[{"batch":"w1","nodes":"w1"},{"batch":"w2","nodes":"w2"}]}',
    )
  })
  const prober = startProber(lab)
  const inputs = { version: target, 'plan-digest': digest }
  for (const phase of phases) {
    await tally.check(`${phase} upgrades, with the digest of the plan`, async () => {
      const result = await runAction(lab, phase, { inputs, onLine: (line) => tally.say(line) })
      equal('exit code', result.code, 0)
      equal('result', result.outputs['result'], phase === 'verify' ? 'unchanged' : 'upgraded')
      equal('plan-digest', result.outputs['plan-digest'], digest)
      if (phase !== 'verify') tally.say(nodeTable(result))
      truthy('a summary', result.summary.includes('kubeadm-upgrade'))
    })
  }
  tally.say(`upgraded in ${Math.round((Date.now() - started) / 1000)} s, by hand 570 s`)
  tally.say(probeTable(await prober.stop()))
  await tally.check('five nodes Ready at the target, packages on hold, addons new', () => proveUpgraded(lab))
}

async function proveUpgraded(lab: Lab): Promise<void> {
  await nodesReadyAt(lab, target)
  for (const { name } of lab.nodes) {
    const holds = await lab.ssh(name, 'apt-mark showhold')
    equal(`holds of ${name}`, holds.stdout.trim().split('\n'), ['kubeadm', 'kubectl', 'kubelet'])
  }
  const images = await lab.kubectl([
    '-n',
    'kube-system',
    'get',
    'daemonset/kube-proxy',
    'deployment/coredns',
    '-o',
    'jsonpath={.items[*].spec.template.spec.containers[0].image}',
  ])
  equal(
    'addons',
    images.stdout.trim(),
    `registry.k8s.io/kube-proxy:${target} registry.k8s.io/coredns/coredns:v1.14.6`,
  )
}

/** The second run of every phase looks and changes nothing. */
async function again(lab: Lab, tally: Tally): Promise<void> {
  for (const phase of ['plan', ...phases]) {
    await tally.check(`${phase} again: unchanged`, async () => {
      const result = await runAction(lab, phase, { inputs: { version: target } })
      equal('result', result.outputs['result'], 'unchanged')
      tally.say(`${phase} again took ${result.seconds.toFixed(1)} s`)
    })
  }
}

/** One hold removed and one kubelet stopped: the phases redo exactly that. */
async function repair(lab: Lab, tally: Tally): Promise<void> {
  await lab.ssh('cp2', 'apt-mark unhold kubelet')
  await lab.ssh('w1', 'systemctl stop kubelet')
  await tally.check('a removed hold is set again, and nothing else is done', async () => {
    const result = await runAction(lab, 'control-plane', { inputs: { version: target } })
    equal('result', result.outputs['result'], 'upgraded')
    equal('steps done', doneSteps(result), ['cp2 hold-packages'])
  })
  await tally.check('a stopped kubelet is started again, and nothing else is done', async () => {
    const result = await runAction(lab, 'workers', { inputs: { version: target } })
    equal('result', result.outputs['result'], 'upgraded')
    equal('steps done', doneSteps(result), ['w1 restart-kubelet', 'w1 wait-healthy'])
  })
  await tally.check('verify passes afterwards', async () => {
    equal(
      'result',
      (await runAction(lab, 'verify', { inputs: { version: target } })).outputs['result'],
      'unchanged',
    )
  })
}

interface ReportedNode {
  name: string
  steps: { id: string; state: string }[]
}

function doneSteps(result: ActionResult): string[] {
  return reportedNodes(result).flatMap((node) =>
    node.steps.filter((step) => step.state === 'done').map((step) => `${node.name} ${step.id}`),
  )
}

function reportedNodes(result: ActionResult): ReportedNode[] {
  return (result.report as { nodes: ReportedNode[] }).nodes
}

function lastError(result: ActionResult): string {
  const line = result.log.split('\n').findLast((one) => one.startsWith('::error')) ?? 'no error'
  return line.replace(/^::error::/, '  ').replaceAll('%0A', '\n  ')
}
