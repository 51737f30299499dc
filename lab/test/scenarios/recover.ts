import type { Lab } from '../../cluster/lab.ts'
import { beginAction, type ActionResult, type RunningAction } from '../action.ts'
import { equal, truthy } from '../check.ts'
import { nodesReadyAt } from '../nodes-ready.ts'
import { proveKept, runRecover, writeProof } from '../recovery-proof.ts'
import type { Scenario, Tally } from '../scenario.ts'
import { done, must } from '../traps/trap.ts'

const target = 'v1.37.1'
const newEtcd = 'registry.k8s.io/etcd:3.7.0-0'

/** What cannot come up is not worth the ten minutes that kubeadm is given. */
const impatient = `kubeadm:
  ignorePreflightErrors: [SystemVerification]
  config:
    timeouts: { upgradeManifests: 1m0s }
`

/** The only control plane node fails in every way that kubeadm and etcd leave to a person. */
export const recover: Scenario = {
  name: 'recover',
  about:
    "a broken manifest; a broken etcd image: kubeadm's rollback, and recover where there was none; manifest and etcd restored",
  topology: 'single.yaml',
  version: 'v1.36.4',
  offer: [target],
  minutes: 30,
  async run(lab, tally) {
    await writeProof(lab)
    await withoutCopy(lab, tally)
    await rollback(lab, tally)
    await withoutRollback(lab, tally)
    await withoutApiServer(lab, tally)
    await toTheEnd(lab, tally, 'the upgrade goes on from there to its end')
    await lostData(lab, tally)
    await toTheEnd(lab, tally, 'the restored cluster, which is from before the upgrade, is upgraded again')
  },
}

/** No backup folder of kubeadm yet, and no scheduler that would run the Job of kubeadm's own health check. */
async function withoutCopy(lab: Lab, tally: Tally): Promise<void> {
  await tally.check('a broken scheduler, and no copy of it: recover has kubeadm write it anew', async () => {
    const manifest = '/etc/kubernetes/manifests/kube-scheduler.yaml'
    await must(lab, 'cp1', `sed -i 's/^    - kube-scheduler$/&\\n    - --no-such-flag/' ${manifest}`)
    // Until the kubelet has said so, the API shows the pod that was.
    const notReady = ['pod', '-l', 'component=kube-scheduler', '--for=condition=Ready=false', '--timeout=2m']
    done('wait', await lab.kubectl(['-n', 'kube-system', 'wait', ...notReady]))
    const result = await runRecover(lab, tally)
    equal('result', result.outputs['result'], 'recovered')
    says(result, 'kubeadm upgrade apply --force at the running version')
    await must(lab, 'cp1', `! grep no-such-flag ${manifest}`)
    await proveKept(lab)
  })
}

async function rollback(lab: Lab, tally: Tally): Promise<void> {
  await tally.check(
    'etcd of the new version does not start: kubeadm rolls back, and the run says so',
    async () => {
      const run = await untilApply(lab, tally, impatient)
      await breakImage(lab, newEtcd)
      const result = await run.ended
      equal('failure-reason', result.outputs['failure-reason'], 'kubeadm-failed')
      equal('result', result.outputs['result'], 'failed')
      truthy('the rollback is told', result.log.includes('have the manifests of before'))
      await proveKept(lab)
    },
  )
  await tally.check('recover recognises the rollback and changes nothing', async () => {
    const result = await runRecover(lab, tally)
    equal('result', result.outputs['result'], 'unchanged')
    says(result, 'kubeadm gave up and put the old control plane back')
    says(result, `control-plane with version ${target}`)
  })
}

/** kubeadm dies before it can put the old etcd back. */
async function withoutRollback(lab: Lab, tally: Tally): Promise<void> {
  await tally.check(
    'kubeadm killed while the broken etcd starts: recover puts the old etcd back',
    async () => {
      const run = await untilApply(lab, tally)
      await breakImage(lab, newEtcd)
      await killWithKubeadm(lab, run, 'etcd')
      await putsBack(lab, tally, 'etcd', '3.6.8-0')
    },
  )
}

