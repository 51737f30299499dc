import { canonicalJson, hashOf } from './digest.ts'

/** The decisions that people approve and that the upgrade's own progress does not change: what the digest is of. */
export interface Decisions {
  /** UID of the namespace kube-system. */
  cluster: string
  target: string
  /** In upgrade order. */
  nodes: readonly { name: string; role: string }[]
  maxUnavailable: number
  /** Normalised: defaults applied. Holds the accepted findings. */
  policy: unknown
}

/** The part of a plan document that the decisions are read from. */
export interface Decided {
  cluster: { uid: string }
  targetVersion: string
  nodes: readonly { name: string; role: string }[]
  maxUnavailable: number
  policy: unknown
}

export function decisionsOf(plan: Decided): Decisions {
  return {
    cluster: plan.cluster.uid,
    target: plan.targetVersion,
    nodes: plan.nodes.map(({ name, role }) => ({ name, role })),
    maxUnavailable: plan.maxUnavailable,
    policy: plan.policy,
  }
}

/** SHA-256 over the decisions, 64 hexadecimal digits. */
export function digest(decisions: Decisions): string {
  return hashOf(decisions)
}

/** One decision for people: where two plans differ, its hash tells which. */
export interface DecisionInWords {
  name: string
  words: string
  /** The first 8 digits of the SHA-256 of this decision alone. */
  hash: string
}

/** Nodes that are named; more are counted. */
const namedNodes = 12

/** What the digest is of, decision by decision. Pure. */
export function decisionsInWords({
  cluster,
  target,
  nodes,
  maxUnavailable,
  policy,
}: Decisions): DecisionInWords[] {
  const names = nodes.slice(0, namedNodes).map(({ name }) => name)
  const more = nodes.length > namedNodes ? ` and ${nodes.length - namedNodes} more` : ''
  const rows: [string, string, unknown][] = [
    ['cluster', `kube-system ${cluster}`, cluster],
    ['target version', target, target],
    ['nodes with their roles, in this order', `${nodes.length}: ${names.join(', ')}${more}`, nodes],
    ['max-unavailable', String(maxUnavailable), maxUnavailable],
    ['policy, with the accepted findings', acceptedInWords(policy), policy],
  ]
  return rows.map(([name, words, value]) => ({ name, words, hash: hashOf(value).slice(0, 8) }))
}

function acceptedInWords(policy: unknown): string {
  const ids = [...leaves(policy)].flatMap(([path, value]) =>
    /^findings\.accept\.\d+\.id$/.test(path) ? [value] : [],
  )
  return ids.length === 0 ? 'no finding accepted' : `accepts ${ids.join(', ')}`
}

/** In words, what of the approved decisions is different now; empty when nothing is. Pure. */
export function differences(approved: Decisions, now: Decisions): string[] {
  const changed = (what: string, before: unknown, after: unknown): string[] =>
    before === after ? [] : [`${what}: approved was ${String(before)}, now it is ${String(after)}.`]
  return [
    ...changed('The cluster (UID of kube-system)', approved.cluster, now.cluster),
    ...changed('The target version', approved.target, now.target),
    ...nodeDifferences(approved.nodes, now.nodes),
    ...changed('max-unavailable', approved.maxUnavailable, now.maxUnavailable),
    ...policyDifferences(approved.policy, now.policy),
  ]
}

function nodeDifferences(approved: Decisions['nodes'], now: Decisions['nodes']): string[] {
  const [before, after] = [approved, now].map((nodes) => new Map(nodes.map(({ name, role }) => [name, role])))
  if (before === undefined || after === undefined) return []
  const gone = [...before.keys()].filter((name) => !after.has(name))
  const come = [...after.keys()].filter((name) => !before.has(name))
  const moved = [...before].filter(([name, role]) => after.has(name) && after.get(name) !== role)
  const kept = (nodes: Decisions['nodes'], others: ReadonlyMap<string, string>): string =>
    nodes.flatMap(({ name }) => (others.has(name) ? [name] : [])).join(' ')
  const [orderBefore, orderNow] = [kept(approved, after), kept(now, before)]
  return [
    ...(come.length > 0 ? [`New nodes: ${come.join(', ')}.`] : []),
    ...(gone.length > 0 ? [`Nodes that are not there any more: ${gone.join(', ')}.`] : []),
    ...moved.map(([name, role]) => `${name} was approved as ${role} and is ${after.get(name) ?? ''} now.`),
    ...(orderBefore === orderNow
      ? []
      : [`The order of the nodes: approved was ${orderBefore}, now it is ${orderNow}.`]),
  ]
}

function policyDifferences(approved: unknown, now: unknown): string[] {
  const [before, after] = [leaves(approved), leaves(now)]
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].toSorted().flatMap((path) => {
    const [old, new_] = [before.get(path) ?? 'not set', after.get(path) ?? 'not set']
    return old === new_ ? [] : [`Policy ${path}: approved was ${old}, now it is ${new_}.`]
  })
}

/** Every value of a JSON document by its path, `workers.order.0.node`; durations of a policy are milliseconds. */
function leaves(value: unknown, path = ''): Map<string, string> {
  if (value === undefined) return new Map()
  if (value === null || typeof value !== 'object') return new Map([[path, canonicalJson(value)]])
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, path === '' ? key : `${path}.${key}`)]),
  )
}
