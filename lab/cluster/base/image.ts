/** The node images: Debian root file systems, made once a machine for each version of their recipe. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { step } from '../output.ts'
import { CACHE, HERE } from '../paths.ts'
import { run } from '../shell.ts'
import type { PackageManager } from '../topology.ts'

/**
 * The image of nodes whose packages come through `manager`; those of apt have the same as those without packages.
 * @returns the image's folder
 */
export async function nodeImage(manager: PackageManager = 'apt'): Promise<string> {
  const kind = manager === 'none' ? 'apt' : manager
  const scripts = kind === 'dnf5' ? ['debootstrap.sh', 'dnf5.sh'] : ['debootstrap.sh']
  const hash = createHash('sha256')
  for (const script of scripts) hash.update(await readFile(join(HERE, 'base', script)))
  const folder = join(CACHE, 'base', `${kind}-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(folder)) return folder
  await mkdir(join(CACHE, 'base'), { recursive: true })
  const log = join(CACHE, `logs/base-${kind}.log`)
  await step(`make the node image (${kind}) with debootstrap`, () =>
    run([join(HERE, 'base/debootstrap.sh'), folder, kind], {
      log,
      what: `making the node image (${kind})`,
      next: 'does this machine reach its apt mirror?',
    }),
  )
  return folder
}
