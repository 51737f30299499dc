/** Where things are. Big data never lies in the checkout. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { LabError } from './output.ts'

/** This folder, `lab/cluster`. */
export const HERE = import.meta.dirname
export const REPOSITORY = resolve(HERE, '../..')

/** Built once per machine, shared by all labs: binaries, packages, images, the node image. */
export const CACHE = process.env['KUBEADM_UPGRADE_LAB_CACHE'] ?? join(homedir(), '.cache/kubeadm-upgrade-lab')

/** Node disks and logs of all labs. */
export const DATA = process.env['KUBEADM_UPGRADE_LAB_DATA'] ?? '/var/lib/kubeadm-upgrade-lab'

export interface LabPaths {
  name: string
  /** What users of the lab read: inventory.yaml, id_ed25519, known_hosts. */
  state: string
  data: string
  /** What `up` made and how far it came. */
  record: string
  logs: string
  /** Root of the package server. */
  packages: string
  /** Bytes a second the package server may send; absent: no limit. */
  throttle: string
  netns: string
}

export function labPaths(name: string): LabPaths {
  if (!/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) {
    throw new LabError(`lab name "${name}" is not valid`, {
      next: 'use up to 20 lower-case letters, digits and dashes',
    })
  }
  const data = join(DATA, name)
  return {
    name,
    state: join(REPOSITORY, name === 'default' ? '.lab' : `.lab-${name}`),
    data,
    record: join(data, 'lab.json'),
    logs: join(data, 'logs'),
    packages: join(data, 'packages'),
    throttle: join(data, 'throttle'),
    netns: `/run/netns/kubeadm-lab-${name}`,
  }
}

/** Command prefix that runs what follows inside the lab's network. */
export function inNetwork(paths: LabPaths): string[] {
  return ['nsenter', `--net=${paths.netns}`, '--']
}

export function requireRunning(paths: LabPaths): void {
  if (existsSync(paths.netns)) return
  throw new LabError(`lab "${paths.name}" is not running`, { next: `npm run lab -- up --name ${paths.name}` })
}

/** The tree `dirname/.building-basename` of a thing that appears by rename. */
export function unfinished(path: string): string {
  return join(dirname(path), `.building-${path.slice(dirname(path).length + 1)}`)
}
