import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where linters and the like are kept that are no npm packages of this project, outside of the checkout. */
export const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kubeadm-upgrade-lint')
