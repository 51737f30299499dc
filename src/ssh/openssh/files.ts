import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What the system's ssh has to read from files. All are secrets' neighbours: only the owner can read them. */
export interface OpenSshFiles {
  readonly folder: string
  readonly knownHosts: string
  /** Undefined: the agent has the key. */
  readonly key: string | undefined
  readonly certificate: string | undefined
  /** The place of the next control socket. */
  socket(): string
  /** Removes all of it. */
  remove(): void
}

/** A control socket's path may have 108 bytes, and ssh needs 17 of them for a name of its own until it is ready. */
const longestFolder = 108 - 17 - '/s99999'.length - 1

/**
 * Writes the files into a new folder that only the owner can enter.
 * @param temporary RUNNER_TEMP; another place is taken when its path is too long for a socket
 */
export function writeFiles(
  temporary: string,
  texts: { knownHosts: string; key: string | undefined; certificate: string | undefined },
): OpenSshFiles {
  const name = 'kubeadm-upgrade-ssh-'
  const parent = join(temporary, `${name}XXXXXX`).length <= longestFolder ? temporary : tmpdir()
  const folder = mkdtempSync(join(parent, name))
  const write = (file: string, text: string | undefined): string | undefined => {
    if (text === undefined) return undefined
    writeFileSync(join(folder, file), text, { mode: 0o600 })
    return join(folder, file)
  }
  let sockets = 0
  return {
    folder,
    knownHosts: write('known_hosts', texts.knownHosts.replaceAll('\r\n', '\n')) ?? '',
    key: write('key', texts.key),
    certificate: write('key-cert.pub', texts.certificate),
    socket: () => join(folder, `s${++sockets}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Ends the masters of a run that was killed, and removes its folder. */
export function removeLeft(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder).filter((file) => /^s\d+$/.test(file)))
    spawnSync('ssh', ['-F', 'none', '-S', join(folder, name), '-O', 'exit', 'any'], { timeout: 2000 })
  rmSync(folder, { recursive: true, force: true })
}
