import { compareVersions, minorOf, minorsBetween, newestOf, oldestOf } from './version.ts'
import type { Minor, Version } from './version.ts'

/** A component of a node at a version: what the skew rules compare. */
export interface NodeVersion {
  readonly node: string
  readonly version: Version
}

/** A broken rule: its id for programs, the sentence for people. */
export interface SkewProblem {
  readonly rule:
    | 'downgrade'
    | 'skipped-minor'
    | 'api-servers-apart'
    | 'kubelet-newer'
    | 'kubelet-too-old'
    | 'kube-proxy-skew'
    | 'kubeadm-not-target'
    | 'unsupported-minor'
  /** The node that breaks the rule; undefined when the rule is about the cluster. */
  readonly node: string | undefined
  readonly message: string
}

/** Oldest minor whose kubeadm reads the UpgradeConfiguration (v1beta4) that every kubeadm call is given. */
export const oldestSupported: Minor = '1.31'

/** The minors that real clusters were upgraded on; others are said to be untried, not refused. */
export const tried = { from: '1.34', to: '1.37' } as const satisfies Record<string, Minor>

/**
 * How far a kubelet may be behind an API server: three minors, since kubelet 1.25; older ones two.
 * Source: https://kubernetes.io/releases/version-skew-policy/#kubelet
 */
export const kubeletMinorsBehind = 3

/** Why `minor` is not supported; undefined when it is. */
export function describeUnsupported(minor: Minor): string | undefined {
  const supported = minor.startsWith('1.') && minorsBetween(oldestSupported, minor) >= 0
  if (supported) return undefined
  return `Kubernetes ${minor} is not supported: accepts 1.x from ${oldestSupported} on, the first whose kubeadm reads kubeadm.k8s.io/v1beta4`
}

/**
 * Running and target versions have to be supported ones: kubeadm of either may be asked to read our configuration.
 * `node`: where `version` runs; undefined for a target.
 */
export function supportedMinor(node: string | undefined, version: Version): SkewProblem[] {
  const why = describeUnsupported(minorOf(version))
  if (why === undefined) return []
  const message = node === undefined ? why : `${node} runs ${version}; ${why}`
  return [{ rule: 'unsupported-minor', node, message }]
}

/** A sentence when nobody has tried upgrades to this version with this release; undefined when it is tried. */
export function untried(target: Version): string | undefined {
  const minor = minorOf(target)
  const known = minorsBetween(tried.from, minor) >= 0 && minorsBetween(minor, tried.to) >= 0
  if (known) return undefined
  return `Upgrades to ${minor} are untried with this release: it was tried on ${tried.from} to ${tried.to}.`
}

/**
 * The target is not older than any API server, in the patch either: what a newer API server stored, an older one may not read.
 * Source: kubeadm refuses more than one minor down even with --force, and Kubernetes supports no downgrade of a control plane
 * (https://kubernetes.io/releases/version-skew-policy/#kube-apiserver).
 */
export function noDowngrade(target: Version, apiServers: readonly NodeVersion[]): SkewProblem[] {
  return apiServers
    .filter(({ version }) => compareVersions(target, version) < 0)
    .map(({ node, version }) => ({
      rule: 'downgrade',
      node,
      message: `${target} would be a downgrade: the API server of ${node} runs ${version}`,
    }))
}

/**
 * One hop moves an API server by one minor at most, on a single control plane node too.
 * Source: https://kubernetes.io/releases/version-skew-policy/#kube-apiserver-1; kubeadm has no --force for it.
 */
export function noSkippedMinor(target: Version, apiServers: readonly NodeVersion[]): SkewProblem[] {
  return apiServers
    .filter(({ version }) => minorsBetween(minorOf(version), minorOf(target)) > 1)
    .map(({ node, version }) => ({
      rule: 'skipped-minor',
      node,
      message: `${target} skips a minor: the API server of ${node} runs ${version}, and an API server moves one minor at a time`,
    }))
}

/**
 * The newest and the oldest API server are within one minor of each other.
 * Source: https://kubernetes.io/releases/version-skew-policy/#kube-apiserver
 */
