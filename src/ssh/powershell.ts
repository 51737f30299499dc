import { randomBytes } from 'node:crypto'
import type { Script } from './remote.ts'
import { loadScript } from './script.ts'
import { framed, type Framed } from './shell.ts'

const bootstrap = loadScript('powershell-stdin', new URL('./scripts/powershell-stdin.ps1', import.meta.url))
const preamble = loadScript(
  'powershell-preamble',
  new URL('./scripts/powershell-preamble.ps1', import.meta.url),
)

/**
 * The command that a Windows node gets, the same for every script. Encoded, since cmd.exe and PowerShell, whichever sshd
 * starts, quote in different ways. Text formats: else PowerShell writes errors as XML.
 */
export const powershellCommand = [
  'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -InputFormat Text -OutputFormat Text -EncodedCommand',
  Buffer.from(withoutComments(bootstrap.text), 'utf16le').toString('base64'),
].join(' ')

/** The command line may have 8,191 characters. */
function withoutComments(text: string): string {
  return text.replaceAll(/^#.*\n/gm, '')
}

/**
 * `value` as one word of PowerShell, whatever it holds: everything inside single quotes is literal there. It takes four
 * other characters for single quotes as well.
 * @throws {Error} on a NUL, as for sh
 */
export function quotePowerShell(value: string): string {
  if (value.includes('\0')) throw new Error('An argument of a script must not hold a NUL character.')
  return `'${value.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`
}

/** A script with its arguments in `$args`. */
function block(script: Script, args: readonly string[]): string {
  return [`& {`, `# ${script.name}`, script.text, `} ${args.map(quotePowerShell).join(' ')}`].join('\n')
}

/** A script ready for the stdin of `powershellCommand`, and the means to find its output in what comes back. */
export function framePowerShell(script: Script, args: readonly string[] = []): Framed {
  const marker = `kubeadm-upgrade:${randomBytes(12).toString('hex')}`
  const begin = `[Console]::Out.WriteLine('${marker}'); [Console]::Error.WriteLine('${marker}')`
  // One block: of a script that a broken connection has cut, PowerShell runs nothing.
  const program = ['& {', preamble.text, begin, block(script, args), '}'].join('\n')
  return framed(Buffer.from(program, 'utf8').toString('base64'), marker)
}

/** The file that a job runs. */
export function powershellJob(script: Script, args: readonly string[]): string {
  return [preamble.text, block(script, args), ''].join('\n')
}