/** The manifest of the API server is lost between two steps of kubeadm. */
async function withoutApiServer(lab: Lab, tally: Tally): Promise<void> {
  await tally.check(
    'no manifest of the API server: recover restores the one that belongs there',
    async () => {
      // The person who corrects the image: the next run finds none and pulls it.
      await must(lab, 'cp1', `ctr -n k8s.io images rm ${newEtcd}`)
      const run = await untilApply(lab, tally)
      await killWithKubeadm(lab, run, 'kube-apiserver')
      await must(lab, 'cp1', 'rm /etc/kubernetes/manifests/kube-apiserver.yaml')
      await putsBack(lab, tally, 'kube-apiserver', 'v1.36.4')
    },
  )
}

async function putsBack(lab: Lab, tally: Tally, component: string, tag: string): Promise<void> {
  const result = await runRecover(lab, tally)
  equal('result', result.outputs['result'], 'recovered')
  await must(
    lab,
    'cp1',
    `grep -q 'image: .*/${component}:${tag}$' /etc/kubernetes/manifests/${component}.yaml`,
  )
  await proveKept(lab)
}

async function lostData(lab: Lab, tally: Tally): Promise<void> {
  await tally.check(
    'the data of the only member are lost: recover asks for a confirmation first',
    async () => {
      await must(lab, 'cp1', 'mv /var/lib/etcd/member /root/lost-member\npkill -KILL -x etcd')
      const refused = await runRecover(lab, tally)
      equal('failure-reason', refused.outputs['failure-reason'], 'etcd-unhealthy')
      truthy('it names the key', refused.log.includes('etcd.confirmRestore'))
      truthy('it names the snapshot', /Restore etcd from the verified snapshot \S+ on cp1/.test(refused.log))
    },
  )
  await tally.check(
    'with it, the verified snapshot is restored: what was written before is there',
    async () => {
      const result = await runRecover(lab, tally, { policy: 'etcd:\n  confirmRestore: true\n' })
      equal('result', result.outputs['result'], 'recovered')
      await proveKept(lab)
    },
  )
  await tally.check('recover once more: nothing to recover, and which phase goes on', async () => {
    const result = await runRecover(lab, tally)
    equal('result', result.outputs['result'], 'unchanged')
    says(result, 'An upgrade stopped half-way')
  })
}

async function toTheEnd(lab: Lab, tally: Tally, name: string): Promise<void> {
  await tally.check(name, async () => {
    const result = await begin(lab, tally).ended
    equal('result', result.outputs['result'], 'upgraded')
    await nodesReadyAt(lab, target)
    await proveKept(lab)
  })
}

function begin(lab: Lab, tally: Tally, policy = ''): RunningAction {
  return beginAction(lab, 'upgrade', {
    inputs: { version: target, policy: `timeouts:\n  lock: 30s\n${policy}` },
    onLine: (line) => tally.say(line),
  })
}

/** All images were pulled and looked at; kubeadm needs some seconds until it comes to etcd. */
async function untilApply(lab: Lab, tally: Tally, policy?: string): Promise<RunningAction> {
  const run = begin(lab, tally, policy)
  await run.sees('cp1: kubeadm-upgrade-apply (')
  return run
}

/** An image of that name which holds no such program. */
function breakImage(lab: Lab, name: string): Promise<void> {
  return must(
    lab,
    'cp1',
    `pause=$(ctr -n k8s.io images ls -q | grep -m 1 '^registry.k8s.io/pause:')
ctr -n k8s.io images tag --force "$pause" ${name}`,
  )
}

/** Ends the runner and kubeadm while the kubelet brings up what kubeadm has just replaced. */
async function killWithKubeadm(lab: Lab, run: RunningAction, component: string): Promise<void> {
  await run.sees(`[upgrade/staticpods] Preparing for "${component}" upgrade`)
  await new Promise((resolve) => setTimeout(resolve, 5000))
  await must(lab, 'cp1', "systemctl kill --signal=KILL 'kubeadm-upgrade-kubeadm-upgrade-apply-*'")
  await run.kill()
}

function says(result: ActionResult, text: string): void {
  truthy(`the summary says "${text}"`, result.summary.includes(text))
}
