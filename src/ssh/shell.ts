import { randomBytes } from 'node:crypto'
import { setPositional } from './quote.ts'

/**
 * What every script on a node starts with. A PATH that sshd or sudo made short still finds what root needs; what the
 * machine put first stays first. Output is not translated, new files are the owner's only.
 */
export const preamble = [
  'unset KUBECONFIG CDPATH',
  'PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin"',
  'LC_ALL=C HOME="${HOME:-/root}"',
  'export PATH LC_ALL HOME',
  'umask 077',
].join('\n')

/** A script ready for the stdin of `/bin/sh -s`, and the means to find its output in what comes back. */
export interface Framed {
  readonly stdin: string
  /** What was printed after the begin marker; undefined if the script never began. */
  readonly unframe: (output: Buffer) => Buffer | undefined
}

/**
 * Wraps a script for `/bin/sh -s`.
 *
 * One compound command, so that the shell has read all of it before the first command runs: a connection cut half-way
 * runs nothing, and a command that reads stdin cannot eat the rest of the script. The markers divide its output from
 * what a login shell's start-up files print.
 */
export function frame(script: string, args: readonly string[] = []): Framed {
  const marker = `kubeadm-upgrade:${randomBytes(12).toString('hex')}`
  const begin = `printf '%s\\n' '${marker}'; printf '%s\\n' '${marker}' >&2`
  const stdin = `{\n${begin}\n${preamble}\n${setPositional(args)}\n${script}\n} </dev/null\n`
  return framed(stdin, marker)
}

/** What is sent, and the reader of what comes back after a line with the marker. */
export function framed(stdin: string, marker: string): Framed {
  return {
    stdin,
    unframe: (output) => {
      const at = output.indexOf(marker)
      // Lines of Windows end in two characters.
      const end = at < 0 ? -1 : output.indexOf('\n', at)
      return end < 0 ? undefined : output.subarray(end + 1)
    },
  }
}
