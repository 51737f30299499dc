import { decisionsInWords, decisionsOf } from '../plan/decisions.ts'
import type { Plan, PlannedNode } from '../plan/plan.ts'
import { missing } from '../plan/steps.ts'
import { readVersion } from '../versions/version.ts'
import { boundedTable, count, firstPart, formatDuration, table } from './format.ts'
import { escapeHtml, escapeMarkdown } from './neutralise.ts'

/** Characters of one text of a node in a table. */
const maxCell = 600

/** What the upgrade will do, one sentence for everybody, and one on how long it takes. */
export function planSentence(plan: Plan): string {
  const name = plan.cluster.name
  const cluster = name === undefined ? 'The cluster' : `Cluster **${escapeMarkdown(name)}**`
  const todo = plan.nodes.filter((node) => missing(node.steps ?? []).length > 0)
  const controlPlanes = todo.filter((node) => node.role === 'control-plane').length
  const workers = todo.length - controlPlanes
  const order = [
    controlPlanes > 0
      ? `${count(controlPlanes, 'control plane node')}${controlPlanes > 1 ? ' one after the other' : ''}`
      : '',
    workers > 0 ? `${count(workers, 'worker')}, at most ${plan.maxUnavailable} out of service at once` : '',
  ].filter(Boolean)
  const between = plan.hops.slice(0, -1).map((hop) => `**${hop.to}**`)
  const way = between.length === 0 ? '' : ` over ${between.join(' and ')}`
  const versions =
    plan.currentVersion === plan.targetVersion
      ? `is at **${plan.targetVersion}** and would be finished`
      : `would be upgraded from **${plan.currentVersion}** to **${plan.targetVersion}**${way}`
  return `${cluster} ${versions}: ${order.join(', then ')}.${expectedWords(plan)}`
}

function expectedWords({ expected }: Plan): string {
  const parts = [
    ['the control plane', expected.controlPlane],
    ['the workers', expected.workers],
  ] as const
  const words = parts.flatMap(([name, seconds]) =>
    seconds > 0 ? [`${name} ${roundedDuration(seconds)}`] : [],
  )
  if (words.length === 0) return ''
  return ` Expected, from measured steps: ${words.join(', ')}; drains take as long as the pods need to end.`
}

/** An expectation is no measurement: whole minutes from one minute on. */
function roundedDuration(seconds: number): string {
  return formatDuration((seconds < 60 ? Math.ceil(seconds / 10) * 10 : Math.ceil(seconds / 60) * 60) * 1000)
}

/** The nodes in upgrade order. Where there are many, those that are alike are one row, and each is listed folded. */
export function plannedNodes(plan: Plan, bytes: number): string {
  const head = ['node', 'role', 'kubelet', 'API server', 'etcd', 'what is done', 'expected']
  const rows = groupsOf(plan.nodes).map((group) => rowOf(plan, group))
  const all = plan.nodes.map((node) => rowOf(plan, [node]))
  const short = boundedTable(bytes / 2, head, rows, 'group of nodes')
  if (rows.length === all.length) return short
  return `${short}\n\n${folded('Every node', boundedTable(bytes / 2, head, all, 'node'))}`
}

/** Nodes up to here have a row each. */
const singleRows = 20

function groupsOf(nodes: readonly PlannedNode[]): PlannedNode[][] {
  if (nodes.length <= singleRows) return nodes.map((node) => [node])
  const alike = ({ versions, steps = [] }: PlannedNode): string =>
    JSON.stringify([versions, workInWords(missing(steps).map(({ id }) => id))])
  // Control plane nodes are few, and each one counts.
  const [first, others] = [
    nodes.filter(({ role }) => role === 'control-plane'),
    nodes.filter(({ role }) => role === 'worker'),
  ]
  return [...first.map((node) => [node]), ...Map.groupBy(others, alike).values()]
}

