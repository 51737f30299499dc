import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLab, type Lab } from '../cluster/lab.ts'
import { equal, truthy } from '../test/check.ts'
import type { Tally } from '../test/scenario.ts'
import type { ActRun } from './act.ts'
import { runOnly } from './manual.ts'
import { expectJobs, inOrder, jobOf, names, toldWhatFailed } from './expect.ts'
import { target, ActWorld } from './world.ts'

// The pods of one worker can only go to the other: with both out of service one of the drains has to wait.
const policy = `drain: {onBlocked: wait}
findings:
  accept: [{id: environment-unreadable, reason: played by act without GitHub}]
`

/**
 * The manual caller on a real cluster (`npm run lab -- up`): two workers as two jobs side by side, of which one fails, is
 * repaired, and is run again alone.
 * @param pages a folder for the summaries and reports of all jobs
 */
export async function realCluster(tally: Tally, name: string, pages?: string): Promise<void> {
  const lab = openLab(name)
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-act-'))
  const file = (one: string): string => readFileSync(join(lab.stateDir, one), 'utf8')
  try {
    const world = new ActWorld(
      folder,
      {
        inventory: file('inventory.yaml'),
        privateKey: file('id_ed25519'),
        knownHosts: file('known_hosts'),
        maxUnavailable: 2,
        policy,
      },
      pages,
    )
    const first = await oneFails(tally, world, lab)
    world.keep('one-fails', first)
    await tally.check('the job of the failed worker, run again alone, finishes the upgrade', async () => {
      const { outputs } = jobOf(first, 'plan')
      const run = await runOnly(
        world,
        'workers',
        { plan: outputs },
        { batch: 'w2', nodes: 'w2' },
        lab.inNetwork,
      )
      world.keep('again', run)
      expectJobs(run, { 'workers w2': 'success' })
    })
    await tally.check('started once more: nothing to do, and the proof', async () => {
      const run = await world.dispatch({ version: target }, lab.inNetwork)
      world.keep('last', run)
      equal('jobs', names(run), ['plan', 'verify'])
      equal('verify', jobOf(run, 'verify').outputs['result'], 'unchanged')
    })
    await tally.check('every node is Ready at the target', async () => {
      const { stdout } = await lab.kubectl(['get', 'nodes', '--no-headers'])
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/))
      equal(
        'nodes',
        lines.map(([, status, , , version]) => `${status ?? ''} ${version ?? ''}`),
        lab.nodes.map(() => `Ready ${target}`),
      )
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs the caller while something on w2 keeps its packages from being installed, and repairs that. */
async function oneFails(tally: Tally, world: ActWorld, lab: Lab): Promise<ActRun> {
  // apt calls it before dpkg: the download works, the installation does not.
  const file = '/etc/apt/apt.conf.d/99-fails'
  await lab.ssh('w2', `echo 'DPkg::Pre-Invoke {"false";};' > ${file}`)
  const run = await world.dispatch({ version: target }, lab.inNetwork)
  await lab.ssh('w2', `rm ${file}`)
  await tally.check('plan, control plane, both workers as two jobs, verify; one worker fails', () => {
    expectJobs(run, {
      plan: 'success',
      'control-plane': 'success',
      'workers w1': 'success',
      'workers w2': 'failure',
      verify: 'failure',
    })
    inOrder(run)
    const [one, other] = [jobOf(run, 'workers w1'), jobOf(run, 'workers w2')]
    truthy('the jobs of the workers overlap', one.startedAt < other.endedAt && other.startedAt < one.endedAt)
  })
  await tally.check('outputs and summaries say what each job did', () => {
    toldWhatFailed(run, lab.nodes.filter(({ role }) => role === 'control-plane').length)
  })
  return run
}
