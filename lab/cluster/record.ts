/** What a lab is, kept beside its disks, so that every later command knows it. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LabError } from './output.ts'
import type { Bases } from './node/nodes.ts'
import { HERE, type LabPaths } from './paths.ts'
import type { Topology } from './topology.ts'

export interface LabRecord {
  topology: Topology
  /** Folders of the node images. */
  bases: Bases
  /** Folder of the nodes' disks with their golden snapshots. */
  disks: string
  /** `creating` until `up` has come to its end: what is left of a killed `up` is thrown away by the next one. */
  phase: 'creating' | 'ready'
}

export function readRecord(paths: LabPaths): LabRecord | undefined {
  if (!existsSync(paths.record)) return undefined
  return JSON.parse(readFileSync(paths.record, 'utf8')) as LabRecord
}

export function requireRecord(paths: LabPaths): LabRecord {
  const record = readRecord(paths)
  if (record?.phase === 'ready') return record
  throw new LabError(
    record ? `the last "up" of lab "${paths.name}" did not finish` : `there is no lab "${paths.name}"`,
    {
      next: `npm run lab -- up --name ${paths.name}`,
    },
  )
}

export async function writeRecord(paths: LabPaths, record: LabRecord): Promise<void> {
  await mkdir(paths.data, { recursive: true })
  await writeFile(paths.record, JSON.stringify(record, null, 2))
}

/** One folder of disks for each cluster that a lab has had; what is offered for upgrades is not on the disks. */
export function disksFolder(paths: LabPaths, topology: Topology): string {
  return join(
    paths.data,
    'disks',
    `${topology.version}-${shortHash(JSON.stringify({ ...topology, offered: [] }))}`,
  )
}

/** Changes when what is put on the disks changes: the golden snapshots are then made anew. */
export function recipe(bases: Bases): string {
  const folders = ['node', 'bootstrap', 'packages', 'images']
  return shortHash(
    JSON.stringify(bases) +
      folders
        .flatMap((folder) => filesBelow(join(HERE, folder)))
        .map((file) => readFileSync(file, 'utf8'))
        .join(),
  )
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10)
}
