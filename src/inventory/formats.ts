import type { YamlText } from './yaml.ts'

export type Format = 'own' | 'ansible'

/**
 * Whose format a text is in: ours has `nodes` at the top level, everything else is Ansible's (INI, or YAML with groups).
 * A text of ours that YAML cannot read is recognised by its line, so that the person is told the syntax error.
 */
export function formatOf(text: string, yaml: YamlText): Format {
  const { value } = yaml
  if (value === undefined) return /^(["']?)nodes\1[ \t]*:/m.test(text) ? 'own' : 'ansible'
  return typeof value === 'object' && value !== null && 'nodes' in value ? 'own' : 'ansible'
}
