import type { Inventory } from '../inventory/inventory.ts'
import type { Policy } from '../inventory/policy.ts'
import { untriedFindings } from '../plan/findings/versions.ts'
import type { Result } from '../report/model.ts'
import type { Recorder } from '../report/recorder.ts'
import { formatRequest, type VersionRequest } from '../versions/request.ts'
import { refuseBlocked } from './prepare.ts'

/** What a plan without a key has to go by. */
export interface OfflineRun {
  readonly inventory: Inventory
  readonly policy: Policy
  readonly request: VersionRequest | undefined
  readonly recorder: Recorder
}

/**
 * The part of a plan that needs no connection: for pull requests from forks, which get no key. Inventory, policy and version
 * were read and checked with the inputs; what is left are the findings that follow from them alone.
 * @throws {Failure} the reason of the first finding that blocks
 */
export function offlinePlan({ inventory, request, recorder }: OfflineRun): Result {
  if (request === undefined) throw new Error('A plan without a version.')
  const { nodes, cluster, discoverWorkers } = inventory
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane').length
  recorder.offline = {
    cluster,
    version: formatRequest(request),
    controlPlanes,
    workers: nodes.length - controlPlanes,
    discoverWorkers,
  }
  recorder.findings = request.kind === 'exact' ? untriedFindings(request.version) : []
  refuseBlocked(recorder.findings)
  return 'checked'
}
