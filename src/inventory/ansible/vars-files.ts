import type { Problem } from '../problems.ts'
import { readYaml } from '../yaml.ts'
import { isMapping, readVariables } from './groups.ts'
import type { AnsibleModel, Variables } from './model.ts'
import { ansibleTags } from './tags.ts'

/** A file of variables, what to call it, and why it cannot be read. */
export type VarsFile = { readonly path: string } & ({ readonly text: string } | { readonly problem: string })

/** The files of variables of one group or host, in the order in which they are read; later ones win. */
export type VarsFiles = (folder: 'group_vars' | 'host_vars', name: string) => readonly VarsFile[]

/** Reads group_vars and host_vars of all groups and hosts there are into `model`. */
export function readVarsFiles(files: VarsFiles, model: AnsibleModel): Problem[] {
  const groups = [...new Set(['all', ...model.groups.keys()])]
  const sources = [
    ...groups.map((name) => ({ key: `group ${name}`, found: files('group_vars', name) })),
    ...[...model.hosts.keys()].map((name) => ({ key: `host ${name}`, found: files('host_vars', name) })),
  ]
  return sources.flatMap(({ key, found }) => {
    const variables: Variables = new Map()
    if (found.length > 0) model.files.set(key, variables)
    return found.flatMap((file) => readVarsFile(file, variables, model))
  })
}

function readVarsFile(file: VarsFile, variables: Variables, model: AnsibleModel): Problem[] {
  const { path } = file
  if ('problem' in file) return [{ file: path, line: undefined, path: '', message: file.problem }]
  const { text } = file
  if (text.startsWith('$ANSIBLE_VAULT;')) {
    model.encrypted.push(path)
    return []
  }
  const yaml = readYaml(text, ansibleTags)
  const problems: Problem[] = yaml.problems.map((problem) => ({ ...problem, file: path }))
  if (isMapping(yaml.value)) readVariables(yaml, yaml.value, [], variables, path)
  else if (yaml.value !== null && yaml.value !== undefined)
    problems.push({ file: path, line: 1, path: '', message: 'accepts a mapping of variables' })
  return problems
}
