import semver from 'semver'

declare const isVersion: unique symbol

/** A Kubernetes version in the form the project itself prints: `v1.37.1`, `v1.38.0-rc.0`. */
export type Version = string & { readonly [isVersion]: true }

/** A Kubernetes minor, without the `v`: `1.37`. */
export type Minor = `${number}.${number}`

// Kubernetes' pre-releases are alpha, beta and rc only; that is what tells `1.38.0-rc.0` from the deb package `1.38.0-1.1`.
const strict = /^v?((?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-(?:alpha|beta|rc)(?:\.\d+)+)?)(?:\+[\w.-]+)?$/

/** `1.37.1` or `v1.37.1` (build metadata is dropped) as a Version; undefined when the text is something else. */
export function parseVersion(text: string): Version | undefined {
  const found = strict.exec(text)?.[1]
  return found === undefined ? undefined : (`v${found}` as Version)
}

/**
 * The version in what nodes, package indexes and manifests print:
 * `Kubernetes v1.36.4` (kubelet --version), `1.37.1-1.1` (deb), `1.37.1-150500.1.1.x86_64` (rpm),
 * `1.38.0~rc.0-1.1` (pre-release packages), `registry.k8s.io/kube-apiserver:v1.37.1@sha256:...`.
 * Undefined when there is none: the caller says what it was looking at.
 */
export function readVersion(text: string): Version | undefined {
  const bare = text
    .trim()
    .replace(/^Kubernetes /, '')
    .replace(/@sha256:[0-9a-f]+$/, '')
    .replace(/^.*[:/]/, '')
  return parseVersion(bare) ?? parseVersion(bare.replace(/-\d[\w.+]*$/, '').replace('~', '-'))
}

/** `1.37` or `v1.37` as a Minor; undefined when the text is something else. */
export function parseMinor(text: string): Minor | undefined {
  const found = /^v?((?:0|[1-9]\d*)\.(?:0|[1-9]\d*))$/.exec(text)?.[1]
  return found as Minor | undefined
}

/** The minor of a version: `1.37` of `v1.37.1`. */
export function minorOf(version: Version): Minor {
  return `${semver.major(version)}.${semver.minor(version)}`
}

/** The minor that is `steps` after `minor` (before it, when negative). */
export function minorAfter(minor: Minor, steps = 1): Minor {
  const [major = 0, number = 0] = minor.split('.').map(Number)
  return `${major}.${number + steps}`
}

/**
 * How many minors `to` is ahead of `from`; negative when it is behind.
 * Another major counts as a thousand minors, so that no rule mistakes it for a neighbour.
 */
export function minorsBetween(from: Minor, to: Minor): number {
  const [fromMajor = 0, fromMinor = 0] = from.split('.').map(Number)
  const [toMajor = 0, toMinor = 0] = to.split('.').map(Number)
  return (toMajor - fromMajor) * 1000 + (toMinor - fromMinor)
}

/** Order of two versions for `sort`: negative when `a` is the older one. A pre-release is older than its release. */
export function compareVersions(a: Version, b: Version): number {
  return semver.compare(a, b)
}

/** Order of two minors for `sort`: negative when `a` is the older one. */
export function compareMinors(a: Minor, b: Minor): number {
  return minorsBetween(b, a)
}

/** The newest of `versions`; undefined of none. */
export function newestOf(versions: readonly Version[]): Version | undefined {
  return versions.toSorted(compareVersions).at(-1)
}

/** The oldest of `versions`; undefined of none. */
export function oldestOf(versions: readonly Version[]): Version | undefined {
  return versions.toSorted(compareVersions).at(0)
}

/** Whether `version` is an alpha, beta or release candidate. */
export function isPrerelease(version: Version): boolean {
  return semver.prerelease(version) !== null
}

/** Versions for a sentence, oldest first: `v1.37.1, v1.37.2`; `nothing` of none. */
export function listVersions(versions: readonly Version[]): string {
  const sorted = [...new Set(versions)].toSorted(compareVersions)
  return sorted.length === 0 ? 'nothing' : sorted.join(', ')
}
