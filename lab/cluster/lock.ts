/** One process at a time: labs share the cache, and two commands on one lab would work against each other. */
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { info } from './output.ts'
import { sleep } from './shell.ts'

/** Waits for the lock, runs the work, frees the lock. A lock whose holder is gone is taken over. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  while (!take(path)) {
    if (!told) info(`  … waiting for process ${holder(path)}, which holds ${path}`)
    told = true
    await sleep(200)
  }
  const free = (): void => rmSync(path, { force: true })
  process.once('exit', free)
  try {
    return await work()
  } finally {
    free()
    process.removeListener('exit', free)
  }
}

function take(path: string): boolean {
  const mine = `${path}.${process.pid}`
  writeFileSync(mine, String(process.pid))
  try {
    linkSync(mine, path)
    return true
  } catch {
    const pid = holder(path)
    if (pid !== '' && !existsSync(`/proc/${pid}`)) rmSync(path, { force: true })
    return false
  } finally {
    rmSync(mine, { force: true })
  }
}

function holder(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
