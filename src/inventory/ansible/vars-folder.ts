import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { readSource } from '../source.ts'
import type { VarsFile, VarsFiles } from './vars-files.ts'

const extensions = ['', '.yml', '.yaml', '.json']

/**
 * The files of variables beside the inventory file, as Ansible finds them: `NAME`, `NAME.yml`, `NAME.yaml` or `NAME.json`, the
 * first of these that there is; of a folder, everything in it. They have to stay below the workspace, like the inventory.
 * @param path of the inventory, relative to the workspace; undefined when it was given as text, and nothing is beside it
 * Source: `find_vars_files` of ansible.parsing.dataloader.
 */
export function varsBeside(path: string | undefined, workspace: string | undefined): VarsFiles {
  if (path === undefined || workspace === undefined) return () => []
  const beside = dirname(path)
  return (folder, name) => {
    if (/[/\\\0]/.test(name)) return []
    const places = extensions.map((extension) => join(beside, folder, name + extension))
    const found = places.find((place) => existsSync(join(workspace, place)))
    return found === undefined ? [] : filesAt(found, workspace)
  }
}

function filesAt(place: string, workspace: string): VarsFile[] {
  if (!isFolder(join(workspace, place))) return [readFile(place, workspace)]
  return readdirSync(join(workspace, place))
    .toSorted()
    .filter((name) => !name.startsWith('.') && !name.endsWith('~') && isRead(join(workspace, place, name)))
    .flatMap((name) => filesAt(join(place, name), workspace))
}

function isRead(file: string): boolean {
  const extension = extname(file)
  return isFolder(file) ? extension === '' : extensions.includes(extension)
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true
}

function readFile(path: string, workspace: string): VarsFile {
  const source = readSource(path, workspace)
  return 'problem' in source ? { path, problem: source.problem } : { path, text: source.text }
}
