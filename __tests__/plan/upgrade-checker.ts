/*
 * An independent judge of upgrades: told what a cluster was at the beginning and what was done to it, in order, it says which
 * rules were broken. It shares no code with src/, reads versions by itself, and knows of no plan.
 * Rules: https://kubernetes.io/releases/version-skew-policy/ and
 * https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/.
 */

export interface Machine {
  readonly name: string
  readonly controlPlane: boolean
  /** Versions as `v1.36.4`. */
  readonly kubelet: string
  readonly kubeadm: string
  /** undefined on workers. */
  readonly apiServer: string | undefined
  /** Its kubelet talks to the API server beside it only. */
  readonly local: boolean
  readonly cordoned: 'no' | 'by us' | 'by others'
  readonly ready: boolean
  /** Versions whose `kubeadm upgrade` has ended well there. */
  readonly kubeadmRan: readonly string[]
}

export interface Start {
  readonly machines: readonly Machine[]
  /** kubernetesVersion in kubeadm-config. */
  readonly configured: string
  readonly primary: string
  readonly maxUnavailable: number
  readonly target: string
  /** Names that the upgrade is to leave alone, since somebody was told of them. */
  readonly excused: readonly string[]
}

/** One thing done to one node. */
export interface Event {
  readonly node: string
  /** The id of a step, or `gate`: everything was seen to be healthy, and a control plane node's turn begins. */
  readonly what: string
  readonly version: string
}

type Number2 = readonly [minor: number, patch: number]

interface State {
  readonly kubelet: Map<string, string>
  readonly kubeadm: Map<string, string>
  readonly apiServer: Map<string, string>
  readonly ran: Map<string, Set<number>>
  readonly ranExactly: Map<string, Set<string>>
  readonly installedKubelet: Map<string, string>
  readonly cordoned: Map<string, Machine['cordoned']>
  readonly ready: Set<string>
  readonly drained: Set<string>
  configured: string
  /** The control plane node that was changed and was not seen healthy since. */
  inWork: string | undefined
}

/** Rules that were broken, each a sentence; empty: all is well. @param whole the upgrade came to its end */
export function brokenRules(start: Start, events: readonly Event[], whole: boolean): string[] {
  const state = initial(start)
  const broken = new Set<string>()
  for (const event of events) {
    before(start, state, event).forEach((text) => broken.add(text))
    happen(start, state, event)
    after(start, state, event).forEach((text) => broken.add(text))
  }
  if (whole) atTheEnd(start, state).forEach((text) => broken.add(text))
  return [...broken]
}

function initial({ machines, configured }: Start): State {
  const by = (pick: (machine: Machine) => string | undefined): Map<string, string> =>
    new Map(machines.flatMap((one) => (pick(one) === undefined ? [] : [[one.name, pick(one) ?? '']])))
  return {
    kubelet: by((one) => one.kubelet),
    installedKubelet: by((one) => one.kubelet),
    kubeadm: by((one) => one.kubeadm),
    apiServer: by((one) => one.apiServer),
    ran: new Map(machines.map((one) => [one.name, new Set(one.kubeadmRan.map(minor))])),
    ranExactly: new Map(machines.map((one) => [one.name, new Set(one.kubeadmRan)])),
    cordoned: new Map(machines.map((one) => [one.name, one.cordoned])),
    ready: new Set(machines.filter((one) => one.ready).map((one) => one.name)),
    drained: new Set(),
    configured,
    inWork: undefined,
  }
}

function read(version: string): Number2 {
  const [, minor = '', patch = ''] = /^v1\.(\d+)\.(\d+)$/.exec(version) ?? []
  if (minor === '') throw new Error(`not a version: ${version}`)
  return [Number(minor), Number(patch)]
}

function minor(version: string): number {
  return read(version)[0]
}

function older(a: string, b: string): boolean {
  const [x, y] = [read(a), read(b)]
  return x[0] < y[0] || (x[0] === y[0] && x[1] < y[1])
}

/** What changes a running control plane node; downloads and marks do not. */
const disturbing = [
  'stop-api-server',
  'kubeadm-upgrade-apply',
  'kubeadm-upgrade-node',
  'cordon',
  'drain',
  'install-kubelet',
  'restart-kubelet',
]

function before(start: Start, state: State, { node, what, version }: Event): string[] {
  const machine = start.machines.find((one) => one.name === node)
  if (machine === undefined) return [`${what} on ${node}, which is no node`]
  const wrong: string[] = []
  if (machine.controlPlane && disturbing.includes(what) && (state.inWork ?? node) !== node)
    wrong.push(`two control plane nodes at once: ${node} and ${state.inWork ?? ''}`)
  if (what.startsWith('kubeadm-upgrade')) wrong.push(...beforeKubeadm(start, state, machine, what, version))
  if (what === 'restart-kubelet') wrong.push(...beforeRestart(state, node))
  if (what === 'uncordon' && state.cordoned.get(node) === 'by others')
    wrong.push(`${node} is uncordoned, which somebody else had cordoned`)
  if (what === 'cordon' && !machine.controlPlane) wrong.push(...beforeCordon(start, state, node))
  return wrong
}

