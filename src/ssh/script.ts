import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Script } from './remote.ts'

/**
 * A script that is shipped as a `.sh` or `.ps1` file.
 *
 * The address has to be written at the call site as a literal `new URL('./scripts/x.sh', import.meta.url)`: that is
 * what the build looks for to put the text into `dist/`.
 */
export function loadScript(name: string, file: URL): Script {
  const text = readFileSync(file, 'utf8')
  return file.pathname.endsWith('.ps1') ? { name, text, shell: 'powershell' } : { name, text }
}

/** Several files of one shell as one script, in this order: functions first, the one that uses them last. */
export function joinScripts(name: string, ...parts: readonly Script[]): Script {
  const text = parts.map((part) => `# ${basename(part.name)}\n${part.text}`).join('\n')
  const [first] = parts
  return first?.shell === undefined ? { name, text } : { name, text, shell: first.shell }
}
