import type { ScalarTag } from 'yaml'
import type { YamlDialect } from '../yaml.ts'
import { Unusable } from './model.ts'

const vault: Omit<ScalarTag, 'tag'> = { resolve: () => new Unusable('an encrypted value (!vault)') }

/** YAML as Ansible reads it: 1.1, where `yes` is true and `010` is 8, with the tags of its own. */
export const ansibleTags: YamlDialect = {
  version: '1.1',
  customTags: [
    { tag: '!vault', ...vault },
    { tag: '!vault-encrypted', ...vault },
    { tag: '!unsafe', resolve: (text: string) => text },
  ],
}