function rowOf(plan: Plan, group: readonly PlannedNode[]): string[] {
  const [node] = group
  if (node === undefined) return []
  const { versions } = node
  const to = (from: string, moves: boolean): string =>
    moves && from !== '' ? `${escapeMarkdown(from)} → ${plan.targetVersion}` : escapeMarkdown(from)
  const ids = missing(node.steps ?? []).map(({ id }) => id)
  const kubeadm = ids.some((id) => id.startsWith('kubeadm-upgrade'))
  const seconds = Math.max(...group.map((one) => one.expectedSeconds ?? 0))
  return [
    namesOf(group),
    node.role === 'worker' ? 'worker' : node.primary ? 'control plane, first' : 'control plane',
    to(versions.kubelet, ids.includes('restart-kubelet') && versions.kubelet !== plan.targetVersion),
    to(versions.apiServer, kubeadm && versions.apiServer !== plan.targetVersion),
    etcdOf(plan, node),
    workInWords(ids),
    seconds > 0 ? `${roundedDuration(seconds)}${group.length > 1 ? ' each' : ''}` : '',
  ]
}

/** kubeadm knows the version that comes with it; without its word only what runs now. */
function etcdOf({ kubeadm }: Plan, { name, versions: { etcd } }: PlannedNode): string {
  const found = kubeadm?.components.find((one) => one.name === 'etcd' && one.nodes.includes(name))
  const move = found !== undefined && found.from !== found.to
  // 3.7.0-0, the tag of an image, is v3.7.0 everywhere else.
  const of = (tag: string): string => readVersion(tag) ?? tag
  return escapeMarkdown(move ? `${of(found.from)} → ${of(found.to)}` : etcd)
}

function namesOf(group: readonly PlannedNode[]): string {
  const [first] = group
  const last = group.at(-1)
  if (first === undefined || last === undefined) return ''
  const name = `**${escapeMarkdown(first.name)}**`
  return group.length === 1 ? name : `${name} … **${escapeMarkdown(last.name)}** (${group.length})`
}

/** The steps that people would name. */
const words: readonly (readonly [string, string])[] = [
  ['kubeadm-upgrade-apply', 'kubeadm upgrade apply'],
  ['kubeadm-upgrade-node', 'kubeadm upgrade node'],
  ['drain', 'drain'],
  ['restart-kubelet', 'new kubelet'],
]

function workInWords(ids: readonly string[]): string {
  if (ids.length === 0) return 'nothing'
  const found = words.flatMap(([id, text]) => (ids.includes(id) ? [text] : []))
  return found.length > 0 ? found.join(', ') : ids.join(', ')
}

/** The steps of all nodes, folded; nodes with the same steps together. */
export function plannedSteps(plan: Plan, bytes: number): string {
  const todo = plan.nodes.filter((node) => missing(node.steps ?? []).length > 0)
  if (todo.length === 0) return ''
  const alike = ({ steps = [] }: PlannedNode): string =>
    missing(steps)
      .map(({ id, version, why }) => `${id} ${version} ${why}`)
      .join('\n')
  let left = bytes
  const parts = [...Map.groupBy(todo, alike).values()].flatMap((group) => {
    const steps = missing(group[0]?.steps ?? [])
    const rows = stepTable(['step', 'why'], steps, ({ id, why }) => [
      id,
      escapeMarkdown(firstPart(why, maxCell)),
    ])
    const names = group.map(({ name }) => name).join(', ')
    const text = `**${escapeMarkdown(firstPart(names, 2000))}**\n\n${rows}`
    left -= Buffer.byteLength(text)
    return left > 0 ? [text] : []
  })
  return folded('Steps of every node', parts.join('\n\n'))
}

/** With a column for the hop where there are several. */
export function stepTable<T extends { version: string | undefined }>(
  head: readonly string[],
  steps: readonly T[],
  row: (step: T) => string[],
): string {
  if (new Set(steps.map((step) => step.version)).size < 2) return table(head, steps.map(row))
  return table(
    ['hop', ...head],
    steps.map((step) => [step.version ?? '', ...row(step)]),
  )
}

/** Decision by decision what people approve: its hash tells which one differs when a later phase finds another plan. */
export function digestBlock(plan: Plan): string {
  const rows = decisionsInWords(decisionsOf(plan)).map(({ name, words, hash }) => [
    `\`${hash}\``,
    name,
    escapeMarkdown(firstPart(words, maxCell)),
  ])
  return folded('What the digest is of', table(['hash', 'decision', ''], rows))
}

/** A part that is closed until somebody asks for it. */
export function folded(title: string, body: string): string {
  return `<details><summary>${escapeHtml(title)}</summary>\n\n${body}\n\n</details>`
}
