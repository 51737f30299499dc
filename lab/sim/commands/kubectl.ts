import { hasQuorum, isUp, serversBehind } from '../model/control-plane.ts'
import { goJson, jsonpath } from '../jsonpath.ts'
import { objects } from '../model/objects.ts'
import { version } from '../model/releases.ts'
import { Refused, type Json, type JsonObject, type KubeObject } from '../model/store.ts'
import type { Call, Command } from './command.ts'
import { drain } from './drain.ts'
import { annotateLocal, createRaw, getRaw } from './kubectl-raw.ts'

const kinds: Readonly<Record<string, { kind: string; namespaced: boolean; apiVersion: string }>> = {}
const define = (names: string, kind: string, namespaced: boolean, apiVersion: string): void => {
  for (const name of names.split(' ')) Object.assign(kinds, { [name]: { kind, namespaced, apiVersion } })
}
define('node nodes no', 'Node', false, 'v1')
define('namespace namespaces ns', 'Namespace', false, 'v1')
define('pod pods po', 'Pod', true, 'v1')
define('configmap configmaps cm', 'ConfigMap', true, 'v1')
define('daemonset daemonsets ds', 'DaemonSet', true, 'apps/v1')
define('deployment deployments deploy', 'Deployment', true, 'apps/v1')
define('job jobs job.batch jobs.batch', 'Job', true, 'batch/v1')
define('poddisruptionbudget poddisruptionbudgets pdb', 'PodDisruptionBudget', true, 'policy/v1')
define('persistentvolume persistentvolumes pv', 'PersistentVolume', false, 'v1')
define('apiservice apiservices', 'APIService', false, 'apiregistration.k8s.io/v1')
define('endpointslice endpointslices', 'EndpointSlice', true, 'discovery.k8s.io/v1')
for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'])
  define(`${kind.toLowerCase()} ${kind.toLowerCase()}s`, kind, false, 'admissionregistration.k8s.io/v1')
define(
  'lease leases lease.coordination.k8s.io leases.coordination.k8s.io',
  'Lease',
  true,
  'coordination.k8s.io/v1',
)

/** kubectl, against the API servers of the simulated cluster. */
export const kubectl: Command = async (call) => {
  const [verb = '', ...words] = plainWords(call)
  if (verb === 'version') return clientVersion(call)
  if (verb === 'annotate' && call.has('--local')) return annotateLocal(call)
  if (!reachable(call)) return 1
  const run = verbs[verb]
  if (run === undefined) {
    call.err(`error: unknown command "${verb}" for "kubectl"`)
    return 1
  }
  try {
    return await run(call, words)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    call.err(`Error from server (${error.reason}): ${error.message}`)
    return 1
  }
}

/** Options of kubectl that take a value in the next word. */
const valued = ['-n', '-l', '-o', '-p', '-f', '--field-selector', '--selector', '--namespace', '--output']

function plainWords({ args }: Call): string[] {
  return args.filter((word, at) => !word.startsWith('-') && !valued.includes(args[at - 1] ?? ''))
}

const verbs: Readonly<Record<string, (call: Call, words: readonly string[]) => number | Promise<number>>> = {
  get: (call, words) => (call.option('--raw') === undefined ? get(call, words) : getRaw(call)),
  patch: (call, [resource, name = '']) => {
    const { kind, namespaced } = kindOf(resource)
    const patch = JSON.parse(call.option('-p', '--patch') ?? '{}') as JsonObject
    call.cluster.store.patch(kind, namespaced ? namespaceOf(call) : undefined, name, patch)
    call.out(`${kind.toLowerCase()}/${name} patched`)
    return 0
  },
  create: (call) => (call.option('--raw') === undefined ? write(call, 'created') : createRaw(call)),
  replace: (call) => write(call, 'replaced'),
  delete: (call, words) => {
    const [resource, name = ''] = words.flatMap((word) => word.split('/'))
    const { kind, namespaced } = kindOf(resource)
    call.cluster.store.delete(kind, namespaced ? namespaceOf(call) : undefined, name)
    call.out(`${kind.toLowerCase()} "${name}" deleted`)
    return 0
  },
  cordon: (call, [name = '']) => setUnschedulable(call, name, true),
  uncordon: (call, [name = '']) => setUnschedulable(call, name, false),
  drain: (call, [name = '']) => drain(call, name),
}

function kindOf(resource = ''): { kind: string; namespaced: boolean; apiVersion: string } {
  const kind = kinds[resource]
  if (kind === undefined)
    throw new Refused('BadRequest', `the server doesn't have a resource type "${resource}"`)
  return kind
}

function namespaceOf(call: Call): string {
  return call.option('-n', '--namespace') ?? 'default'
}

function clientVersion(call: Call): number {
  const installed = call.machine.packages.get('kubectl')
  if (installed === undefined) return 127
  call.out(`Client Version: ${version(installed.version)}`, 'Kustomize Version: v5.7.1')
  return 0
}

/** Whether the API server that the options lead to answers; says why not, as kubectl does. */
function reachable(call: Call): boolean {
  const { cluster, machine } = call
  const kubeconfig = call.option('--kubeconfig')
  if (kubeconfig === undefined || machine.read(kubeconfig) === undefined) {
    call.err(`error: stat ${machine.shown(kubeconfig ?? '')}: no such file or directory`)
    return false
  }
  const server = call.option('--server') ?? `https://${cluster.endpoint}`
  cluster.settle()
  if (serversBehind(cluster, server).length > 0) return true
  const host = server.replace('https://', '')
  const own = cluster.controlPlanes.find((one) => host.startsWith(`${one.address}:`))
  if (own !== undefined && isUp(cluster, own, 'kube-apiserver') && !hasQuorum(cluster))
    call.err('Error from server: etcdserver: request timed out')
  else call.err(`The connection to the server ${host} was refused - did you specify the right host or port?`)
  return false
}

