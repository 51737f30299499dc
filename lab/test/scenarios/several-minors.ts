import type { Lab } from '../../cluster/lab.ts'
import { runAction, type ActionResult } from '../action.ts'
import { equal, firstDifference, truthy } from '../check.ts'
import { fingerprint } from '../fingerprint.ts'
import { startProber } from '../prober.ts'
import type { Scenario, Tally } from '../scenario.ts'
import { within } from '../traps/trap.ts'
import { nodeTable, probeTable } from '../tables.ts'

const hops = ['v1.35.4', 'v1.36.4', 'v1.37.1'] as const
const target = 'v1.37.1'

const endOfJobs = `! systemctl list-units --no-legend --state=active,activating 'kubeadm-upgrade-*' | grep -q .`

/** 1.34.4 to 1.37.1 by one `version:`, with a kill on the way; the workers' kubelets stay at 1.34.4 until the end. */
export const severalMinors: Scenario = {
  name: 'several-minors',
  about: 'three minors in one run, killed in the middle; a lagging kubelet is restarted in every hop',
  topology: 'single.yaml',
  version: 'v1.34.4',
  offer: hops,
  // With two more versions of Kubernetes to build, where they are not cached.
  minutes: 60,
  async run(lab, tally) {
    const digest = await plan(lab, tally)
    const prober = startProber(lab)
    const inputs = { version: target, 'plan-digest': digest }
    await tally.check(
      'killed in the middle of the second hop, the control plane phase goes on there',
      async () => {
        await untilKilled(lab, tally, inputs)
        // The job goes on without its runner and restarts the only API server; a plan waits for none.
        await within(lab, 300, endOfJobs, 'cp1')
        await within(lab, 120, 'kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz', 'cp1')
        const again = await runAction(lab, 'plan', { inputs: { version: target } })
        equal('plan-digest', again.outputs['plan-digest'], digest)
        equal('hops left', hopsOf(again), [...hops.slice(1)])
        truthy(
          'the workers, two minors behind by now, are named',
          workersOf(lab).every(({ name }) => behindOf(again).includes(`warns ${name}`)),
        )
        await kubeletsRestart(lab, tally, 'after the kill')
        const result = await follow(lab, tally, 'control-plane', inputs)
        equal('result', result.outputs['result'], 'upgraded')
        tally.say(nodeTable(result))
        tally.say(secondsPerHop(result))
      },
    )
    await tally.check(
      'the workers kept their kubelets, every kubeadm ran there, and they start again',
      async () => {
        for (const { name } of workersOf(lab)) {
          equal(
            `kubelet of ${name}`,
            (await lab.ssh(name, 'kubelet --version')).stdout.trim(),
            'Kubernetes v1.34.4',
          )
          for (const version of hops.slice(0, 2)) {
            const record = `/var/lib/kubeadm-upgrade/jobs/kubeadm-upgrade-node-${version}.1/exit-code`
            equal(`${version} on ${name}`, (await lab.ssh(name, `cat ${record}`)).stdout.trim(), '0')
          }
        }
        await kubeletsRestart(lab, tally, 'after the control plane')
      },
    )
    await tally.check('the workers go from 1.34.4 to the target at once', async () => {
      const result = await follow(lab, tally, 'workers', inputs)
      equal('result', result.outputs['result'], 'upgraded')
      tally.say(nodeTable(result))
    })
    tally.say(probeTable(await prober.stop()))
    for (const phase of ['verify', 'plan', 'control-plane', 'workers'])
      await tally.check(`${phase} afterwards: unchanged`, async () => {
        const result = await runAction(lab, phase, { inputs: { version: target } })
        equal('result', result.outputs['result'], 'unchanged')
      })
  },
}

async function plan(lab: Lab, tally: Tally): Promise<string> {
  let digest = ''
  await tally.check('the plan goes over every minor and changes nothing', async () => {
    const before = await fingerprint(lab)
    const result = await runAction(lab, 'plan', { inputs: { version: target } })
    equal('result', result.outputs['result'], 'planned')
    equal('hops', hopsOf(result), [...hops])
    digest = result.outputs['plan-digest'] ?? ''
    tally.say(result.summary)
    equal('difference', firstDifference(before, await fingerprint(lab)), undefined)
  })
  return digest
}

