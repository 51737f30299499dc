import type { Inventory } from '../inventory/inventory.ts'
import { kubernetesPackages, packagesToMove } from '../node/node.ts'
import type { Policy } from '../inventory/policy.ts'
import type { Check } from '../report/model.ts'
import type { Version } from '../versions/version.ts'
import { controlPlaneProblems, staticPodProblems } from './health.ts'
import { leavesKubeProxy, packageVersion, type Observed } from './observed.ts'

/** The proof: what has to be true of every node and of the cluster at `version`, each with what was seen. Pure. */
export function verifyChecks(
  inventory: Inventory,
  observed: Observed,
  version: Version,
  policy: Policy,
): Check[] {
  return [
    ...inventory.nodes.flatMap((entry) =>
      nodeChecks(entry.name, entry.role === 'control-plane', observed, version),
    ),
    ...clusterChecks(observed, version, leavesKubeProxy(policy)),
  ]
}

function nodeChecks(name: string, controlPlane: boolean, observed: Observed, version: Version): Check[] {
  const node = observed.snapshot.nodes.get(name)
  const facts = observed.facts.get(name)
  const names = facts === undefined ? kubernetesPackages : packagesToMove(facts)
  const held = names.filter((one) => facts?.holds.includes(one))
  const packages = names.map((one) => (facts === undefined ? undefined : packageVersion(facts, one)))
  const checks = [
    check('kubelet', name, node?.kubeletVersion === version, `kubelet ${node?.kubeletVersion ?? 'unknown'}`),
    check(
      'ready',
      name,
      node?.ready === true,
      node?.ready === true ? 'Ready' : `not Ready: ${node?.readyMessage ?? 'no such node'}`,
    ),
    check(
      'packages',
      name,
      packages.every((one) => one === version),
      names.map((one, at) => `${one} ${packages[at] ?? 'missing'}`).join(', '),
    ),
    check('holds', name, held.length === names.length, `on hold: ${held.join(', ') || 'none'}`),
    check(
      'uncordoned',
      name,
      node?.cordonedByUs !== true,
      node?.cordonedByUs === true ? 'still cordoned by kubeadm-upgrade' : 'not cordoned by kubeadm-upgrade',
    ),
  ]
  if (!controlPlane) return checks
  const problems = staticPodProblems(name, version, observed.snapshot.staticPods)
  return [
    ...checks,
    check(
      'static-pods',
      name,
      problems.length === 0,
      problems.map((problem) => problem.text).join('; ') || `all at ${version} and ready`,
    ),
  ]
}

function clusterChecks({ snapshot, health }: Observed, version: Version, leaveProxy: boolean): Check[] {
  const problems = controlPlaneProblems(health)
  const checks = [
    check(
      'kubeadm-config',
      undefined,
      snapshot.kubernetesVersion === version,
      `kubernetesVersion ${snapshot.kubernetesVersion ?? 'unknown'}`,
    ),
    check(
      'control-plane',
      undefined,
      problems.length === 0,
      problems.map((problem) => problem.text).join('; ') ||
        'every API server ready, every etcd member in sync',
    ),
  ]
  if (snapshot.kubeProxy !== undefined) {
    const { settled, version: proxy } = snapshot.kubeProxy
    checks.push(
      check(
        'kube-proxy',
        undefined,
        (leaveProxy || proxy === version) && settled,
        `${proxy ?? 'unknown'}, ${settled ? 'rolled out' : 'still rolling out'}`,
      ),
    )
  }
  if (snapshot.coreDns !== undefined) {
    const { settled, image } = snapshot.coreDns
    checks.push(
      check('coredns', undefined, settled, `${image}, ${settled ? 'rolled out' : 'still rolling out'}`),
    )
  }
  return checks
}

function check(name: string, node: string | undefined, passed: boolean, seen: string): Check {
  return { name, node, passed, seen }
}
