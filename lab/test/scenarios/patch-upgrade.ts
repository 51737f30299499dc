import { runAction } from '../action.ts'
import { equal } from '../check.ts'
import { startProber } from '../prober.ts'
import type { Scenario } from '../scenario.ts'
import { nodeTable, probeTable } from '../tables.ts'

const target = 'v1.37.2'

/** A patch of one control plane node and a worker, through an unprivileged user with sudo, everything in one job. */
export const patchUpgrade: Scenario = {
  name: 'patch-upgrade',
  about: 'phase upgrade, version patch, one control plane node without a load balancer, sudo',
  topology: 'single.yaml',
  offer: [target],
  minutes: 12,
  async run(lab, tally) {
    const prober = startProber(lab)
    await tally.check('phase upgrade moves the cluster to the newest patch', async () => {
      const result = await runAction(lab, 'upgrade', {
        inputs: { version: 'patch' },
        onLine: (line) => tally.say(line),
      })
      equal('exit code', result.code, 0)
      equal('result', result.outputs['result'], 'upgraded')
      equal('target-version', result.outputs['target-version'], target)
      tally.say(nodeTable(result))
      tally.say(`took ${Math.round(result.seconds)} s`)
    })
    tally.say(probeTable(await prober.stop()))
    await tally.check('every node is Ready at the target', async () => {
      const nodes = await lab.kubectl([
        'get',
        'nodes',
        '-o',
        'jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}',
      ])
      equal(
        'nodes',
        nodes.stdout.trim().split('\n'),
        lab.nodes.map(() => `${target} True`),
      )
    })
    await tally.check('phase upgrade again: unchanged', async () => {
      const result = await runAction(lab, 'upgrade', { inputs: { version: target } })
      equal('result', result.outputs['result'], 'unchanged')
      tally.say(`again took ${result.seconds.toFixed(1)} s`)
    })
  },
}
