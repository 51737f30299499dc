import * as core from '@actions/core'

/** Whether this is the `post` run of the action: `main` and `post` are the same file, told apart by saved state. */
export function isPost(): boolean {
  return core.getState('is-post') !== ''
}

/** The job's word in the lock of the cluster, for `post`; '' once the lock was given back. */
export function saveLockJob(job: string): void {
  core.saveState('lock-job', job)
}

export function savedLockJob(): string {
  return core.getState('lock-job')
}

export function markPost(): void {
  core.saveState('is-post', 'true')
}

/** A folder with secrets of the run, for `post` to remove when the run was killed. */
export function saveSecretsFolder(folder: string): void {
  core.saveState('secrets-folder', folder)
}

export function savedSecretsFolder(): string {
  return core.getState('secrets-folder')
}
