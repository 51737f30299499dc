import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Runner } from '../plan/observed.ts'

const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/** Which machine this is, and which pod if it is one: a job had better not upgrade what it runs on. */
export function runnerFacts(): Runner {
  const pod = existsSync(namespaceFile) ? { namespace: read(namespaceFile), name: hostname() } : undefined
  return { machineId: read('/etc/machine-id'), pod }
}

/** Empty for what cannot be read. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
