import type { Lab } from '../../cluster/lab.ts'
import { runAction } from '../action.ts'
import { equal, firstDifference, truthy } from '../check.ts'
import { fullFingerprint } from '../fingerprint.ts'
import type { Scenario, Tally } from '../scenario.ts'

const target = 'v1.37.1'

/** A plan, and the dry run of every phase, change nothing; nor does a plan whose runner or whose script on the node is killed. */
export const changesNothing: Scenario = {
  name: 'changes-nothing',
  about: 'plan and dry runs, also killed half way, leave packages, files, kubelets and objects as they were',
  topology: 'default.yaml',
  offer: [target],
  minutes: 14,
  async run(lab, tally) {
    const before = await atRest(lab, tally)
    const same = async (): Promise<void> =>
      equal('difference', firstDifference(before, await fullFingerprint(lab)), undefined)
    await runs(lab, tally, same)
    for (const delay of [0, 500, 1500, 3000, 5000]) await killedRunner(lab, tally, delay, same)
    await killedScript(lab, tally, same)
  },
}

/** The cluster when it has come to rest after its start: the same twice, half a minute apart. */
async function atRest(lab: Lab, tally: Tally): Promise<string> {
  let before = await fullFingerprint(lab)
  for (let attempt = 0; attempt < 10; attempt++) {
    await sleep(30_000)
    const now = await fullFingerprint(lab)
    const difference = firstDifference(before, now)
    if (difference === undefined) return now
    tally.say(`not at rest yet: ${difference}`)
    before = now
  }
  return before
}

async function runs(lab: Lab, tally: Tally, same: () => Promise<void>): Promise<void> {
  for (const [phase, dryRun] of [
    ['plan', 'false'],
    ['control-plane', 'true'],
    ['workers', 'true'],
    ['upgrade', 'true'],
  ] as const) {
    await tally.check(`${phase}${dryRun === 'true' ? ' with dry-run' : ''} changes nothing`, async () => {
      const inputs = { version: target, 'dry-run': dryRun }
      const result = await runAction(lab, phase, { inputs, onLine: (line) => tally.say(line) })
      equal('result', result.outputs['result'], 'planned')
      tally.say(`took ${result.seconds.toFixed(1)} s`)
      await same()
    })
  }
}

/** The runner is lost while the node asks the target's kubeadm: what runs there ends by itself and takes its traces along. */
async function killedRunner(lab: Lab, tally: Tally, delay: number, same: () => Promise<void>): Promise<void> {
  await tally.check(
    `a plan that is killed ${delay} ms after it began to ask kubeadm changes nothing`,
    async () => {
      await killedPlan(lab, async () => sleep(delay))
      await soon(same)
    },
  )
}

/** The script on the node is killed without a word: kubeadm's Job expires by itself, the next plan removes the folder. */
async function killedScript(lab: Lab, tally: Tally, same: () => Promise<void>): Promise<void> {
  await tally.check('a script that is killed on the node leaves what the next plan removes', async () => {
    await killedPlan(lab, async () => {
      await sleep(2500)
      const { stdout } = await lab.ssh(
        'cp1',
        'for folder in /var/lib/kubeadm-upgrade/temporary.*; do pid=${folder#*temporary.}; kill -9 "${pid%%.*}" && echo "$folder"; done',
      )
      truthy('a folder of the killed script is there', stdout.includes('/temporary.'))
    })
    const again = await runAction(lab, 'plan', { inputs: { version: target } })
    equal('result', again.outputs['result'], 'planned')
    await soon(same)
  })
}

/** Starts a plan and kills it `when` that resolves after the plan began to ask kubeadm. */
async function killedPlan(lab: Lab, when: () => Promise<void>): Promise<void> {
  let kill = (): void => undefined
  let asked: Promise<void> | undefined
  const result = await runAction(lab, 'plan', {
    inputs: { version: target },
    onStart: (stop) => (kill = stop),
    onLine: (line) => {
      if (/asking kubeadm/.test(line)) asked = when().finally(() => kill())
    },
  })
  truthy(`the plan asked kubeadm; it ended with ${result.code}`, asked !== undefined)
  await asked
}

/** `action`, tried until it succeeds, for as long as kubeadm's Job may live by itself and a little longer. */
async function soon(action: () => Promise<void>): Promise<void> {
  const end = Date.now() + 120_000
  for (;;) {
    try {
      await action()
      return
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await sleep(5000)
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