interface PlanReport {
  plan: { hops: { to: string }[]; findings: { id: string; severity: string; node?: string }[] }
}

function hopsOf(result: ActionResult): string[] {
  return (result.report as PlanReport).plan.hops.map((hop) => hop.to)
}

/** Whom the plan names as left behind by an earlier upgrade. */
function behindOf(result: ActionResult): string[] {
  return (result.report as PlanReport).plan.findings.flatMap(({ id, severity, node = '' }) =>
    id === 'node-left-behind' ? [`${severity} ${node}`] : [],
  )
}

/** Kills the runner while kubeadm works on the second control plane node, in the second hop. */
async function untilKilled(lab: Lab, tally: Tally, inputs: Record<string, string>): Promise<void> {
  const nodes = lab.nodes.filter((node) => node.role === 'control-plane')
  const { name } = nodes[1] ?? nodes[0] ?? { name: '' }
  let hop = ''
  const started = Date.now()
  const result = await runAction(lab, 'control-plane', {
    inputs,
    onLine: (line) => tally.say(line),
    killAt: (line) => {
      hop = /^Stage packages and images of (\S+)/.exec(line.replace('::group::', ''))?.[1] ?? hop
      return hop === hops[1] && line.startsWith(`${name} | [upgrade/control-plane]`)
    },
  })
  truthy('the runner was killed, and did not end by itself', result.code === 255)
  tally.say(`killed after ${Math.round((Date.now() - started) / 1000)} s`)
}

async function follow(
  lab: Lab,
  tally: Tally,
  phase: string,
  inputs: Record<string, string>,
): Promise<ActionResult> {
  const result = await runAction(lab, phase, { inputs, onLine: (line) => tally.say(line) })
  equal('exit code', result.code, 0)
  equal('plan-digest', result.outputs['plan-digest'], inputs['plan-digest'])
  return result
}

function workersOf(lab: Lab) {
  return lab.nodes.filter((node) => node.role === 'worker')
}

/** What a reboot would do to a worker on the way: its old kubelet reads what a newer kubeadm wrote. */
async function kubeletsRestart(lab: Lab, tally: Tally, when: string): Promise<void> {
  for (const { name } of workersOf(lab)) {
    const { stdout } = await lab.ssh(name, restartScript)
    tally.say(`${name}, ${when}:\n${stdout}`)
    await lab.kubectl(['wait', '--for=condition=Ready', `node/${name}`, '--timeout=120s'])
    const state = await lab.ssh(
      name,
      'systemctl is-active kubelet; systemctl show kubelet -p NRestarts --value',
    )
    tally.say(`${name}: ${state.stdout.trim().replace('\n', ', restarts ')}`)
    truthy(`the kubelet of ${name} runs`, state.stdout.startsWith('active'))
  }
}

const restartScript = `
since=$(date '+%Y-%m-%d %H:%M:%S')
cat /var/lib/kubelet/kubeadm-flags.env
systemctl restart kubelet
sleep 15
journalctl -u kubelet --since "$since" -o cat --no-pager | grep -iE 'unknown|strict|deprecated|lenient|unrecognized' | cut -c1-300 | sort -u | head -20
`

/** From the first step of a hop to the end of its last one. */
function secondsPerHop(result: ActionResult): string {
  const { nodes } = result.report as {
    nodes: { steps: { version: string; state: string; startedAt: number; milliseconds: number }[] }[]
  }
  const steps = nodes.flatMap((node) => node.steps).filter((step) => step.state !== 'skipped')
  return [...new Set(steps.map((step) => step.version))]
    .map((version) => {
      const own = steps.filter((step) => step.version === version)
      const from = Math.min(...own.map((step) => step.startedAt))
      const to = Math.max(...own.map((step) => step.startedAt + step.milliseconds))
      return `hop to ${version}: ${Math.round((to - from) / 1000)} s`
    })
    .join('\n')
}
