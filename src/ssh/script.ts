import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Script } from './remote.ts'

/**
 * A script that is shipped as a `.sh` file.
 *
 * The address has to be written at the call site as a literal `new URL('./scripts/x.sh', import.meta.url)`: that is
 * what the bundler looks for to copy the file into `dist/`. It copies by base name, so names are unique in `src/`.
 */
export function loadScript(name: string, file: URL): Script {
  return { name, text: readFileSync(file, 'utf8') }
}

/** Several shell files as one script, in this order: functions first, the one that uses them last. */
export function joinScripts(name: string, ...parts: readonly Script[]): Script {
  return { name, text: parts.map((part) => `# ${basename(part.name)}\n${part.text}`).join('\n') }
}
