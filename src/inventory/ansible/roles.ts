import type { Role } from '../inventory.ts'
import type { AnsibleModel, Group, Host } from './model.ts'

/*
 * What a host is. The names of groups are those of kubespray (kube_control_plane, kube_node, and their older spelling) and what
 * people call them elsewhere: see docs/inventory.md, which states the rule.
 */

const controlPlaneGroup = /^((kube|k8s|kubernetes|kubeadm)_?)?(control_?planes?|masters?)(_nodes?)?$/
// kubespray joins its route reflectors to the cluster like any node.
const workerGroup = /^(((kube|k8s|kubernetes|kubeadm)_?)?(workers?(_nodes?)?|nodes?)|calico_rr)$/
const clusterGroup = /^(all|ungrouped|etcd|(k8s|kube|kubernetes)(_cluster)?)$/

export const acceptedGroups =
  'groups such as kube_control_plane and kube_node, masters and workers, or the variable kubernetes_role'

/** The role that a group gives to its hosts. */
export function roleOfGroup({ name }: Group): Role | undefined {
  const plain = plainName(name)
  if (controlPlaneGroup.test(plain)) return 'control-plane'
  return workerGroup.test(plain) ? 'worker' : undefined
}

/** Words of geerlingguy.kubernetes. */
const roleWords: Readonly<Record<string, Role>> = {
  control_plane: 'control-plane',
  master: 'control-plane',
  node: 'worker',
}

/** The role that the variable kubernetes_role names; undefined for a word that it does not know. */
export function roleOfWord(word: string): Role | undefined {
  return roleWords[word]
}

export const acceptedRoleWords = Object.keys(roleWords).join(', ')

/** Hosts in the order in which they are upgraded: as their role's groups list them, then those that no such group has. */
export function inRoleOrder(model: AnsibleModel): Host[] {
  const groups = [...model.groups.values()]
  const of = (role: Role): Host[] =>
    groups.filter((group) => roleOfGroup(group) === role).flatMap((group) => model.hostsOf(group))
  return [...new Set([...of('control-plane'), ...of('worker'), ...model.hosts.values()])]
}

/** The groups of a host that say more than its role, for `workers.order` of the policy. */
export function otherGroups(groups: readonly Group[]): string[] {
  return groups
    .filter((group) => roleOfGroup(group) === undefined && !clusterGroup.test(plainName(group.name)))
    .map(({ name }) => name)
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll('-', '_')
}
