/** What this machine must have: root, Go, some Debian packages. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { info, LabError, step } from './output.ts'
import { CACHE, HERE } from './paths.ts'
import { attempt, run } from './shell.ts'
import { isRpm, type PackageManager } from './topology.ts'

/** A program that must be there, and the Debian package that has it. */
const PROGRAMS: Record<string, string> = {
  debootstrap: 'debootstrap',
  'systemd-nspawn': 'systemd-container',
  'apt-ftparchive': 'apt-utils',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  haproxy: 'haproxy',
  'mkfs.btrfs': 'btrfs-progs',
  gpg: 'gnupg',
  ip: 'iproute2',
  losetup: 'mount',
  'ssh-keygen': 'openssh-client',
  curl: 'curl',
}
/** What only labs with rpm packages need. */
const RPM_PROGRAMS: Record<string, string> = { rpmbuild: 'rpm', createrepo_c: 'createrepo-c' }
const GO_MINIMUM = [1, 26] as const

/**
 * Limits that all nodes of all labs share, being one user's. With the usual 128 inotify instances the kubelets of a second lab
 * crash ("inotify_init: too many open files"). They are raised until the machine's next boot.
 */
const KERNEL_LIMITS: Record<string, number> = {
  '/proc/sys/fs/inotify/max_user_instances': 8192,
  '/proc/sys/fs/inotify/max_user_watches': 524_288,
}

export async function prepareHost(managers: readonly PackageManager[]): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new LabError('the lab needs root: it makes namespaces, mounts and cgroups', {
      next: 'sudo npm run lab -- …',
    })
  }
  await requireGo()
  for (const [file, least] of Object.entries(KERNEL_LIMITS)) raise(file, least)
  raiseInotifyLimit()
  const wanted = { ...PROGRAMS, ...(managers.some(isRpm) && RPM_PROGRAMS) }
  const missing = Object.entries(wanted).filter(([program]) => !findProgram(program))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(([, name]) => name))]
  const log = join(CACHE, 'logs/apt.log')
  await step(`install ${packages.join(', ')}`, () =>
    run([join(HERE, 'install-packages.sh'), ...packages], {
      log,
      what: 'installing Debian packages on this machine',
      next: 'install them yourself and try again',
    }),
  )
}

/** What two labs side by side need; with the usual 128, kube-proxy dies of "too many open files". */
const INOTIFY_INSTANCES = 2048

/** The limit counts for all of root's processes on the machine; it stays raised until the next boot. */
function raiseInotifyLimit(): void {
  const file = '/proc/sys/fs/inotify/max_user_instances'
  const limit = Number(readFileSync(file, 'utf8'))
  if (limit >= INOTIFY_INSTANCES) return
  writeFileSync(file, String(INOTIFY_INSTANCES))
  info(`  fs.inotify.max_user_instances raised from ${limit} to ${INOTIFY_INSTANCES} until the next boot`)
}

function raise(file: string, least: number): void {
  if (Number(readFileSync(file, 'utf8')) < least) writeFileSync(file, String(least))
}

function findProgram(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.some((folder) => existsSync(join(folder, program)))
}

async function requireGo(): Promise<void> {
  const next = `install Go ${GO_MINIMUM.join('.')} or newer (https://go.dev/dl/): the lab builds Kubernetes from its modules`
  const version = await attempt(['go', 'env', 'GOVERSION']).catch(() => undefined)
  if (version?.code !== 0) throw new LabError('go was not found', { next })
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version.stdout.trim()) ?? []
  const isOld =
    Number(major) < GO_MINIMUM[0] || (Number(major) === GO_MINIMUM[0] && Number(minor) < GO_MINIMUM[1])
  if (major === undefined || isOld)
    throw new LabError(`${version.stdout.trim()} is too old for the lab`, { next })
}
