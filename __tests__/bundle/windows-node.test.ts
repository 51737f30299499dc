import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { commandsOf, type Called } from '../../lab/sim/windows/powershell.ts'
import { errorsOf, target, World } from './run-action.ts'

const root = join(import.meta.dirname, '../..')
const golden = join(import.meta.dirname, '../fixtures/windows-upgrade.txt')

let world: World
/** What was done to w1: jobs there, and names of scripts about it on the control plane node. */
const history: (Called | string)[] = []
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 2, windows: ['w1'] })
  const node = world.simulation.windows.get('w1')
  if (node === undefined) throw new Error('w1 is no Windows node')
  node.onJob = (called) => history.push(called)
  world.simulation.onScript((at, script, on) => {
    const name = /^# (cordon|drain|uncordon)$/m.exec(script)?.[1]
    if (at === 'before' && on === 'cp1' && name !== undefined && /'w1'|'\\''w1'/.test(script))
      history.push(`${name}.sh`)
  })
})
afterAll(() => world.end())

interface Found {
  id: string
  node?: string
}

test('the plan tells what is special, and finds nothing that only Linux has', async () => {
  const result = await world.run('plan')
  expect(errorsOf(result)).toEqual([])
  const { findings } = JSON.parse(readFileSync(result.outputs['report'] ?? '', 'utf8')) as {
    findings: Found[]
  }
  expect(findings.filter(({ node }) => node === 'w1').map(({ id }) => id)).toEqual([
    'windows-node',
    'windows-kube-proxy',
  ])
})

test('a Linux entry for it is refused with the reason', async () => {
  world.editInventory((text) => text.replace('    os: windows\n', ''))
  const result = await world.run('plan')
  world.editInventory((text) => text)
  expect(result.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'inventory-mismatch' })
  expect(errorsOf(result).join()).toContain('w1 runs windows, and the inventory has it for linux')
})

test('it is upgraded by the documented procedure, command by command', async () => {
  const result = await world.run('upgrade')
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs).toMatchObject({ result: 'upgraded', 'target-version': target })
  const { cluster } = world.simulation
  expect(cluster.machine('w1').kubelet.reportedVersion).toBe(target)
  expect(cluster.violations).toEqual([])
  const played = await render()
  if (process.env['UPDATE_GOLDEN'] !== undefined || !existsSync(golden)) writeFileSync(golden, played)
  expect(played).toBe(readFileSync(golden, 'utf8'))
})

test('run again it finds nothing to do, and verify holds', async () => {
  expect((await world.run('upgrade')).outputs['result']).toBe('unchanged')
  expect((await world.run('verify')).code).toBe(0)
})

/** The page: https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-windows-nodes/ */
const documented: Readonly<Record<string, string[]>> = {
  'windows-stage.ps1': [
    `curl.exe -Lo C:\\k\\kubeadm.exe https://dl.k8s.io/${target}/bin/windows/amd64/kubeadm.exe (the download)`,
    `curl.exe -Lo C:\\k\\kubelet.exe https://dl.k8s.io/${target}/bin/windows/amd64/kubelet.exe (the download)`,
  ],
  'windows-install.ps1 kubeadm': [
    `curl.exe -Lo C:\\k\\kubeadm.exe https://dl.k8s.io/${target}/bin/windows/amd64/kubeadm.exe (its place)`,
  ],
  'cordon.sh': ['kubectl drain <node-to-drain> --ignore-daemonsets (it cordons first)'],
  'drain.sh': ['kubectl drain <node-to-drain> --ignore-daemonsets'],
  'windows-kubeadm-upgrade.ps1': ['kubeadm upgrade node'],
  'windows-install.ps1 kubelet': [
    'stop-service kubelet',
    `curl.exe -Lo C:\\k\\kubelet.exe https://dl.k8s.io/${target}/bin/windows/amd64/kubelet.exe (its place)`,
  ],
  'windows-restart.ps1': ['restart-service kubelet'],
  'uncordon.sh': ['kubectl uncordon <node-to-drain>'],
}

/** Everything that was done for w1, in order, beside the command of the page that it stands for. */
async function render(): Promise<string> {
  const lines = [
    'What is done to upgrade the Windows worker w1, in order, each beside the commands of the page that it stands for.',
    'The commands are those of the script, as they stand there, without those that only look.',
  ]
  for (const { key, where, args, commands } of await done()) {
    lines.push('', ...(documented[key] ?? ['NOTHING OF THE PAGE']).map((command) => `page    ${command}`))
    lines.push(`${where}  ${key.split(' ')[0] ?? ''} ${args.map((arg) => JSON.stringify(arg)).join(' ')}`)
    lines.push(...commands.map((command) => `        ${command}`))
  }
  const kubeProxy =
    'curl -L …/sig-windows-tools/releases/latest/download/kube-proxy.yml | sed … | kubectl apply -f -'
  return [...lines, '', `page    ${kubeProxy}`, 'not done: finding windows-kube-proxy', ''].join('\n')
}

interface Done {
  key: string
  where: 'Windows' | 'cp1    '
  args: readonly string[]
  commands: string[]
}

function done(): Promise<Done[]> {
  return Promise.all(
    history.map((entry) => (typeof entry === 'string' ? onControlPlane(entry) : onWindows(entry))),
  )
}

const looking = /^(Get-|Test-|Split-|Join-|New-Object|Write-Section|Out-Null|ForEach-Object|\$|&? ?\{)/

async function onWindows({ script, args }: Called): Promise<Done> {
  const name = script === 'windows-install.ps1' ? `${script} ${args[3] ?? ''}` : script
  const text = read(script)
  const downloads = text.includes('Get-Program ') ? await doing(read('windows-programs.ps1')) : []
  const commands = [...downloads.map((command) => `Get-Program: ${command}`), ...(await doing(text))]
  return { key: name, where: 'Windows', args, commands }
}

function read(script: string): string {
  return readFileSync(join(root, 'src/node/scripts', script), 'utf8')
}

/** The commands of a script that do something. */
async function doing(text: string): Promise<string[]> {
  const commands = (await commandsOf(text)).filter(({ name }) => !looking.test(name))
  return commands.map((command) => command.text)
}

async function onControlPlane(script: string): Promise<Done> {
  const file = await readFile(join(root, 'src/cluster/scripts', script), 'utf8')
  const text = file.replaceAll('\\\n  ', '')
  const commands = text.split('\n').filter((line) => /^(kubectl|admin patch) /.test(line))
  return { key: script, where: 'cp1    ', args: ['w1'], commands }
}
