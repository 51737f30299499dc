/** The node image: a Debian root file system, made once a machine for each version of its recipe. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { step } from '../output.ts'
import { CACHE, HERE } from '../paths.ts'
import { run } from '../shell.ts'

/** @returns the image's folder */
export async function nodeImage(): Promise<string> {
  const recipe = join(HERE, 'base/debootstrap.sh')
  const id = createHash('sha256')
    .update(await readFile(recipe))
    .digest('hex')
    .slice(0, 12)
  const folder = join(CACHE, 'base', id)
  if (existsSync(folder)) return folder
  await mkdir(join(CACHE, 'base'), { recursive: true })
  const log = join(CACHE, 'logs/base.log')
  await step('make the node image with debootstrap', () =>
    run([recipe, folder], {
      log,
      what: 'making the node image',
      next: 'does this machine reach its apt mirror?',
    }),
  )
  return folder
}
