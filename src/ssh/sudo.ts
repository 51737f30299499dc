import type { Writable } from 'node:stream'

/*
 * Becoming root with a password, over a plain channel: sudo asks on stderr and reads stdin. The password is sent only when sudo
 * has asked, and the script only when the shell has said that it runs, so that neither is ever taken for the other. Nothing of
 * it stands in a process list or a file.
 */

const prompt = '[kubeadm-upgrade: password for sudo]'
const ready = 'kubeadm-upgrade: the shell runs'

/** What is sent to become root; the words mean the same in every login shell. */
export const sudoWithPassword = `sudo -S -p '${prompt}' /bin/sh -c 'echo "${ready}"; exec /bin/sh -s'`

/** Answers a command that was started with `sudoWithPassword`. */
export class SudoAnswers {
  private readonly stdin: Writable
  private readonly password: string
  private readonly script: string
  private heardOut = ''
  private heardErr = ''
  private asked = false
  private done = false

  constructor(stdin: Writable, password: string, script: string) {
    this.stdin = stdin
    this.password = password
    this.script = script
  }

  /** Gets what the command printed on stdout. */
  out(chunk: Buffer): void {
    if (this.done) return
    this.heardOut += chunk.toString('latin1')
    if (!this.heardOut.includes(`${ready}\n`)) return
    this.done = true
    this.stdin.end(this.script)
  }

  /** Gets what the command printed on stderr. */
  err(chunk: Buffer): void {
    if (this.done) return
    this.heardErr += chunk.toString('latin1')
    const questions = this.heardErr.split(prompt).length - 1
    if (questions > 1) {
      // It asks again: the password is wrong. Another try would count against the account.
      this.done = true
      this.stdin.end()
    } else if (questions === 1 && !this.asked) {
      this.asked = true
      this.stdin.write(`${this.password}\n`)
    }
  }
}

/** What sudo said, without our own words. */
export function withoutPrompt(text: string): string {
  return text.replaceAll(prompt, '').replaceAll(`${ready}\n`, '')
}
