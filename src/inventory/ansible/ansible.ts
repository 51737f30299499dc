import type { Inventory, SshOverrides } from '../inventory.ts'
import { byLine, show } from '../problems.ts'
import type { Parsed, Problem } from '../problems.ts'
import { readYaml } from '../yaml.ts'
import { isMapping, readGroups } from './groups.ts'
import { readIni } from './ini.ts'
import { AnsibleModel } from './model.ts'
import { nodesOf } from './nodes.ts'
import { ansibleTags } from './tags.ts'
import { readVarsFiles } from './vars-files.ts'
import type { VarsFiles } from './vars-files.ts'

/*
 * Start reading here. ini.ts and groups.ts read the two formats of the file into the model, vars-files.ts what stands beside it
 * in group_vars and host_vars; nodes.ts says which hosts are nodes and how they are reached.
 */

/** An Ansible inventory as Ansible sees it, and what cannot be understood of it. */
export function readAnsible(text: string, files: VarsFiles): { model: AnsibleModel; problems: Problem[] } {
  const model = new AnsibleModel()
  model.group('all', { file: undefined, line: 1 })
  const problems = isYaml(text) ? readAsYaml(text, model) : readIni(text, model)
  return { model, problems: [...problems, ...readVarsFiles(files, model)] }
}

/** Reads an Ansible inventory; see parseInventory. Ansible's other variables, such as keys and passwords, are not read. */
export function parseAnsible(text: string, overrides: SshOverrides, files: VarsFiles): Parsed<Inventory> {
  const { model, problems: unread } = readAnsible(text, files)
  const { nodes, sshDefaults, problems: wrong } = nodesOf(model, overrides, unread.length > 0)
  const all = byLine([...unread, ...wrong])
  const problems = [
    ...all.filter(({ file }) => file === undefined),
    ...all.filter(({ file }) => file !== undefined),
  ]
  const value =
    problems.length > 0
      ? undefined
      : {
          cluster: undefined,
          nodes,
          discoverWorkers: false,
          sshDefaults,
          policy: {},
          unreadFiles: model.encrypted,
        }
  return { value, problems, lineOf: () => 1 }
}

/** Whether the first line that says something is one of YAML: `all:`, `---` or `{`. */
function isYaml(text: string): boolean {
  const first = text.split(/\r\n|\r|\n/).find((line) => !/^\s*([#;].*)?$/.test(line))
  return first !== undefined && /^\s*(---|%YAML|\{|["']?[\p{L}\p{N}_.-]+["']?\s*:(\s|$))/u.test(first)
}

function readAsYaml(text: string, model: AnsibleModel): Problem[] {
  const yaml = readYaml(text, ansibleTags)
  if (yaml.problems.length > 0 || !isMapping(yaml.value)) {
    const accepted = {
      line: 1,
      path: '',
      message: `got ${show(yaml.value ?? null)}; accepts groups with hosts, vars and children`,
    }
    const problems = yaml.problems.length > 0 ? [...yaml.problems] : [accepted]
    return isMapping(yaml.value) ? [...problems, ...readGroups(yaml, model)] : problems
  }
  if ('plugin' in yaml.value)
    return [
      {
        line: yaml.lineOf(['plugin']),
        path: 'plugin',
        message:
          'is the configuration of an inventory plugin, which only Ansible can run; accepts what "ansible-inventory --list --yaml" prints',
      },
    ]
  return readGroups(yaml, model)
}
