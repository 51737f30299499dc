/** Reaching nodes as everybody else does: over SSH, with the lab's key, inside the lab's network. */
import { join } from 'node:path'
import { inNetwork, type LabPaths } from '../paths.ts'
import { attempt, run, sleep, type Result, type RunOptions } from '../shell.ts'
import { LabError } from '../output.ts'
import type { LabMachine } from '../topology.ts'

/** The ssh command for a node, host key checked, up to where the remote command follows. */
export function sshCommand(paths: LabPaths, node: LabMachine): string[] {
  return [
    ...inNetwork(paths),
    ...['ssh', '-F', 'none', '-i', join(paths.state, 'id_ed25519')],
    ...[
      '-o',
      `UserKnownHostsFile=${join(paths.state, 'known_hosts')}`,
      '-o',
      'GlobalKnownHostsFile=/dev/null',
    ],
    ...['-o', 'StrictHostKeyChecking=yes', '-o', 'IdentitiesOnly=yes', '-o', 'LogLevel=ERROR'],
    ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', '-o', 'ServerAliveInterval=5'],
    `${node.sshUser}@${node.host}`,
  ]
}

/** The remote command that reads a script from stdin and runs it as root. */
export function rootShell(node: LabMachine): string {
  return node.sshUser === 'root' ? '/bin/sh -s' : 'sudo -n /bin/sh -s'
}

/** Runs a script as root on a node; it must succeed. */
export function onNode(
  paths: LabPaths,
  node: LabMachine,
  script: string,
  options: RunOptions = {},
): Promise<string> {
  return run([...sshCommand(paths, node), rootShell(node)], {
    what: `a command on ${node.name}`,
    next: `npm run lab -- ssh ${node.name} --name ${paths.name}`,
    ...options,
    input: script,
  })
}

/** Runs a script as root on a node, whatever becomes of it. */
export function tryOnNode(paths: LabPaths, node: LabMachine, script: string): Promise<Result> {
  return attempt([...sshCommand(paths, node), rootShell(node)], { input: script })
}

export async function waitForSsh(paths: LabPaths, node: LabMachine): Promise<void> {
  // Seconds on a quiet machine; a busy one gets the time that it needs.
  const deadline = Date.now() + 240_000
  for (;;) {
    const result = await tryOnNode(paths, node, 'true')
    if (result.code === 0) return
    if (Date.now() > deadline) {
      throw new LabError(`${node.name} (${node.host}) does not answer over SSH: ${result.stderr.trim()}`, {
        log: join(paths.logs, `${node.name}.log`),
        next: 'see whether the log shows systemd starting; if not, the machine lacks something a container needs',
      })
    }
    await sleep(100)
  }
}
