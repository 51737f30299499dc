import { join } from 'node:path'
import { compareVersions, minorOf, type Minor } from '../../../src/versions/version.ts'
import type { Package } from '../model/machine.ts'
import { packageVersion, version } from '../model/releases.ts'
import type { Call, Command } from './command.ts'

/** An apt repository that a file of sources names. */
interface Source {
  /** Without the slash at its end: `https://packages.example/core:/stable:/v1.36/deb`. */
  readonly url: string
  readonly minor: Minor
}

/** Packages that a repository of a minor has, beside those that follow its versions. */
const kubernetesPackages = ['kubeadm', 'kubectl', 'kubelet']

/** apt-get: update, install of exact versions, download of them into the current folder. */
export const aptGet: Command = async (call) => {
  const [verb = '', ...names] = call.args.filter(
    (word, at) => !word.startsWith('-') && call.args[at - 1] !== '-o',
  )
  if (verb === 'update') return update(call)
  if (verb === 'install') return install(call, names)
  if (verb === 'download') return downloadHere(call, names)
  call.err(`E: Invalid operation ${verb}`)
  return 100
}

/** apt-cache madison. */
export const aptCache: Command = (call) => {
  const name = call.args.find((word) => kubernetesPackages.includes(word)) ?? ''
  for (const { url, version: found } of available(call, name))
    call.out(`${name.padStart(10)} | ${found.padEnd(10)} | ${url}  Packages`)
  return 0
}

/** apt-mark: hold, unhold, showhold. */
export const aptMark: Command = (call) => {
  const { holds, packages } = call.machine
  const [verb, ...names] = call.args
  if (verb === 'showhold') {
    call.out(...[...holds].toSorted())
    return 0
  }
  if (call.machine.dpkgLock !== '') {
    call.err(
      `E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by ${call.machine.dpkgLock}`,
      'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
    )
    return 100
  }
  const unknown = names.find((name) => !packages.has(name))
  if (unknown !== undefined) {
    call.err(`E: Unable to locate package ${unknown}`)
    return 100
  }
  for (const name of names) {
    const held = holds.has(name)
    if (verb === 'hold') {
      holds.add(name)
      call.out(held ? `${name} was already set on hold.` : `${name} set on hold.`)
    } else {
      holds.delete(name)
      call.out(held ? `Canceled hold on ${name}.` : `${name} was already not on hold.`)
    }
  }
  return 0
}

function setting(call: Call, name: string): string | undefined {
  return call
    .options('-o')
    .filter((option) => option.startsWith(`${name}=`))
    .at(-1)
    ?.slice(name.length + 1)
}

/** The repositories of the sources that apt reads with these options. */
function sources(call: Call): Source[] {
  const folder = call.machine.path(setting(call, 'Dir::Etc::sourceparts') ?? '/etc/apt/sources.list.d')
  const files = call.machine.names(folder).filter((file) => /\.(list|sources)$/.test(file))
  return files.flatMap((file) => {
    const lines = (call.machine.read(join(folder, file)) ?? '').split('\n')
    return lines.flatMap((line) => {
      const url = /^(?:deb\s|URIs:).*?(https?:\/\/\S*core:\/stable:\/v(\d+\.\d+)\/deb)\/?/.exec(line)
      return url === null ? [] : [{ url: url[1] ?? '', minor: (url[2] ?? '') as Minor }]
    })
  })
}

/** The file in which apt keeps a repository's index. */
function listFile(call: Call, source: Source): string {
  const lists = call.machine.path(setting(call, 'Dir::State::lists') ?? '/var/lib/apt/lists')
  return join(lists, `${source.url.replace(/^https?:\/\//, '').replaceAll('/', '_')}_Packages`)
}

async function update(call: Call): Promise<number> {
  const cleanup = setting(call, 'APT::Get::List-Cleanup') !== '0'
  const all = sources(call)
  await call.sleep(1)
  const failed: Source[] = []
  for (const [at, source] of all.entries()) {
    const found = call.cluster.offered.filter((one) => minorOf(one) === source.minor)
    if (found.length === 0) {
      failed.push(source)
      call.out(`Err:${at + 1} ${source.url}  InRelease`, '  403  Forbidden')
      continue
    }
    call.out(`Get:${at + 1} ${source.url}  InRelease [1227 B]`)
    const file = listFile(call, source)
    if (cleanup) clean(call, join(file, '..'))
    call.machine.write(file, found.map((one) => `Version: ${packageVersion(one)}\n`).join('\n'))
  }
  call.out('Reading package lists...')
  if (failed.length === 0) return 0
  for (const { url } of failed) {
    call.err(
      `E: Failed to fetch ${url}/InRelease  403  Forbidden`,
      `E: The repository '${url}  InRelease' is not signed.`,
    )
  }
  return 100
}

