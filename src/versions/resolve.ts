import { Failure } from '../failure.ts'
import { lowestApiServer, maxHops, planHops } from './hops.ts'
import type { Hop, Offered } from './hops.ts'
import { formatRequest } from './request.ts'
import type { VersionRequest } from './request.ts'
import { noDowngrade } from './skew.ts'
import type { NodeVersion } from './skew.ts'
import {
  compareMinors,
  compareVersions,
  isPrerelease,
  listVersions,
  minorAfter,
  minorOf,
  minorsBetween,
  newestOf,
} from './version.ts'
import type { Minor, Version } from './version.ts'

/** The exact target and the way to it. */
export interface Resolved {
  readonly target: Version
  readonly hops: readonly Hop[]
}

/**
 * The minors whose repositories have to be read before `resolve` can answer, oldest first.
 * `latest` reads one minor more than a run can go, to know when to say which version to go to first.
 */
export function minorsToRead(request: VersionRequest, apiServers: readonly NodeVersion[]): Minor[] {
  const lowest = minorOf(lowestApiServer(apiServers))
  const highest = highestMinor(apiServers)
  if (request.kind === 'patch') return minorRange(minorAfter(lowest), highest)
  if (request.kind === 'latest') return minorRange(highest, minorAfter(lowest, maxHops + 1))
  const target = requestedMinor(request)
  const wayEnd = minorAfter(lowest, Math.min(maxHops, minorsBetween(lowest, target)))
  return [...new Set([...minorRange(minorAfter(lowest), wayEnd), target])]
}

/**
 * The exact version that `request` means on this cluster, and the hops to it.
 * @throws {Failure} `version-not-found` with what is offered instead, `unsupported-version-skew` (see planHops)
 */
export function resolve(
  request: VersionRequest,
  apiServers: readonly NodeVersion[],
  offered: Offered,
): Resolved {
  refuseOlderMinor(request, apiServers)
  const target = findTarget(request, apiServers, offered)
  if (target === undefined) throw notFound(request, apiServers, offered)
  return { target, hops: planHops(target, apiServers, offered) }
}

function findTarget(
  request: VersionRequest,
  apiServers: readonly NodeVersion[],
  offered: Offered,
): Version | undefined {
  switch (request.kind) {
    case 'exact':
      return offered.get(minorOf(request.version))?.find((one) => compareVersions(one, request.version) === 0)
    case 'minor':
      return newestUsable(request.minor, apiServers, offered)
    case 'patch':
      return newestUsable(highestMinor(apiServers), apiServers, offered)
    case 'latest':
      return latest(apiServers, offered)
  }
}

/** Follows the minors from the running one while each offers something: a repository behind a gap cannot be reached. */
function latest(apiServers: readonly NodeVersion[], offered: Offered): Version | undefined {
  const found: Version[] = []
  for (let minor = highestMinor(apiServers); ; minor = minorAfter(minor)) {
    const newest = newestUsable(minor, apiServers, offered)
    if (newest !== undefined) found.push(newest)
    // The running minor itself may be gone from a mirror; the next ones are still reachable.
    else if (minor !== highestMinor(apiServers)) return newestOf(found)
  }
}

/** The newest stable version of a minor that is no downgrade: a mirror may lag behind what runs already. */
function newestUsable(
  minor: Minor,
  apiServers: readonly NodeVersion[],
  offered: Offered,
): Version | undefined {
  const stable = (offered.get(minor) ?? []).filter((version) => !isPrerelease(version))
  return newestOf(stable.filter((version) => noDowngrade(version, apiServers).length === 0))
}

/** A downgrade is refused as one, whether or not the older version can still be had. */
function refuseOlderMinor(request: VersionRequest, apiServers: readonly NodeVersion[]): void {
  if (request.kind === 'exact') {
    const [problem] = noDowngrade(request.version, apiServers)
    if (problem !== undefined) throw downgrade(problem.message, apiServers)
  }
  if (request.kind === 'minor') {
    const newer = apiServers.find(({ version }) => minorsBetween(request.minor, minorOf(version)) > 0)
    if (newer === undefined) return
    const message = `${request.minor} would be a downgrade: the API server of ${newer.node} runs ${newer.version}`
    throw downgrade(message, apiServers)
  }
}

function downgrade(message: string, apiServers: readonly NodeVersion[]): Failure {
  const newest = newestOf(apiServers.map(({ version }) => version))
  return new Failure('unsupported-version-skew', `${message}.`, {
    next: `Kubernetes supports no downgrade of a control plane. Ask for ${newest ?? 'the running version'} or newer.`,
  })
}

function notFound(request: VersionRequest, apiServers: readonly NodeVersion[], offered: Offered): Failure {
  const wanted = formatRequest(request)
  const minors = [...offered.keys()].toSorted(compareMinors)
  const seen = minors.map((minor) => `${minor}: ${listVersions(offered.get(minor) ?? [])}`).join('\n')
  const running = listVersions(apiServers.map(({ version }) => version))
  const usable = newestOf(
    minors
      .filter((minor) => minorsBetween(minor, minorAfter(minorOf(lowestApiServer(apiServers)), maxHops)) >= 0)
      .flatMap((minor) => newestUsable(minor, apiServers, offered) ?? []),
  )
  const ask = usable === undefined ? '' : `ask for what is offered (version: ${usable}), or `
  const next = `${ask}make it available in the package repository (policy: packages.baseUrl for a mirror).`
  const what = describeMissing(request, wanted, highestMinor(apiServers))
  return new Failure('version-not-found', `version ${wanted}: ${what}. The API servers run ${running}.`, {
    seen,
    next: next.charAt(0).toUpperCase() + next.slice(1),
  })
}

function describeMissing(request: VersionRequest, wanted: string, running: Minor): string {
  switch (request.kind) {
    case 'exact':
      return `the package repository of ${minorOf(request.version)} does not offer ${wanted}`
    case 'minor':
      return `the package repository of ${wanted} offers no stable version`
    case 'patch':
      return `the package repository of ${running} offers no stable version as new as what runs`
    case 'latest':
      return `no package repository from ${running} on offers a stable version as new as what runs`
  }
}

function requestedMinor(request: Extract<VersionRequest, { kind: 'exact' | 'minor' }>): Minor {
  return request.kind === 'exact' ? minorOf(request.version) : request.minor
}

function highestMinor(apiServers: readonly NodeVersion[]): Minor {
  return minorOf(newestOf(apiServers.map(({ version }) => version)) ?? lowestApiServer(apiServers))
}

function minorRange(from: Minor, to: Minor): Minor[] {
  const count = minorsBetween(from, to)
  if (count < 0) return [to]
  return Array.from({ length: count + 1 }, (_, step) => minorAfter(from, step))
}
