/** The package repositories: one per minor, signed, as on pkgs.k8s.io. Packages are built once a machine; what a lab offers is its own. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CNI_VERSION } from '../build/binaries.ts'
import { step } from '../output.ts'
import { CACHE, HERE } from '../paths.ts'
import { run } from '../shell.ts'

const GNUPG = join(CACHE, 'gnupg')

/** `v1.36.4` is of minor `v1.36`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

export async function buildPackages(versions: readonly string[]): Promise<void> {
  await packaged('build-cni.sh', 'kubernetes-cni', CNI_VERSION, join(CACHE, 'bin/cni', CNI_VERSION))
  for (const version of versions) {
    await packaged('build.sh', version, version, join(CACHE, 'bin/kubernetes', version))
  }
  await run([join(HERE, 'packages/signing-key.sh'), GNUPG], { log: join(CACHE, 'logs/signing-key.log') })
}

async function packaged(script: string, folder: string, version: string, binaries: string): Promise<void> {
  const out = join(CACHE, 'debs', folder)
  if (existsSync(out)) return
  await mkdir(join(CACHE, 'debs'), { recursive: true })
  await step(`make the packages of ${folder}`, () =>
    run([join(HERE, 'packages', script), version, binaries, out], {
      log: join(CACHE, `logs/debs-${folder}.log`),
    }),
  )
}

/**
 * Publishes the versions below `root`, in one repository a minor. Repositories of other minors stay.
 * @param root the package server's root folder
 */
export async function publish(root: string, versions: readonly string[]): Promise<void> {
  for (const minor of new Set(versions.map(minorOf))) {
    const folders = versions.filter((version) => minorOf(version) === minor)
    const debs = ['kubernetes-cni', ...folders].flatMap((folder) =>
      readdirSync(join(CACHE, 'debs', folder)).map((deb) => join(CACHE, 'debs', folder, deb)),
    )
    const repository = join(root, 'core:/stable:', minor, 'deb')
    await mkdir(join(root, 'core:/stable:', minor), { recursive: true })
    await run([join(HERE, 'packages/publish.sh'), repository, minor, GNUPG, ...debs], {
      what: `publishing ${folders.join(', ')}`,
    })
  }
}

/** The signing key, as binary: what gpg --dearmor makes of Release.key. */
export function signingKeyCommand(): { argv: string[]; env: Record<string, string> } {
  return { argv: ['gpg', '--batch', '--export'], env: { GNUPGHOME: GNUPG } }
}