export function apiServersWithinOneMinor(apiServers: readonly NodeVersion[]): SkewProblem[] {
  const versions = apiServers.map(({ version }) => version)
  const [oldest, newest] = [oldestOf(versions), newestOf(versions)]
  if (oldest === undefined || newest === undefined) return []
  if (minorsBetween(minorOf(oldest), minorOf(newest)) <= 1) return []
  const list = apiServers.map(({ node, version }) => `${node} ${version}`).join(', ')
  const message = `API servers are more than one minor apart: ${list}`
  return [{ rule: 'api-servers-apart', node: undefined, message }]
}

/**
 * A kubelet is never newer than any API server that it may reach. Only minors count: a newer patch is allowed.
 * `reachable`: all API servers, unless the kubelet's kubeconfig names a single one.
 * Source: https://kubernetes.io/releases/version-skew-policy/#kubelet (with several API servers: the oldest one decides)
 */
export function kubeletNotNewer(kubelet: NodeVersion, reachable: readonly NodeVersion[]): SkewProblem[] {
  const older = reachable.find(({ version }) => minorsBetween(minorOf(version), minorOf(kubelet.version)) > 0)
  if (older === undefined) return []
  const message = `kubelet ${kubelet.version} of ${kubelet.node} is newer than the API server of ${older.node} (${older.version}), which it may reach`
  return [{ rule: 'kubelet-newer', node: kubelet.node, message }]
}

/**
 * A kubelet is at most three minors older than any API server that it may reach.
 * Source: https://kubernetes.io/releases/version-skew-policy/#kubelet (with several API servers: the newest one decides)
 */
export function kubeletNotTooOld(kubelet: NodeVersion, reachable: readonly NodeVersion[]): SkewProblem[] {
  const newest = newestOf(reachable.map(({ version }) => version))
  if (newest === undefined) return []
  const behind = minorsBetween(minorOf(kubelet.version), minorOf(newest))
  if (behind <= kubeletMinorsBehind) return []
  const message = `kubelet ${kubelet.version} of ${kubelet.node} is ${behind} minors older than API server ${newest}; ${kubeletMinorsBehind} are allowed`
  return [{ rule: 'kubelet-too-old', node: kubelet.node, message }]
}

/**
 * kube-proxy, one version for the whole cluster: never newer than an API server and at most three minors older, and within
 * three minors of every kubelet. Source: https://kubernetes.io/releases/version-skew-policy/#kube-proxy
 */
export function kubeProxyWithinSkew(
  version: Version,
  apiServers: readonly NodeVersion[],
  kubelets: readonly NodeVersion[],
): SkewProblem[] {
  const behind = (one: NodeVersion): number => minorsBetween(minorOf(version), minorOf(one.version))
  const ahead = apiServers.find((server) => behind(server) < 0)
  const old = apiServers.find((server) => behind(server) > kubeletMinorsBehind)
  const apart = kubelets.find((kubelet) => Math.abs(behind(kubelet)) > kubeletMinorsBehind)
  const problem = (text: string): SkewProblem[] => [
    { rule: 'kube-proxy-skew', node: undefined, message: `kube-proxy ${version} is ${text}` },
  ]
  return [
    ...(ahead === undefined ? [] : problem(`newer than API server ${ahead.node} (${ahead.version})`)),
    ...(old === undefined
      ? []
      : problem(
          `more than ${kubeletMinorsBehind} minors older than API server ${old.node} (${old.version})`,
        )),
    ...(apart === undefined
      ? []
      : problem(
          `more than ${kubeletMinorsBehind} minors apart from the kubelet of ${apart.node} (${apart.version})`,
        )),
  ]
}

/**
 * kubeadm is exactly the hop's target before it changes a node: it may not upgrade to a newer patch than its own, nor to an
 * older minor. Source: k8s.io/kubernetes/cmd/kubeadm/app/phases/upgrade/policy.go
 */
export function kubeadmIsTarget(kubeadm: NodeVersion, target: Version): SkewProblem[] {
  if (compareVersions(kubeadm.version, target) === 0) return []
  const message = `kubeadm of ${kubeadm.node} is ${kubeadm.version}; the upgrade to ${target} needs exactly ${target}`
  return [{ rule: 'kubeadm-not-target', node: kubeadm.node, message }]
}
