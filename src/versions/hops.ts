import { Failure } from '../failure.ts'
import { apiServersWithinOneMinor, noDowngrade, oldestSupported, supportedMinor } from './skew.ts'
import type { NodeVersion, SkewProblem } from './skew.ts'
import {
  compareVersions,
  isPrerelease,
  listVersions,
  minorAfter,
  minorOf,
  minorsBetween,
  newestOf,
  oldestOf,
} from './version.ts'
import type { Minor, Version } from './version.ts'

/** Versions that the package repositories offer, by minor. A minor that was not read is absent; an empty one offers nothing. */
export type Offered = ReadonlyMap<Minor, readonly Version[]>

/** One step of the whole cluster: every node is given kubeadm `to`. */
export interface Hop {
  /** The lowest API server when the hop starts; where every API server has made it, what was left behind. */
  readonly from: Version
  readonly to: Version
}

/** More minors in one run would leave workers' kubelets further behind than the skew rules allow (see kubeletNotTooOld). */
export const maxHops = 3

/**
 * The hops from the lowest running API server to `target`, one minor each, oldest first; none when all run it already.
 * A half-finished upgrade continues: its first hop ends at the minor that some API servers have reached.
 * Intermediate hops take the newest stable patch that their minor's repository offers, or the one that an API server has
 * reached already.
 * @throws {Failure} `unsupported-version-skew` (downgrade, API servers apart, unsupported minor, more than three hops),
 *   `version-not-found` (a minor on the way offers nothing usable)
 */
export function planHops(target: Version, apiServers: readonly NodeVersion[], offered: Offered): Hop[] {
  const lowest = lowestApiServer(apiServers)
  refuseBrokenSkew(target, apiServers)
  if (apiServers.every(({ version }) => compareVersions(version, target) === 0)) return []
  const minors = minorsBetween(minorOf(lowest), minorOf(target))
  if (minors > maxHops) refuseLongWay(target, lowest, offered)
  const hops: Hop[] = []
  let from = lowest
  for (let step = 1; step < minors; step++) {
    const to = versionOnTheWay(minorAfter(minorOf(lowest), step), target, apiServers, offered)
    hops.push({ from, to })
    from = to
  }
  return [...hops, { from, to: target }]
}

/** The lowest version that an API server runs. @throws {Error} without API servers: the caller has looked for them. */
export function lowestApiServer(apiServers: readonly NodeVersion[]): Version {
  const lowest = oldestOf(apiServers.map(({ version }) => version))
  if (lowest === undefined) throw new Error('No API server was given.')
  return lowest
}

function refuseBrokenSkew(target: Version, apiServers: readonly NodeVersion[]): void {
  const old = apiServers.flatMap(({ node, version }) => supportedMinor(node, version))
  refuse(
    [...old, ...supportedMinor(undefined, target)],
    `Bring the cluster to ${oldestSupported} by hand first.`,
  )
  const newest = newestOf(apiServers.map(({ version }) => version)) ?? target
  const behind = minorAfter(minorOf(newest), -1)
  refuse(
    apiServersWithinOneMinor(apiServers),
    `Bring the older API servers to ${behind} by hand first, one minor at a time.`,
  )
  refuse(noDowngrade(target, apiServers), `Ask for ${newest} or newer.`)
}

function refuse(problems: readonly SkewProblem[], next: string): void {
  if (problems.length === 0) return
  const lines = problems.map(({ message }) => `${message}.`)
  throw new Failure('unsupported-version-skew', lines.join('\n'), { next })
}

function refuseLongWay(target: Version, lowest: Version, offered: Offered): never {
  const first = minorAfter(minorOf(lowest), maxHops)
  const newest = newestOf((offered.get(first) ?? []).filter((version) => !isPrerelease(version)))
  const minors = minorsBetween(minorOf(lowest), minorOf(target))
  throw new Failure(
    'unsupported-version-skew',
    `${target} is ${minors} minors ahead of the lowest API server (${lowest}); one run goes at most ${maxHops}.`,
    { next: `Go to ${newest ?? first} first (version: ${newest ?? first}), then ask for ${target} again.` },
  )
}

/**
 * The version of a minor on the way to `target`: what an API server of that minor runs, so that a hop that was begun ends
 * where it was going; else the newest stable one that is offered.
 * @throws {Failure} `version-not-found`
 */
export function versionOnTheWay(
  minor: Minor,
  target: Version,
  apiServers: readonly NodeVersion[],
  offered: Offered,
): Version {
  const all = offered.get(minor) ?? []
  const newest = newestOf(all.filter((version) => !isPrerelease(version)))
  const running = newestOf(apiServers.map(({ version }) => version).filter((one) => minorOf(one) === minor))
  const found = running !== undefined && all.includes(running) ? running : newest
  // A half-finished upgrade may have left an API server at a newer patch than the repository offers now.
  if (found !== undefined && (running === undefined || compareVersions(found, running) >= 0)) return found
  throw new Failure(
    'version-not-found',
    `The way from ${listVersions(apiServers.map(({ version }) => version))} to ${target} leads through ${minor}, and the package repository of ${minor} offers no version for it.`,
    {
      seen: `${minor}: ${listVersions(all)}`,
      next: `Make ${minor} available in the package repository${apiServers.some((one) => minorsBetween(minorOf(one.version), minor) > 0) ? `, or ask for a version of ${minorAfter(minor, -1)}` : ': a kubelet is older, and every minor has its kubeadm run there'}.`,
    },
  )
}
