export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }
export type JsonObject = { [key: string]: Json | undefined }

/** An object of the Kubernetes API. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    uid: string
    resourceVersion: string
    creationTimestamp: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
    ownerReferences?: JsonObject[]
  } & JsonObject
  spec?: JsonObject
  status?: JsonObject
  data?: Record<string, string>
}

/** Why the API server refuses a request: its reason and message. */
export class Refused extends Error {
  readonly reason: 'NotFound' | 'Conflict' | 'AlreadyExists' | 'TooManyRequests' | 'BadRequest'

  constructor(reason: Refused['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/** The objects that etcd holds, with optimistic locking: every write has a new resourceVersion. */
export class ObjectStore {
  private readonly objects = new Map<string, KubeObject>()
  /** etcd's revision. */
  revision = 1000

  all(kind: string): KubeObject[] {
    return [...this.objects.values()].filter((object) => object.kind === kind)
  }

  find(kind: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.objects.get(key(kind, namespace, name))
  }

  /** @throws {Refused} `AlreadyExists` */
  create(object: KubeObject): KubeObject {
    const { name, namespace } = object.metadata
    if (this.find(object.kind, namespace, name) !== undefined)
      throw new Refused('AlreadyExists', `${plural(object.kind)} "${name}" already exists`)
    return this.put(object)
  }

  /** @throws {Refused} `NotFound`; `Conflict` when the object's resourceVersion is given and not the current one */
  replace(object: KubeObject): KubeObject {
    const { name, namespace, resourceVersion } = object.metadata
    const current = this.find(object.kind, namespace, name)
    if (current === undefined) throw notFound(object.kind, name)
    if (resourceVersion !== '' && resourceVersion !== current.metadata.resourceVersion) {
      throw new Refused(
        'Conflict',
        `Operation cannot be fulfilled on ${plural(object.kind)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      )
    }
    return this.put(object)
  }

  /** JSON merge patch (RFC 7386). @throws {Refused} as `replace` */
  patch(kind: string, namespace: string | undefined, name: string, patch: JsonObject): KubeObject {
    const current = this.find(kind, namespace, name)
    if (current === undefined) throw notFound(kind, name)
    const wanted = (patch['metadata'] as JsonObject | undefined)?.['resourceVersion'] ?? ''
    const patched = merge(current as unknown as Json, patch) as unknown as KubeObject
    patched.metadata.resourceVersion = typeof wanted === 'string' ? wanted : ''
    return this.replace(patched)
  }

  delete(kind: string, namespace: string | undefined, name: string): void {
    if (!this.objects.delete(key(kind, namespace, name))) throw notFound(kind, name)
    this.revision++
  }

  private put(object: KubeObject): KubeObject {
    const resourceVersion = String(++this.revision)
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion } }
    this.objects.set(key(object.kind, object.metadata.namespace, object.metadata.name), stored)
    return stored
  }
}

function key(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`
}

function notFound(kind: string, name: string): Refused {
  return new Refused('NotFound', `${plural(kind)} "${name}" not found`)
}

const groups: Readonly<Record<string, string>> = {
  DaemonSet: '.apps',
  Deployment: '.apps',
  Job: '.batch',
  Lease: '.coordination.k8s.io',
  PodDisruptionBudget: '.policy',
}

/** The resource's name in the API server's messages: `leases.coordination.k8s.io`. */
export function plural(kind: string): string {
  return `${kind.toLowerCase()}s${groups[kind] ?? ''}`
}

function merge(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch
  const result: JsonObject = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === undefined) Reflect.deleteProperty(result, name)
    else result[name] = merge(result[name] ?? null, value)
  }
  return result
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
