import * as core from '@actions/core'

/** Whether this is the `post` run of the action: `main` and `post` are the same file, told apart by saved state. */
export function isPost(): boolean {
  return core.getState('is-post') !== ''
}

export function markPost(): void {
  core.saveState('is-post', 'true')
}
