import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Lab } from '../../cluster/lab.ts'
import { startAgent } from '../../ssh/keyring.ts'
import { runAction, type ActionOptions, type ActionResult } from '../action.ts'
import { equal, firstDifference, truthy } from '../check.ts'
import { nodesReadyAt } from '../nodes-ready.ts'
import { startProber } from '../prober.ts'
import type { Scenario, Tally } from '../scenario.ts'
import { nodeTable, probeTable } from '../tables.ts'

const target = 'v1.37.2'
const patches = '/etc/kubernetes/patches'

const policy = `
kubeadm:
  ignorePreflightErrors: [SystemVerification]
  certificateRenewal: false
  patches: ${patches}
  config:
    apply: { imagePullSerial: false, imagePullPolicy: IfNotPresent }
    node: { imagePullSerial: false }
    timeouts: { upgradeManifests: 8m0s }
`

/** What a user of kubeadm's patches has: one for a static pod, one for the kubelet. */
const writePatches = `set -e
mkdir -p ${patches}
cat >${patches}/kube-apiserver0+strategic.yaml <<'END'
metadata:
  annotations:
    lab.example/patched: "yes"
END
cat >${patches}/kubeletconfiguration0+strategic.yaml <<'END'
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 77
END`

/** Everything with a certificate or a key in it that kubeadm could renew. */
const certificates = `cd /etc/kubernetes && find pki -type f -name '*.crt' | sort | xargs sha256sum
sha256sum admin.conf controller-manager.conf scheduler.conf super-admin.conf 2>/dev/null`

/** The ways in which clusters differ that say nothing about each other, all in one. */
export const variedNodes: Scenario = {
  name: 'varied-nodes',
  about:
    'external etcd, IPv6 only, names unlike hostnames, two jump hosts with keys of their own, patches, no renewal of certificates',
  topology: 'varied.yaml',
  offer: [target],
  minutes: 20,
  async run(lab, tally) {
    const folder = mkdtempSync(join(tmpdir(), 'varied-nodes-'))
    const keys = ['j1', 'j2', 'nodes'].map((name) => ({ file: join(lab.stateDir, `id_${name}`) }))
    const { socket, agent } = await startAgent(folder, keys)
    try {
      await play(lab, tally, {
        inputs: { version: 'patch', policy, 'ssh-private-key': '' },
        env: { SSH_AUTH_SOCK: socket },
      })
    } finally {
      agent.kill()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function play(lab: Lab, tally: Tally, options: ActionOptions): Promise<void> {
  const run = (phase: string, inputs: Record<string, string> = {}): Promise<ActionResult> =>
    runAction(lab, phase, { ...options, inputs: { ...options.inputs, ...inputs } })
  const controlPlanes = lab.nodes.filter(({ role }) => role === 'control-plane').map(({ name }) => name)

  await tally.check('the nodes take no key of ours but through the jump hosts', async () => {
    const result = await run('plan', { inventory: withoutJumpHosts(lab) })
    equal('failure-reason', result.outputs['failure-reason'], 'authentication-failed')
  })
  for (const { name } of lab.nodes) await lab.ssh(name, writePatches)
  const before = await onEach(lab, controlPlanes, certificates)
  const etcdBefore = await etcdState(lab)

  await tally.check('the plan tells of the external etcd', async () => {
    const result = await run('plan')
    equal('result', result.outputs['result'], 'planned')
    const { findings } = result.report as { findings: { id: string; node?: string; seen: string }[] }
    for (const { id, node, seen } of findings) tally.say(`  ${id} ${node ?? ''}: ${seen}`)
    truthy(
      'the plan does not name it',
      findings.some(({ id }) => id === 'etcd-external'),
    )
  })
  // With IPv6 the Service loses requests for half a minute after a boot of the whole lab, upgrade or not.
  await tally.check('the web service answers before anything is changed', () => answersForLong(lab))
  const prober = startProber(lab)
  await tally.check('phase upgrade moves the cluster to the newest patch', async () => {
    const onLine = (line: string): void => tally.say(line)
    const result = await runAction(lab, 'upgrade', { ...options, onLine })
    equal('exit code', result.code, 0)
    equal('result', result.outputs['result'], 'upgraded')
    tally.say(nodeTable(result))
    tally.say(`took ${Math.round(result.seconds)} s`)
  })
  tally.say(probeTable(await prober.stop()))
  await tally.check('every node is Ready at the target', () => nodesReadyAt(lab, target))
  await tally.check('no certificate was renewed', async () => {
    const difference = firstDifference(before, await onEach(lab, controlPlanes, certificates))
    truthy(`certificates differ:\n${difference ?? ''}`, difference === undefined)
  })
  await tally.check('the patches hold on every node', () => patchesHold(lab, controlPlanes))
  await tally.check('the external etcd was left alone', async () => {
    equal('members, their starts and versions', await etcdState(lab), etcdBefore)
  })
  await tally.check('phase verify holds', async () => {
    const result = await run('verify', { version: target })
    equal('exit code', result.code, 0)
  })
  await tally.check('phase upgrade again: unchanged', async () => {
    const result = await run('upgrade', { version: target })
    equal('result', result.outputs['result'], 'unchanged')
    tally.say(`again took ${result.seconds.toFixed(1)} s`)
  })
}

/** Waits until the web service has answered for ten seconds. */
async function answersForLong(lab: Lab): Promise<void> {
  let answers = 0
  for (let asked = 0; asked < 180 && answers < 10; asked++) {
    const { code } = await lab.exec(['curl', '-s', '-o', '/dev/null', '--max-time', '2', lab.web])
    answers = code === 0 ? answers + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  truthy('it never answered for ten seconds', answers === 10)
}

function withoutJumpHosts(lab: Lab): string {
  const inventory = parse(readFileSync(join(lab.stateDir, 'inventory.yaml'), 'utf8')) as { ssh: object }
  return stringify({ ...inventory, ssh: { ...inventory.ssh, jump: [] } })
}

/** When each member was started, and what it is: a member that anybody touched shows another line. */
async function etcdState(lab: Lab): Promise<string> {
  const script =
    'systemctl show --property=MainPID,ExecMainStartTimestamp etcd; /usr/local/bin/etcd --version | head -1'
  return onEach(lab, ['e1', 'e2', 'e3'], script)
}

async function patchesHold(lab: Lab, controlPlanes: readonly string[]): Promise<void> {
  const annotations = await lab.kubectl([
    ...['-n', 'kube-system', 'get', 'pods', '-l', 'component=kube-apiserver', '-o'],
    'jsonpath={range .items[*]}{.metadata.annotations.lab\\.example/patched}{"\\n"}{end}',
  ])
  equal(
    'annotations of the API servers',
    annotations.stdout.trim().split('\n'),
    controlPlanes.map(() => 'yes'),
  )
  for (const { name } of lab.nodes) {
    const { stdout } = await lab.ssh(name, "sed -n 's/^maxPods: //p' /var/lib/kubelet/config.yaml")
    equal(`maxPods of ${name}`, stdout.trim(), '77')
  }
}

/** What a script prints on each of these machines. */
async function onEach(lab: Lab, names: readonly string[], script: string): Promise<string> {
  const parts: string[] = []
  for (const name of names) {
    const { code, stdout, stderr } = await lab.ssh(name, script)
    if (code !== 0 && stdout === '') throw new Error(`${script} on ${name}: exit code ${code}\n${stderr}`)
    parts.push(
      `${stdout
        .trim()
        .split('\n')
        .map((line) => `${name} ${line}`)
        .join('\n')}\n`,
    )
  }
  return parts.join('')
}
