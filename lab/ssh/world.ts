/** Real sshds on 127.0.0.1, and the action's own connections to them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { readInputs } from '../../src/action/inputs.ts'
import { connectorOf, targetOf } from '../../src/action/world.ts'
import { asFailure, type Failure } from '../../src/failure.ts'
import type { InventoryNode } from '../../src/inventory/inventory.ts'
import type { Log } from '../../src/phases/run.ts'
import type { Output } from '../../src/ssh/remote.ts'
import { knownHostsEntry } from '../sim/keys.ts'
import { keyring, type Keyring } from './keyring.ts'

/** An sshd of a case. */
export interface Server {
  /** More lines of sshd_config; they win over the usual ones. */
  readonly config?: string
  /** How /tmp is mounted. */
  readonly tmp?: 'rw' | 'ro' | 'noexec'
}

/** A real sshd that runs. */
export interface Running {
  readonly port: number
  /** The line of known_hosts. */
  readonly known: string
}

const usual = `
AuthorizedKeysFile /run/ssh-lab/authorized_keys
HostKey /run/ssh-lab/host
HostCertificate /run/ssh-lab/host-cert.pub
TrustedUserCAKeys /run/ssh-lab/user-ca.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
ListenAddress 127.0.0.1
LogLevel VERBOSE
`

/** The root with its users, and the sshds in it. */
export class SshLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-sshd-'))
  readonly keys: Keyring = keyring(this.folder)
  private readonly root: ChildProcess
  private count = 0

  constructor() {
    copyFileSync(join(import.meta.dirname, 'users.sh'), join(this.folder, 'users.sh'))
    const script = join(import.meta.dirname, 'root.sh')
    const argv = ['--mount', '--pid', '--fork', '--kill-child', '/bin/sh', script, this.folder]
    chmodSync(this.folder, 0o755) // the users read their keys there
    this.root = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'inherit'] })
  }

  /** Until the packages are installed and the users made. @throws {Error} when that came to nothing */
  async ready(): Promise<void> {
    if (this.root.stdout === null) throw new Error('no output of root.sh')
    for await (const line of createInterface(this.root.stdout)) if (line === 'ready') return
    throw new Error('root.sh made no root: is this root on a Debian machine?')
  }

  async start({ config = '', tmp = 'rw' }: Server): Promise<Running> {
    const port = await freePort()
    const name = `sshd-${++this.count}`
    writeFileSync(join(this.folder, name), `${config}\n${usual}`)
    this.root.stdin?.write(`${port} ${tmp} ${name}\n`)
    await listening(port)
    return { port, known: knownHostsEntry('127.0.0.1', port, this.keys.host) }
  }

  async end(): Promise<void> {
    this.root.kill('SIGKILL')
    if (this.root.exitCode === null && this.root.signalCode === null) await once(this.root, 'exit')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const silent: Log = {
  info: () => undefined,
  output: () => undefined,
  group: (_title, action) => action(),
}

/** Runs a script on the machine of an inventory, so many at once, as the action with these inputs would. */
export async function runAs(
  inputs: Readonly<Record<string, string>>,
  script: string,
  { agent, atOnce = 1 }: { agent?: string | undefined; atOnce?: number | undefined } = {},
): Promise<(Output | Failure)[]> {
  let close = (): void => undefined
  try {
    const all: Readonly<Record<string, string>> = { phase: 'plan', version: 'patch', ...inputs }
    const read = readInputs({
      getInput: (name) => all[name] ?? '',
      mask: () => undefined,
      env: agent === undefined ? {} : { SSH_AUTH_SOCK: agent },
    })
    const connector = connectorOf(read, silent)
    close = () => connector.close()
    const remote = connector.remote(targetOf(read.inventory.nodes[0] as InventoryNode))
    const one = (): Promise<Output | Failure> =>
      remote.run({ name: 'case.sh', text: script }, { args: ['an argument'] }).catch(asFailure)
    return await Promise.all(Array.from({ length: atOnce }, one))
  } catch (error) {
    return [asFailure(error)]
  } finally {
    close()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no sshd on port ${port}`)
}