function get(call: Call, [resource, name]: readonly string[]): number {
  const { kind, namespaced, apiVersion } = kindOf(resource)
  const all = objects(call.cluster, kind, name)
  const namespace = namespaceOf(call)
  const here = all.filter(
    (one) => !namespaced || call.has('-A', '--all-namespaces') || one.metadata.namespace === namespace,
  )
  if (name === undefined) {
    const items = here.filter((one) => selected(call, one))
    return show(call, { apiVersion: 'v1', kind: 'List', items: items as unknown as Json[] }, items)
  }
  const object = here.find((one) => one.metadata.name === name)
  if (object === undefined) {
    if (call.has('--ignore-not-found')) return 0
    throw new Refused('NotFound', `${kind.toLowerCase()}s${groupOf(apiVersion)} "${name}" not found`)
  }
  return show(call, object as unknown as Json, [object])
}

/** `.apps` of `apps/v1`; nothing for the core group. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `.${apiVersion.split('/')[0] ?? ''}` : ''
}

function selected(call: Call, object: KubeObject): boolean {
  const labels = (call.option('-l', '--selector') ?? '').split(',').filter(Boolean)
  const fields = (call.option('--field-selector') ?? '').split(',').filter(Boolean)
  const ofPod = { 'metadata.name': object.metadata.name, 'spec.nodeName': object.spec?.['nodeName'] }
  return (
    labels.every((rule) => {
      const [key = '', value] = rule.split('=')
      const own = object.metadata.labels?.[key]
      return value === undefined ? own !== undefined : own === value
    }) &&
    fields.every((rule) => {
      const [key = '', value = ''] = rule.split('=')
      return ofPod[key as keyof typeof ofPod] === value
    })
  )
}

function show(call: Call, value: Json, items: readonly KubeObject[]): number {
  const output = call.option('-o', '--output') ?? ''
  if (output.startsWith('jsonpath=')) call.raw(jsonpath(output.slice('jsonpath='.length), value))
  else if (output === 'json') call.out(goJson(value))
  else if (output === 'name')
    call.out(
      ...items.map((one) => `${one.kind.toLowerCase()}${groupOf(one.apiVersion)}/${one.metadata.name}`),
    )
  else if (output === '' || output === 'wide') table(call, items)
  else {
    call.err(`error: unable to match a printer suitable for the output format "${output}"`)
    return 1
  }
  return 0
}

/** For people who look at the simulated cluster. */
function table(call: Call, items: readonly KubeObject[]): void {
  const rows = items.map((one) => {
    const status = one.status as
      { conditions?: { type: string; status: string }[]; phase?: string } | undefined
    const ready = status?.conditions?.find((condition) => condition.type === 'Ready')?.status === 'True'
    const state = one.kind === 'Node' ? (ready ? 'Ready' : 'NotReady') : (status?.phase ?? '')
    const info = (one.status?.['nodeInfo'] as { kubeletVersion?: string } | undefined)?.kubeletVersion ?? ''
    const cordoned = one.spec?.['unschedulable'] === true ? ',SchedulingDisabled' : ''
    return [one.metadata.namespace ?? '', one.metadata.name, `${state}${cordoned}`, info]
  })
  const all = [['NAMESPACE', 'NAME', 'STATUS', 'VERSION'], ...rows]
  const used = [0, 1, 2, 3].filter((column) => rows.some((row) => row[column] !== ''))
  const width = (column: number): number => Math.max(...all.map((row) => (row[column] ?? '').length)) + 3
  call.out(
    ...all.map((row) =>
      used
        .map((column) => (row[column] ?? '').padEnd(width(column)))
        .join('')
        .trimEnd(),
    ),
  )
}

/** `create -f -` and `replace -f -` with one object in JSON. */
function write(call: Call, verb: 'created' | 'replaced'): number {
  const given = JSON.parse(call.stdin) as KubeObject
  const { kind, namespaced } = kindOf(given.kind.toLowerCase())
  const { store, time } = call.cluster
  const namespace = namespaced ? (given.metadata.namespace ?? namespaceOf(call)) : undefined
  const metadata = { ...given.metadata, ...(namespace !== undefined && { namespace }) }
  const stored =
    verb === 'created'
      ? store.create({
          ...given,
          metadata: {
            ...metadata,
            uid: crypto.randomUUID(),
            creationTimestamp: new Date(time.now()).toISOString(),
          },
        })
      : store.replace({
          ...given,
          metadata: { ...metadata, resourceVersion: given.metadata.resourceVersion },
        })
  if (call.option('-o') !== undefined) return show(call, stored as unknown as Json, [stored])
  call.out(`${kind.toLowerCase()}/${given.metadata.name} ${verb}`)
  return 0
}

function setUnschedulable(call: Call, name: string, unschedulable: boolean): number {
  const { store } = call.cluster
  const verb = unschedulable ? 'cordoned' : 'uncordoned'
  const already = (store.find('Node', undefined, name)?.spec?.['unschedulable'] === true) === unschedulable
  if (!already) store.patch('Node', undefined, name, { spec: { unschedulable: unschedulable || null } })
  call.out(`node/${name} ${already ? 'already ' : ''}${verb}`)
  return 0
}