function beforeKubeadm(
  start: Start,
  state: State,
  machine: Machine,
  what: string,
  version: string,
): string[] {
  const wrong: string[] = []
  const { name, controlPlane } = machine
  const between = what === 'kubeadm-upgrade-node-between'
  if (!between && state.kubeadm.get(name) !== version)
    wrong.push(`kubeadm upgrade to ${version} by another kubeadm on ${name}`)
  if (what === 'kubeadm-upgrade-apply') {
    if (name !== start.primary) wrong.push(`kubeadm upgrade apply on ${name}, which is not the primary`)
    const left = start.machines.filter(
      (one) => one.controlPlane && minor(state.kubelet.get(one.name) ?? '') < minor(version) - 1,
    )
    const begins = [...state.apiServer.values()].every((server) => minor(server) < minor(version))
    if (begins && left.length > 0)
      wrong.push(`a hop begins although a kubelet of the control plane has not made the last`)
  }
  if (what === 'kubeadm-upgrade-node' && state.configured !== version)
    wrong.push(`kubeadm upgrade node to ${version} while kubeadm-config says another version`)
  if (between && minor(state.configured) < minor(version))
    wrong.push(`a worker's kubeadm runs ahead of kubeadm-config`)
  const server = state.apiServer.get(name)
  if (controlPlane && server !== undefined) {
    if (minor(version) - minor(server) > 1) wrong.push(`the API server of ${name} skips a minor`)
    if (older(version, server)) wrong.push(`the API server of ${name} goes back`)
  }
  return wrong
}

function beforeRestart(state: State, node: string): string[] {
  const [from, to] = [state.kubelet.get(node) ?? '', state.installedKubelet.get(node) ?? '']
  if (from === to) return []
  const wrong: string[] = []
  if (minor(from) !== minor(to) && !state.drained.has(node))
    wrong.push(`the kubelet of ${node} changes its minor on a node that is not drained`)
  if (state.ranExactly.get(node)?.has(to) !== true)
    wrong.push(`the kubelet of ${node} goes to ${to} before its kubeadm has run`)
  for (let number = minor(from) + 1; number <= minor(to); number++)
    if (state.ran.get(node)?.has(number) !== true)
      wrong.push(`the kubelet of ${node} passes 1.${number}, whose kubeadm never ran there`)
  return wrong
}

/** A worker that is out already uses its own place. */
function beforeCordon(start: Start, state: State, node: string): string[] {
  const out = start.machines.filter(
    ({ name, controlPlane }) =>
      !controlPlane && name !== node && (state.cordoned.get(name) !== 'no' || !state.ready.has(name)),
  )
  const wasOut = !state.ready.has(node)
  if (wasOut || out.length + 1 <= start.maxUnavailable) return []
  return [`more workers out of service than ${start.maxUnavailable}`]
}

function happen(start: Start, state: State, { node, what, version }: Event): void {
  const machine = start.machines.find((one) => one.name === node)
  if (machine?.controlPlane === true && disturbing.includes(what)) state.inWork = node
  switch (what) {
    case 'gate':
      state.inWork = undefined
      break
    case 'install-kubeadm':
      state.kubeadm.set(node, version)
      break
    case 'kubeadm-upgrade-apply':
      state.configured = version
      ranKubeadm(state, node, version)
      state.apiServer.set(node, version)
      break
    case 'kubeadm-upgrade-node':
      ranKubeadm(state, node, version)
      if (machine?.controlPlane === true) state.apiServer.set(node, state.configured)
      break
    case 'kubeadm-upgrade-node-between':
      ranKubeadm(state, node, version)
      break
    case 'cordon':
      state.cordoned.set(node, 'by us')
      break
    case 'drain':
      state.drained.add(node)
      break
    case 'install-kubelet':
      state.installedKubelet.set(node, version)
      break
    case 'restart-kubelet':
      state.kubelet.set(node, state.installedKubelet.get(node) ?? version)
      break
    case 'wait-healthy':
      state.ready.add(node)
      if (state.inWork === node) state.inWork = undefined
      break
    case 'uncordon':
      state.cordoned.set(node, 'no')
      state.drained.delete(node)
      break
  }
}

function ranKubeadm(state: State, node: string, version: string): void {
  state.ran.get(node)?.add(minor(version))
  state.ranExactly.get(node)?.add(version)
}

/** The skew between everything that runs, after each change. */
function after({ machines }: Start, state: State, { what }: Event): string[] {
  if (!what.startsWith('kubeadm-upgrade') && what !== 'restart-kubelet') return []
  const wrong: string[] = []
  const servers = [...state.apiServer.values()].map(minor)
  const [lowest, highest] = [Math.min(...servers), Math.max(...servers)]
  if (highest - lowest > 1) wrong.push('API servers are more than one minor apart')
  for (const { name, local } of machines) {
    const kubelet = minor(state.kubelet.get(name) ?? '')
    const own = state.apiServer.get(name)
    const reached = local && own !== undefined ? minor(own) : lowest
    if (kubelet > reached) wrong.push(`the kubelet of ${name} is newer than an API server that it reaches`)
    if (highest - kubelet > 3)
      wrong.push(`the kubelet of ${name} is more than three minors older than an API server`)
  }
  return wrong
}

function atTheEnd(start: Start, state: State): string[] {
  return start.machines
    .filter(({ name }) => !start.excused.includes(name))
    .flatMap(({ name, cordoned }) => {
      const wrong: string[] = []
      if (state.kubelet.get(name) !== start.target) wrong.push(`the kubelet of ${name} is left behind`)
      const server = state.apiServer.get(name)
      if (server !== undefined && server !== start.target)
        wrong.push(`the API server of ${name} is left behind`)
      if (state.cordoned.get(name) !== (cordoned === 'by others' ? 'by others' : 'no'))
        wrong.push(`${name} is not cordoned as it was before`)
      return wrong
    })
}
