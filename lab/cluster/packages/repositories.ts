/** The package repositories: one per minor, signed, as on pkgs.k8s.io; and the programs, as on dl.k8s.io. Packages are built once a machine; what a lab offers is its own. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CNI_VERSION } from '../build/binaries.ts'
import { step } from '../output.ts'
import { CACHE, HERE } from '../paths.ts'
import { run } from '../shell.ts'
import { isRpm, type PackageManager } from '../topology.ts'

const GNUPG = join(CACHE, 'gnupg')

/** `v1.36.4` is of minor `v1.36`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

export async function buildPackages(
  versions: readonly string[],
  managers: readonly PackageManager[],
): Promise<void> {
  await run([join(HERE, 'packages/signing-key.sh'), GNUPG], { log: join(CACHE, 'logs/signing-key.log') })
  const cni = join(CACHE, 'bin/cni', CNI_VERSION)
  await packaged('debs', 'kubernetes-cni', [join(HERE, 'packages/build-cni.sh'), CNI_VERSION, cni])
  for (const version of versions) {
    await packaged('debs', version, [join(HERE, 'packages/build.sh'), version, binariesOf(version)])
  }
  if (!managers.some(isRpm)) return
  const rpms = join(HERE, 'packages/build-rpms.sh')
  await packaged('rpms', 'kubernetes-cni', [rpms, GNUPG, 'kubernetes-cni', CNI_VERSION, cni])
  for (const version of versions) {
    await packaged('rpms', version, [rpms, GNUPG, 'kubernetes', version, binariesOf(version)])
  }
}

function binariesOf(version: string): string {
  return join(CACHE, 'bin/kubernetes', version)
}

/** Runs a script whose last argument is the folder that it makes, unless it is there. */
async function packaged(kind: 'debs' | 'rpms', folder: string, argv: string[]): Promise<void> {
  const out = join(CACHE, kind, folder)
  if (existsSync(out)) return
  await mkdir(join(CACHE, kind), { recursive: true })
  await step(`make the ${kind} of ${folder}`, () =>
    run([...argv, out], { log: join(CACHE, `logs/${kind}-${folder}.log`) }),
  )
}

/**
 * Publishes the versions below `root`, in one repository a minor, for the package managers that the nodes have. Repositories
 * of other minors stay.
 * @param root the package server's root folder
 */
export async function publish(
  root: string,
  versions: readonly string[],
  managers: readonly PackageManager[],
): Promise<void> {
  for (const minor of new Set(versions.map(minorOf))) {
    const folders = versions.filter((version) => minorOf(version) === minor)
    const folder = join(root, 'core:/stable:', minor)
    await mkdir(folder, { recursive: true })
    const what = `publishing ${folders.join(', ')}`
    const debs = filesIn('debs', ['kubernetes-cni', ...folders])
    await run([join(HERE, 'packages/publish.sh'), join(folder, 'deb'), minor, GNUPG, ...debs], { what })
    if (!managers.some(isRpm)) continue
    const rpms = filesIn('rpms', ['kubernetes-cni', ...folders])
    await run([join(HERE, 'packages/publish-rpms.sh'), join(folder, 'rpm'), GNUPG, ...rpms], { what })
  }
  if (!managers.includes('none')) return
  for (const version of versions) {
    await run([join(HERE, 'packages/publish-binaries.sh'), root, version, binariesOf(version)])
  }
}

function filesIn(kind: 'debs' | 'rpms', folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(CACHE, kind, folder)).map((name) => join(CACHE, kind, folder, name)),
  )
}

/** The signing key, as binary: what gpg --dearmor makes of Release.key. */
export function signingKeyCommand(): { argv: string[]; env: Record<string, string> } {
  return { argv: ['gpg', '--batch', '--export'], env: { GNUPGHOME: GNUPG } }
}
