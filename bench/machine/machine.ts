/** A machine with a real systemd and a real sshd that stands for any number of nodes: it answers at every 127.x.x.x. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey, knownHostsEntry } from '../../lab/sim/keys.ts'

const cgroups = join(import.meta.dirname, '../../lab/cluster/node/cgroups.sh')
const group = 'bench-machine/node'
const here = import.meta.dirname

export interface Machine {
  /** Has inventory.yaml, inventory.ini, addresses (`ADDRESS PORT` a line), known_hosts and id_ed25519. */
  readonly folder: string
  /** What runs a command in the machine's network. */
  readonly inNetwork: readonly string[]
  /** Nodes that it can be at once. */
  readonly most: number
  /** Lists this many nodes in these files, all of them the machine. */
  list(nodes: number): void
  /** SSH sessions that were started since the last call: commands and subsystems. */
  sessions(): number
  stop(): void
}

/**
 * Boots it. It ends with this process at the latest.
 * @throws {Error} when it does not answer within three minutes
 */
export async function startMachine(): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-machine-'))
  for (const part of ['files', 'work']) mkdirSync(join(folder, part))
  const host = generateKey(join(folder, 'files'), 'host')
  const user = generateKey(folder, 'id_ed25519')
  writeFileSync(join(folder, 'files/authorized_keys'), `${user.publicKey}\n`)
  copyFileSync(join(here, 'sshd_config'), join(folder, 'files/sshd_config'))
  const addresses = Array.from({ length: 250 }, (_, at) => `127.0.0.${at + 1}`)
  const known = addresses.map((address) => `${knownHostsEntry(address, 22, host)}\n`)
  writeFileSync(join(folder, 'known_hosts'), known.join(''))
  execFileSync(cgroups, ['kill', group])
  const own = ['--cgroup', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const argv = ['run', group, 'unshare', ...own, join(here, 'boot.sh'), folder]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', cgroups, ...argv], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const stop = (): void => {
    execFileSync(cgroups, ['kill', group])
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const inNetwork = await answering(folder, child)
    return machine(folder, inNetwork, addresses, stop)
  } catch (error) {
    stop()
    throw error
  }
}

function machine(
  folder: string,
  inNetwork: readonly string[],
  addresses: readonly string[],
  stop: () => void,
): Machine {
  let seen = 0
  const log = join(folder, 'files/sshd.log')
  return {
    folder,
    inNetwork,
    most: addresses.length,
    list(nodes) {
      const chosen = addresses.slice(0, nodes)
      const entries = chosen.map((address, at) => ({ name: `n${at + 1}`, host: address, port: 22 }))
      writeFileSync(join(folder, 'inventory.yaml'), JSON.stringify({ nodes: entries }))
      writeFileSync(join(folder, 'addresses'), chosen.map((address) => `${address} 22\n`).join(''))
      writeFileSync(join(folder, 'inventory.ini'), ansibleInventory(folder, chosen))
    },
    sessions() {
      const all = readFileSync(log, 'utf8').split('Starting session: ').length - 1
      const news = all - seen
      seen = all
      return news
    },
    stop,
  }
}

function ansibleInventory(folder: string, addresses: readonly string[]): string {
  return [
    '[all]',
    ...addresses.map((address, at) => `n${at + 1} ansible_host=${address}`),
    '[all:vars]',
    'ansible_user=root',
    `ansible_ssh_private_key_file=${folder}/id_ed25519`,
    `ansible_ssh_common_args=-F /dev/null -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${folder}/known_hosts`,
    '',
  ].join('\n')
}

/** Until a command runs on it. @returns what runs a command in its network */
async function answering(folder: string, child: ChildProcess): Promise<string[]> {
  const options = ['-F', '/dev/null', '-i', join(folder, 'id_ed25519'), '-o', 'BatchMode=yes']
  const known = ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`]
  for (let tries = 0; tries < 360; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    if (child.exitCode !== null || child.signalCode !== null) break
    const pid = String(child.pid)
    try {
      // The process in the namespaces is the only child of the one that made them.
      const [inside] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
      const inNetwork = ['nsenter', `--net=/proc/${inside}/ns/net`, '--']
      const [program, ...args] = [...inNetwork, 'ssh', ...options, ...known, 'root@127.0.0.1']
      execFileSync(program, [...args, 'systemctl is-active bench.target'], { stdio: 'ignore' })
      return inNetwork
    } catch {
      continue
    }
  }
  throw new Error('the machine does not answer: is this root on a Debian machine with systemd-nspawn?')
}
