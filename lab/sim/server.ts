import { randomUUID } from 'node:crypto'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2'
import { rewritePaths } from './rewrite.ts'
import { powershellCommand } from '../../src/ssh/powershell.ts'
import { runShell } from './shell.ts'

export interface NodeOptions {
  readonly name: string
  /** Any address of 127.0.0.0/8: Linux lets them all be bound without set-up. */
  readonly address: string
  /** 0, the default: any free one. */
  readonly port?: number
  /** The node's file system. The caller makes and removes the folder. */
  readonly sandbox: string
  /** Private host keys, as text. */
  readonly hostKeys: readonly string[]
  /** Lines of authorized_keys. */
  readonly authorizedKeys: readonly string[]
  /** Default: root. For others, commands have to go through sudo. */
  readonly user?: string
  /** Whether the user may become root without a password. Default: true. */
  readonly sudo?: boolean
  /** Folders of stand-in commands, first in PATH. */
  readonly binDirs?: readonly string[]
  /** What answers instead of a shell, on a Windows node: gets what came on stdin. */
  readonly windows?: (stdin: string) => Promise<{ code: number; stdout: string; stderr: string }>
  /** Whether paths in scripts are moved into the sandbox. Default: true. */
  readonly rewrite?: boolean
  /** Printed by the login shell before anything else, on stdout and stderr. */
  readonly noise?: string
  readonly env?: Readonly<Record<string, string>>
  /** Runs scripts instead of a real shell. */
  readonly runScript?: (script: string) => Promise<{ code: number; stdout: string; stderr: string }>
}

/** A simulated machine: an SSH server on loopback whose commands run in a sandbox folder. Faults are set on it. */
export interface SimNode {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly sandbox: string
  /** What was executed, in order: the command, and the script as it came on stdin. */
  readonly executed: { readonly command: string; readonly script: string }[]
  /** Connections that reached authentication since the start. */
  logins: number
  faults: Faults
  /** Cuts all connections now, as a broken network does. Commands go on without them. */
  dropConnections(): void
  /** From now on the connections there are hear and say nothing, as when packets are dropped. New ones are good. */
  freeze(): void
  /** Ends all units at once, as an out-of-memory kill does: nothing of theirs is written any more. */
  killJobs(): void
  /** Whether a unit that the action started runs. */
  runsJob(): boolean
  /** New boot id and no connections, and the units are gone. */
  reboot(): void
  stop(): Promise<void>
}

export interface Faults {
  /** Nobody is let in. */
  refuseAuth?: boolean
  /** Connections are accepted, and nothing is ever said. */
  stall?: boolean
  /** Hang up this many times before the handshake, as sshd does beyond MaxStartups. */
  hangUp?: number
  /** Sessions at once on one connection; more are refused, as beyond MaxSessions. */
  maxSessions?: number
  /** The connections break once more than this many bytes of a script have arrived. */
  cutScriptAt?: number
  /** Called with every script before it runs. */
  onExec?: (script: string, node: SimNode) => void | Promise<void>
  /** Called with every script after it ended and its exit code was sent. */
  onDone?: (script: string, node: SimNode) => void
}

/** Starts a simulated node; resolves when it listens. */
export async function startNode(options: NodeOptions): Promise<SimNode> {
  const sockets = new Set<Socket>()
  const shells = new Set<ChildProcess>()
  const ssh = new ssh2.Server({ hostKeys: [...options.hostKeys] })
  const listener = createServer({ noDelay: true })
  const dropConnections = (): void => sockets.forEach((socket) => socket.resetAndDestroy())
  const node: SimNode = {
    name: options.name,
    address: options.address,
    port: await listen(listener, options.address, options.port ?? 0),
    sandbox: options.sandbox,
    executed: [],
    logins: 0,
    faults: {},
    dropConnections,
    freeze: () => sockets.forEach((socket) => socket.pause()),
    killJobs: () => killUnits(options.sandbox),
    runsJob: () => unitFiles(options.sandbox).some((file) => isAlive(processIn(file))),
    reboot() {
      newBootId(options.sandbox)
      killUnits(options.sandbox)
      shells.forEach((shell) => killGroup(shell.pid))
      dropConnections()
    },
    stop: () =>
      new Promise((resolve) => {
        killUnits(options.sandbox)
        shells.forEach((shell) => killGroup(shell.pid))
        listener.close(() => resolve())
        dropConnections()
      }),
  }
  newBootId(options.sandbox)
  listener.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    if (node.faults.stall === true) return
    if ((node.faults.hangUp ?? 0) > 0) {
      node.faults.hangUp = (node.faults.hangUp ?? 0) - 1
      socket.resetAndDestroy()
    } else ssh.injectSocket(socket)
  })
  ssh.on('connection', (connection) => serve(connection, node, options, shells))
  return node
}

function listen(listener: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, address, () => resolve((listener.address() as AddressInfo).port))
  })
}

/** A boot of the simulated machine begins. */
function newBootId(sandbox: string): void {
  const folder = join(sandbox, 'proc/sys/kernel/random')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'boot_id'), `${randomUUID()}\n`)
}