function clean({ machine }: Call, folder: string): void {
  for (const file of machine.names(folder)) if (file.endsWith('_Packages')) machine.remove(join(folder, file))
}

/** The versions of a package in the lists of the sources, newest first. */
function available(call: Call, name: string): { url: string; version: string }[] {
  if (!kubernetesPackages.includes(name)) return []
  return sources(call).flatMap((source) => {
    const file = listFile(call, source)
    const text = call.machine.read(file) ?? ''
    const found = [...text.matchAll(/^Version: (.+)$/gm)].map((match) => match[1] ?? '')
    return found
      .toSorted((a, b) => compareVersions(version(b), version(a)))
      .map((one) => ({ url: source.url, version: one }))
  })
}

interface Wanted {
  readonly name: string
  readonly version: string
}

async function install(call: Call, names: readonly string[]): Promise<number> {
  const { machine } = call
  call.out('Reading package lists...', 'Building dependency tree...', 'Reading state information...')
  const wanted = names.map((name) => resolve(call, name))
  const absent = wanted.findIndex((one) => one === undefined)
  if (absent >= 0) {
    const [name = '', asked = ''] = (names[absent] ?? '').split('=')
    call.err(`E: Version '${asked}' for '${name}' was not found`)
    return 100
  }
  const changes = wanted.filter((one): one is Wanted => one !== undefined && !isInstalled(call, one))
  if (changes.length > 0 && refusals(call, changes)) return 100
  call.out(`${changes.length} upgraded, 0 newly installed, 0 to remove and 0 not upgraded.`)
  if (!(await takeLock(call))) return 100
  try {
    for (const change of changes) await download(call, change)
    if (call.has('--download-only', '-d')) {
      call.out('Download complete and in download only mode')
      return 0
    }
    for (const change of changes) {
      const before = machine.packages.get(change.name)
      const file = `${change.name}_${change.version}_amd64.deb`
      call.out(`Preparing to unpack .../${file} ...`)
      await call.sleep(2)
      call.out(`Unpacking ${change.name} (${change.version}) over (${before?.version ?? ''}) ...`)
      machine.packages.set(change.name, { version: change.version, state: 'iU' })
    }
    await call.sleep(1)
    for (const change of changes) configure(call, change.name)
    return 0
  } finally {
    machine.dpkgLock = ''
  }
}

/** `kubeadm=1.37.1-*` as the newest version that matches. */
function resolve(call: Call, text: string): Wanted | undefined {
  const [name = '', pattern = '*'] = text.split('=')
  const match = new RegExp(`^${pattern.replace(/[.+~]/g, '\\$&').replaceAll('*', '.*')}$`)
  const found = available(call, name).find((one) => match.test(one.version))
  const installed = call.machine.packages.get(name)
  // What is installed can be chosen too, from dpkg's own list.
  if (found === undefined && installed !== undefined && match.test(installed.version))
    return { name, version: installed.version }
  return found === undefined ? undefined : { name, version: found.version }
}

function isInstalled({ machine }: Call, { name, version: wanted }: Wanted): boolean {
  const found = machine.packages.get(name)
  return found?.version === wanted && found.state === 'ii'
}

/** Whether apt refuses the changes; says why. */
function refusals(call: Call, changes: readonly Wanted[]): boolean {
  const { machine } = call
  const held = changes.some(({ name }) => machine.holds.has(name))
  call.out('The following packages will be upgraded:', `  ${changes.map(({ name }) => name).join(' ')}`)
  if (held && !call.has('--allow-change-held-packages')) {
    call.err('E: Held packages were changed and -y was used without --allow-change-held-packages.')
    return true
  }
  const down = changes.some(({ name, version: wanted }) => {
    const installed = machine.packages.get(name)
    return installed !== undefined && compareVersions(version(wanted), version(installed.version)) < 0
  })
  if (down && !call.has('--allow-downgrades')) {
    call.err('E: Packages were downgraded and -y was used without --allow-downgrades.')
    return true
  }
  return false
}

/** dpkg's lock, waited for as long as DPkg::Lock::Timeout says. */
async function takeLock(call: Call): Promise<boolean> {
  const { machine } = call
  const timeout = Number(setting(call, 'DPkg::Lock::Timeout') ?? 0)
  if (machine.dpkgLock !== '')
    call.out(
      `Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by ${machine.dpkgLock}`,
    )
  if (!(await call.until(() => machine.dpkgLock === '', timeout))) {
    call.err(
      `E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by ${machine.dpkgLock}`,
      'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
    )
    return false
  }
  machine.dpkgLock = 'process 4711 (apt-get)'
  return true
}

