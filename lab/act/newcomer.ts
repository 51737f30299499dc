import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseDocument } from 'yaml'
import { fingerprint } from '../sim/fingerprint.ts'
import { Simulation } from '../sim/simulation.ts'
import { equal, truthy } from '../test/check.ts'
import type { Tally } from '../test/scenario.ts'
import { installAct, runAct } from './act.ts'
import { jobOf } from './expect.ts'

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Somebody who has read nothing but the README's quick start: its files in an empty repository, as they stand there, but for
 * the addresses; the secrets made as it says; the action under the name that it is used by.
 */
export async function newcomer(tally: Tally): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-newcomer-'))
  const simulation = await Simulation.start({ folder: join(folder, 'nodes'), controlPlanes: 3, workers: 1 })
  try {
    const repository = join(folder, 'repository')
    const files = filesOfQuickStart()
    await tally.check('the quick start says where both of its files go', () => {
      equal('files', [...files.keys()], ['clusters/prod.yaml', '.github/workflows/plan.yml'])
    })
    for (const [file, text] of files) {
      mkdirSync(dirname(join(repository, file)), { recursive: true })
      writeFileSync(join(repository, file), file.endsWith('prod.yaml') ? reaching(simulation, text) : text)
    }
    commitAll(repository)
    await tally.check('its workflow comes to a first plan, and changes nothing', async () => {
      const before = fingerprint(simulation)
      const run = await runAct(installAct(), {
        repository,
        workflow: 'plan.yml',
        inputs: {},
        secrets: {
          SSH_PRIVATE_KEY: simulation.userKey.privateKey,
          SSH_KNOWN_HOSTS: await keyscan(simulation),
        },
        artifacts: join(folder, 'artifacts'),
        actions: { 'kubeadm-upgrade/kubeadm-upgrade@v0': shippedAction(join(folder, 'action')) },
        runId: 1,
        attempt: 1,
      })
      const plan = jobOf(run, 'plan')
      equal('result of the job', plan.result, 'success')
      equal('result', plan.outputs['result'], 'planned')
      equal('newest patch of the running minor', plan.outputs['target-version'], 'v1.36.5')
      truthy('the summary', plan.summary.includes('Cluster **prod** would be upgraded from **v1.36.4**'))
      equal('nodes and cluster', fingerprint(simulation), before)
    })
  } finally {
    await simulation.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The YAML blocks of the quick start, by the last path that is named before each. */
function filesOfQuickStart(): Map<string, string> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, part = ''] = /^## Quick start\n([^]*?)^## /m.exec(readme) ?? []
  const files = new Map<string, string>()
  for (const [, before = '', text = ''] of part.matchAll(/([^]*?)^```yaml\n([^]*?)^```$/gm)) {
    const path = [...before.matchAll(/`([\w./-]+\.ya?ml)`/g)].at(-1)?.[1]
    files.set(path ?? `a file that is not named (${files.size})`, text)
  }
  return files
}

/** The inventory with the addresses of the simulated nodes, which only know root and are not watched for long. */
function reaching(simulation: Simulation, text: string): string {
  const inventory = parseDocument(text)
  const entries = (inventory.toJS() as { nodes: { name: string }[] }).nodes
  for (const [at, { name }] of entries.entries()) {
    inventory.setIn(['nodes', at, 'host'], simulation.node(name).address)
    inventory.setIn(['nodes', at, 'port'], simulation.node(name).port)
  }
  inventory.setIn(['ssh', 'user'], 'root')
  return inventory.toString()
}

/** As the README says, with a port for each node. */
async function keyscan(simulation: Simulation): Promise<string> {
  const answers = [...simulation.nodes.values()].map(({ address, port }) =>
    execute('ssh-keyscan', ['-t', 'ed25519', '-p', String(port), address]),
  )
  return (await Promise.all(answers)).map(({ stdout }) => stdout).join('')
}

/** What a runner would fetch of this repository. */
function shippedAction(folder: string): string {
  mkdirSync(folder)
  for (const one of ['action.yml', 'dist']) cpSync(join(root, one), join(folder, one), { recursive: true })
  return folder
}

function commitAll(folder: string): void {
  const author = ['-c', 'user.name=ann', '-c', 'user.email=ann@example.org']
  for (const args of [
    ['init', '--quiet', '--initial-branch', 'main'],
    ['remote', 'add', 'origin', 'https://github.com/ops/clusters.git'],
    ['add', '--all'],
    [...author, 'commit', '--quiet', '--message', 'A first plan'],
  ])
    execFileSync('git', args, { cwd: folder, stdio: 'inherit' })
}