/** Files of the units that there are now, or are just being made, with their processes. */
function unitFiles(sandbox: string): string[] {
  const folder = join(sandbox, 'run/sim-units')
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

/** 0: the file was renamed or removed a moment ago. */
function processIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 1 && process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Ends the units that the stand-in systemd-run started: their process groups, without a word. */
function killUnits(sandbox: string): void {
  for (const file of unitFiles(sandbox)) {
    killGroup(processIn(file))
    rmSync(file, { force: true })
  }
}

function killGroup(pid = 0): void {
  try {
    if (pid > 1) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

function serve(connection: Connection, node: SimNode, options: NodeOptions, shells: Set<ChildProcess>): void {
  const authorized = options.authorizedKeys.map((line) => {
    const key = ssh2.utils.parseKey(line)
    if (key instanceof Error) throw key
    return key
  })
  let sessions = 0
  connection.on('error', () => undefined)
  connection.on('authentication', (attempt) => authenticate(attempt, authorized, node, options))
  connection.on('session', (accept, reject) => {
    if (sessions >= (node.faults.maxSessions ?? Infinity)) {
      reject()
      return
    }
    sessions++
    const session = accept()
    session.on('close', () => sessions--)
    session.once('exec', (acceptExec, _reject, info) => {
      void execute(acceptExec(), info.command, node, options, shells)
    })
  })
  connection.on('tcpip', (accept, reject, info) => {
    const onward = connect({ host: info.destIP, port: info.destPort, noDelay: true })
    onward.once('error', () => reject())
    onward.once('connect', () => {
      const channel = accept()
      channel.on('error', () => undefined).on('close', () => onward.destroy())
      onward.on('error', () => undefined).on('close', () => channel.end())
      onward.pipe(channel).pipe(onward)
    })
  })
}

function authenticate(
  attempt: AuthContext,
  authorized: readonly ParsedKey[],
  node: SimNode,
  options: NodeOptions,
): void {
  if (attempt.method !== 'publickey' || node.faults.refuseAuth === true) {
    attempt.reject(['publickey'])
    return
  }
  const { key, blob, signature, hashAlgo } = attempt
  const known = authorized.find((one) => one.getPublicSSH().equals(key.data))
  const signed =
    signature === undefined || blob === undefined || known?.verify(blob, signature, hashAlgo ?? '') === true
  if (known === undefined || !signed || attempt.username !== (options.user ?? 'root')) {
    attempt.reject(['publickey'])
    return
  }
  if (signature !== undefined) node.logins++
  attempt.accept()
}

async function execute(
  channel: ServerChannel,
  command: string,
  node: SimNode,
  options: NodeOptions,
  shells: Set<ChildProcess>,
): Promise<void> {
  channel.on('error', () => undefined)
  if (options.noise !== undefined) {
    channel.write(options.noise)
    channel.stderr.write(options.noise)
  }
  const refusal = refuse(command, options)
  const script = refusal === undefined ? await readAll(channel, node) : ''
  node.executed.push({ command, script })
  if (refusal !== undefined) {
    channel.stderr.write(`${refusal}\n`)
    channel.exit(1)
    channel.end()
    return
  }
  await node.faults.onExec?.(script, node)
  const answer = options.windows ?? options.runScript
  if (answer !== undefined) {
    const { code, stdout, stderr } = await answer(script)
    if (!channel.writable || channel.destroyed) return
    channel.write(stdout)
    channel.stderr.write(stderr)
    channel.exit(code)
    channel.end()
    node.faults.onDone?.(script, node)
    return
  }
  const shell = runShell(
    channel,
    options.rewrite === false ? script : rewritePaths(script, options.sandbox),
    {
      cwd: options.sandbox,
      env: {
        PATH: [...(options.binDirs ?? []), '/usr/bin', '/bin'].join(':'),
        HOME: options.sandbox,
        SIM_ROOT: options.sandbox,
        SIM_NODE: options.name,
        ...options.env,
      },
    },
  )
  shells.add(shell)
  shell.once('exit', () => shells.delete(shell))
  shell.once('close', () => node.faults.onDone?.(script, node))
}

/** What the machine says to a command that it does not run; a node takes these commands only. */
function refuse(command: string, options: NodeOptions): string | undefined {
  if (options.windows !== undefined) {
    if (command === powershellCommand) return undefined
    return `'${command}' is not recognized as an internal or external command,\r\noperable program or batch file.`
  }
  const root = (options.user ?? 'root') === 'root'
  if (command === '/bin/sh -s' && root) return undefined
  if (command === 'sudo -n /bin/sh -s' && options.sudo !== false) return undefined
  if (command === 'sudo -n /bin/sh -s') return 'sudo: a password is required'
  return `sim: not allowed: ${command}`
}

/** Everything up to the end of stdin, or to the end of the connection: what came until then reaches the shell. */
function readAll(channel: ServerChannel, node: SimNode): Promise<string> {
  const chunks: Buffer[] = []
  let arrived = 0
  return new Promise((resolve) => {
    const done = (): void => resolve(Buffer.concat(chunks).toString('utf8'))
    channel.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      arrived += chunk.length
      if (arrived > (node.faults.cutScriptAt ?? Infinity)) node.dropConnections()
    })
    channel.once('end', done).once('close', done)
  })
}
