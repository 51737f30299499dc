import { spawn, type ChildProcess } from 'node:child_process'
import type { ServerChannel } from 'ssh2'

/**
 * Runs `script` with `/bin/sh -s` behind an SSH channel, as sshd does without a terminal: when the channel goes, the
 * shell lives on and learns of it only by a SIGPIPE at its next output.
 */
export function runShell(
  channel: ServerChannel,
  script: string,
  where: { cwd: string; env: NodeJS.ProcessEnv },
): ChildProcess {
  const child = spawn('/bin/sh', ['-s'], { ...where, detached: true })
  const open = (): boolean => channel.writable && !channel.destroyed
  child.stdin.on('error', () => undefined) // the shell may end before it has read everything
  child.stdin.end(script)
  child.stdout.on('data', (chunk: Buffer) => {
    if (open()) channel.write(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    if (open()) channel.stderr.write(chunk)
  })
  channel.once('close', () => {
    child.stdout.destroy()
    child.stderr.destroy()
  })
  child.once('error', () => channel.close())
  child.once('close', (code, signal) => {
    if (!open()) return
    if (code !== null) channel.exit(code)
    else channel.exit((signal ?? 'SIGKILL').slice('SIG'.length), false, '')
    channel.end()
  })
  return child
}
