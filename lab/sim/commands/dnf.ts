import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareVersions, minorOf, type Version } from '../../../src/versions/version.ts'
import { rpmVersion } from '../model/releases.ts'
import type { Call, Command } from './command.ts'

/** Only as far as a worker with dnf 4 needs it; what real dnf, dnf5 and zypper do is seen on the real cluster. */
export const dnf: Command = async (call) => {
  const [verb = '', ...names] = call.args.filter((word) => !word.startsWith('-'))
  const minor = repositoryMinor(call)
  const offered = call.cluster.offered.filter((one) => minorOf(one) === minor)
  await call.sleep(1)
  if (offered.length === 0) {
    call.err("Error: Failed to download metadata for repo 'kubernetes': Cannot download repomd.xml")
    return 1
  }
  switch (verb) {
    case 'makecache':
      call.out('Metadata cache created.')
      return 0
    case 'repoquery':
      call.out(...offered.toSorted(compareVersions).map(rpmVersion))
      return 0
    case 'install':
      return install(call, names, offered)
    default:
      call.err(`No such command: ${verb}. Please use /usr/bin/dnf --help`)
      return 1
  }
}

/** The minor that the repository file of `reposdir` names. */
function repositoryMinor(call: Call): string | undefined {
  const given = call.options('--setopt').find((option) => option.startsWith('reposdir='))
  const folder = call.machine.path(given?.slice('reposdir='.length) ?? '/etc/yum.repos.d')
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.repo')) : []
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
  return /^baseurl=.*core:\/stable:\/v(\d+\.\d+)\//m.exec(text)?.[1]
}

async function install(call: Call, names: readonly string[], offered: readonly Version[]): Promise<number> {
  const { machine } = call
  const wanted = names.map((text) => {
    const [, name = '', number = ''] = /^(\w+)-(.+)-\*$/.exec(text) ?? []
    return { text, name, found: offered.find((one) => rpmVersion(one).startsWith(`${number}-`)) }
  })
  for (const { text, found } of wanted) {
    if (!call.has('--disableexcludes=kubernetes'))
      call.err(`All matches were filtered out by exclude filtering for argument: ${text}`)
    else if (found === undefined) call.err(`No match for argument: ${text}`)
    else continue
    call.err(`Error: Unable to find a match: ${text}`)
    return 1
  }
  if (call.options('--setopt').includes('tsflags=test')) {
    call.out('Transaction test succeeded.', 'Complete!')
    return 0
  }
  for (const { name, found } of wanted) {
    if (found === undefined) continue
    await call.sleep(2)
    machine.packages.set(name, { version: rpmVersion(found), state: 'ii' })
    call.out(`  Upgrading        : ${name}-${rpmVersion(found)}.x86_64`)
  }
  call.out('Complete!')
  return 0
}

/** rpm -q [--qf FORMAT] NAME... */
export const rpm: Command = (call) => {
  const format = call.option('--qf') ?? '%{NAME}-%{VERSION}-%{RELEASE}.x86_64\\n'
  const names = call.args.filter((word) => !word.startsWith('-') && word !== format)
  let code = 0
  for (const name of names) {
    const found = call.machine.packageManager === 'dnf' ? call.machine.packages.get(name) : undefined
    if (found === undefined) {
      call.out(`package ${name} is not installed`)
      code = 1
      continue
    }
    const [number = '', release = ''] = found.version.split(/-(?=150500)/)
    const values: Record<string, string> = { NAME: name, VERSION: number, RELEASE: release }
    const text = format.replace(/%\{(\w+)\}/g, (_all, field: string) => values[field] ?? '(none)')
    call.raw(text.replaceAll('\\t', '\t').replaceAll('\\n', '\n'))
  }
  return code
}