async function download(call: Call, { name, version: wanted }: Wanted): Promise<void> {
  const cache = setting(call, 'Dir::Cache')
  const folder = cache === undefined ? '/var/cache/apt/archives' : `${cache}/archives`
  const file = join(folder, `${name}_${wanted}_amd64.deb`)
  if (call.machine.read(file) !== undefined) return
  await call.sleep(3)
  call.out(
    `Get:1 https://packages.example/core:/stable:/v${minorOf(version(wanted))}/deb  ${name} ${wanted} [12.5 MB]`,
  )
  call.machine.write(file, `${name} ${wanted}\n`)
}

/** apt's own lists say where the folder is: our scripts go there before they download. */
async function downloadHere(call: Call, names: readonly string[]): Promise<number> {
  const folder = join(setting(call, 'Dir::State::lists') ?? '/root/lists', '..')
  for (const text of names) {
    const wanted = resolve(call, text)
    if (wanted === undefined) {
      const [name = '', asked = ''] = text.split('=')
      call.err(`E: Version '${asked}' for '${name}' was not found`)
      return 100
    }
    await call.sleep(3)
    call.machine.write(
      join(folder, `${wanted.name}_${wanted.version}_amd64.deb`),
      `${wanted.name} ${wanted.version}\n`,
    )
  }
  return 0
}

function configure(call: Call, name: string): void {
  const found = call.machine.packages.get(name)
  if (found === undefined || found.state === 'ii') return
  call.out(`Setting up ${name} (${found.version}) ...`)
  call.machine.packages.set(name, { ...found, state: 'ii' })
}

/** dpkg --audit, dpkg --configure -a. */
export const dpkg: Command = (call) => {
  if (call.has('--audit', '-C')) return audit(call)
  if (!call.has('--configure')) {
    call.err('dpkg: error: need an action option')
    return 2
  }
  if (call.machine.dpkgLock !== '') {
    call.err(`dpkg: error: dpkg frontend lock was locked by ${call.machine.dpkgLock}`)
    return 2
  }
  for (const name of call.machine.packages.keys()) configure(call, name)
  return 0
}

/** Says nothing when all packages are in order. */
function audit(call: Call): number {
  const unpacked = [...call.machine.packages].filter(([, { state }]) => state !== 'ii')
  if (unpacked.length === 0) return 0
  call.out(
    'The following packages have been unpacked but not yet configured.',
    'They must be configured using dpkg --configure or the configure',
    'menu option in dselect for them to work:',
    ...unpacked.map(([name]) => ` ${name.padEnd(20)} (no description available)`),
    '',
  )
  return 0
}

/** dpkg-query -W -f FORMAT NAME...: with the three fields that our scripts ask for. */
export const dpkgQuery: Command = (call) => {
  const format = call.option('-f', '--showformat') ?? '${Package}\\t${Version}\\n'
  const names = call.args.slice(call.args.indexOf(format) + 1)
  if (call.machine.packageManager !== 'apt') return 1
  let code = 0
  for (const name of names.toSorted()) {
    const found = call.machine.packages.get(name)
    if (found === undefined) {
      call.err(`dpkg-query: no packages found matching ${name}`)
      code = 1
    } else call.raw(formatPackage(format, name, found, call.machine.holds.has(name)))
  }
  return code
}

function formatPackage(format: string, name: string, found: Package, held: boolean): string {
  return format
    .replaceAll('${Package}', name)
    .replaceAll('${Version}', found.version)
    .replaceAll('${db:Status-Abbrev}', `${held ? 'h' : 'i'}${found.state.slice(1)} `)
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n')
}

/** dpkg-deb -x FILE FOLDER: what is extracted is the command as a stand-in, which finds its version beside itself. */
export const dpkgDeb: Command = (call) => {
  const [file = '', folder = ''] = call.args.slice(call.args.indexOf('-x') + 1)
  const text = call.machine.read(file)
  if (text === undefined) {
    call.err(`dpkg-deb: error: failed to read archive '${file}': No such file or directory`)
    return 2
  }
  const [name = '', found = ''] = text.trim().split(' ')
  call.machine.write(`${folder}/usr/share/doc/${name}/version`, `${version(found)}\n`)
  call.machine.standIn(`${folder}/usr/bin/${name}`)
  return 0
}
