import type { Clock } from '../src/clock.ts'
import type { Remote } from '../src/ssh/remote.ts'

/**
 * A control plane node that knows nothing but the Lease, with compare-and-swap.
 * @param request milliseconds of one kubectl call
 */
export function leaseOnly(clock: Clock, request: number): Remote {
  let text = ''
  let revision = 0
  return {
    shell: 'sh',
    node: 'cp1',
    async run(script, { args = [] } = {}) {
      await clock.sleep(request)
      if (script.name !== 'lease-write') return { code: 0, stdout: text, stderr: '' }
      const lease = JSON.parse(args[1] ?? '{}') as { metadata: { resourceVersion?: string } }
      if ((lease.metadata.resourceVersion ?? '0') !== String(revision))
        return { code: 1, stdout: '', stderr: 'Conflict' }
      lease.metadata.resourceVersion = String(++revision)
      text = JSON.stringify(lease)
      return { code: 0, stdout: '', stderr: '' }
    },
    close: () => undefined,
  }
}
