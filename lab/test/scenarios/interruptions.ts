import { power, type Lab } from '../../cluster/lab.ts'
import { beginAction, runAction, type RunningAction } from '../action.ts'
import { nodesReadyAt } from '../nodes-ready.ts'
import { equal, truthy } from '../check.ts'
import type { Scenario, Tally } from '../scenario.ts'

const target = 'v1.37.2'
const inputs = { version: target, policy: 'timeouts:\n  lock: 30s\n' }

/** One upgrade, interrupted in every way that a runner, a network and a machine can end, and brought to its end. */
export const interruptions: Scenario = {
  name: 'interruptions',
  about:
    'the action killed during apply, drain and installation; connections cut; kubelet killed; a reboot; two actions at once; post',
  topology: 'single.yaml',
  version: 'v1.37.1',
  offer: [target],
  minutes: 25,
  async run(lab, tally) {
    await duringStaging(lab, tally)
    await duringApply(lab, tally)
    await duringDrain(lab, tally)
    await duringInstallation(lab, tally)
    await toTheEnd(lab, tally)
  },
}

/** The same on three control plane nodes and two workers, behind a load balancer. */
export const interruptionsOfFive: Scenario = {
  ...interruptions,
  name: 'interruptions-3+2',
  topology: 'default.yaml',
  minutes: 35,
}

/** A first run is at work, a second one is refused; then the first is killed in the middle of `kubeadm upgrade apply`. */
async function duringStaging(lab: Lab, tally: Tally): Promise<void> {
  await tally.check('a second action is refused and told who is at work', async () => {
    const first = begin(lab, tally)
    await first.sees('stage-packages (')
    const second = await runAction(lab, 'control-plane', { inputs })
    equal('failure-reason', second.outputs['failure-reason'], 'cluster-locked')
    equal('result', second.outputs['result'], 'blocked')
    truthy('it names the holder', /held by local\/upgrade\/\w+ \(phase upgrade\) since 20/.test(second.log))
    truthy('it names the value of break-lock', /break-lock: local\/upgrade\/\w+/.test(second.log))
    await first.sees('[upgrade/staticpods] Preparing for "etcd" upgrade')
    await first.kill()
  })
}

/** The next run takes over and follows the apply; the network drops everything for 90 s; the kubelet is killed. */
async function duringApply(lab: Lab, tally: Tally): Promise<void> {
  await tally.check('killed during kubeadm upgrade apply: the next run follows it to its end', async () => {
    const run = begin(lab, tally)
    await run.sees('kubeadm-upgrade-apply-v1.37.2.1 of an earlier run is still running')
    await lab.ssh('cp1', 'systemctl kill --signal=KILL kubelet')
    await dropPackets(lab, 'cp1', 90)
    await run.sees('kubeadm-upgrade-apply-v1.37.2.1 ended with 0')
    const output = await lab.ssh(
      'cp1',
      'cat /var/lib/kubeadm-upgrade/jobs/kubeadm-upgrade-apply-v1.37.2.1/output; ls /var/lib/kubeadm-upgrade/jobs',
    )
    truthy('there was no second apply', !output.stdout.includes('kubeadm-upgrade-apply-v1.37.2.2'))
    wholeOutput(run.log(), output.stdout)
    await run.sees('cp1: drain (')
    await run.kill()
  })
}

/** Killed during the drain; `post` gives the lock back or says why not; the next run goes on. */
async function duringDrain(lab: Lab, tally: Tally): Promise<void> {
  await tally.check(
    'killed during the drain: post says what becomes of the lock, and the next run goes on',
    async () => {
      const run = begin(lab, tally)
      await run.sees('cp1: install-kubelet (')
      await run.sees('cp1 | Unpacking kubelet')
      await run.kill()
      const post = await run.post()
      tally.say(post.log.trim())
      equal('exit code of post', post.code, 0)
      truthy('post says what it found', /the lock stays|not held by this job any more/.test(post.log))
    },
  )
}

/** A worker is started anew while dpkg unpacks its kubelet: the same run goes on. */
async function duringInstallation(lab: Lab, tally: Tally): Promise<void> {
  await tally.check(
    'a worker that reboots under the installation of its kubelet ends upgraded in the same run',
    async () => {
      const run = begin(lab, tally)
      await run.sees('w1: install-kubelet (')
      await run.sees('w1 | Unpacking kubelet')
      await power(lab.name, 'w1', 'kill')
      await power(lab.name, 'w1', 'start')
      const result = await run.ended
      equal('exit code', result.code, 0)
      equal('result', result.outputs['result'], 'upgraded')
      truthy('the loss is told', / on w1 was lost: the machine was started anew/.test(result.log))
    },
  )
}

async function toTheEnd(lab: Lab, tally: Tally): Promise<void> {
  await tally.check('one more run: every node at the version and Ready, nothing left to do', async () => {
    const result = await runAction(lab, 'upgrade', { inputs, onLine: (line) => tally.say(line) })
    equal('exit code', result.code, 0)
    equal('result', result.outputs['result'], 'unchanged')
    await nodesReadyAt(lab, target)
    const lease = await lab.kubectl([
      'get',
      'lease',
      '-n',
      'kube-system',
      'kubeadm-upgrade',
      '-o',
      'jsonpath={.spec.holderIdentity}',
    ])
    equal('holder of the lock', lease.stdout, '')
  })
}

/** Nothing gets through between the runner and a node, in either direction. */
async function dropPackets(lab: Lab, name: string, seconds: number): Promise<void> {
  const host = lab.nodes.find((node) => node.name === name)?.host ?? ''
  const rules = [
    ['OUTPUT', '-d', host],
    ['INPUT', '-s', host],
  ]
  for (const rule of rules) await lab.exec(['iptables', '-I', ...rule, '-j', 'DROP'])
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  for (const rule of rules) await lab.exec(['iptables', '-D', ...rule, '-j', 'DROP'])
}

/** Each line of a job's output once and in order among the lines that the log shows of its node. */
function wholeOutput(log: string, output: string): void {
  const lines = output.split('\n').filter((line) => line.startsWith('['))
  const shown = log
    .split('\n')
    .flatMap((line) => (line.startsWith('cp1 | [') ? [line.slice('cp1 | '.length)] : []))
  const from = shown.indexOf(lines[0] ?? '')
  equal('output of the job', shown.slice(from, from + lines.length), lines)
}

function begin(lab: Lab, tally: Tally): RunningAction {
  return beginAction(lab, 'upgrade', { inputs, onLine: (line) => tally.say(line) })
}
