import { apiName, type DeprecatedApi } from '../../cluster/deprecated.ts'
import { untestedAddon } from '../../versions/addons.ts'
import { minorOf, minorsBetween, type Version } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Forecast } from '../observed.ts'

export const apisCatalogue = {
  'removed-api-requested': {
    severity: 'blocks',
    looks:
      'Reads the metric `apiserver_requested_deprecated_apis` of every API server: some client asks for an API that the target no longer serves, and names objects that are written through it, by their managedFields and by what `kubectl apply` notes in them. An API server forgets at every restart what it was asked for; clients that come rarely may not be among what it remembers.',
    todo: 'Find the client (audit log, annotation `k8s.io/deprecated`) and move it to the version that stays: <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>.',
  },
  'deprecated-api-requested': {
    severity: 'tells',
    looks: 'The same for APIs that the target still serves and a later minor does not.',
    todo: 'Plan the move; this upgrade is not concerned.',
  },
  'network-plugin-untested': {
    severity: 'warns',
    looks:
      'Tells Calico and Cilium by the images of their DaemonSets, and compares the release with the Kubernetes minors that its makers say they test it on. Of other plugins, of releases that are not known here, and of storage drivers nothing is said.',
    todo: 'Upgrade the plugin to a release that is tested on the target: before, or with a hook at the right moment (policy: `hooks.cni`).',
  },
} as const satisfies Catalogue

const finding = findingsOf(apisCatalogue)

/** What the target takes from the clients and plugins of the cluster. */
export function apiFindings(forecast: Forecast, target: Version): Finding[] {
  return [...requestedFindings(forecast, target), ...pluginFindings(forecast, target)]
}

function requestedFindings({ deprecated, deprecatedObjects }: Forecast, target: Version): Finding[] {
  const asked = deprecated.flatMap(({ node, apis }) => apis.map((api) => ({ node, api })))
  return [...Map.groupBy(asked, ({ api }) => apiName(api))].flatMap(([name, group]) => {
    const [first] = group
    if (first?.api.removedIn === undefined) return []
    const nodes = group.map(({ node }) => node).join(', ')
    const gone = isRemoved(first.api, target)
    const objects = deprecatedObjects.get(name) ?? []
    const written = objects.length === 0 ? '' : ` Written through it: ${someOf(objects)}.`
    const seen = `Clients ask ${nodes} for ${name}, which ${first.api.removedIn} no longer serves.${written}`
    return gone
      ? [finding('removed-api-requested', undefined, seen, 'Move the clients to the version that stays.')]
      : [finding('deprecated-api-requested', undefined, seen, 'Plan the move.')]
  })
}

/** Whether the target is without an API that is deprecated now. */
export function isRemoved({ removedIn }: DeprecatedApi, target: Version): boolean {
  return removedIn !== undefined && minorsBetween(removedIn, minorOf(target)) >= 0
}

function someOf(objects: readonly string[]): string {
  return objects.slice(0, 5).join(', ') + (objects.length > 5 ? ' and more' : '')
}

function pluginFindings({ obstacles }: Forecast, target: Version): Finding[] {
  return obstacles.daemonSets.flatMap(({ namespace, name, images }) => {
    const untested = images
      .map((image) => untestedAddon(image, minorOf(target)))
      .find((one) => one !== undefined)
    if (untested === undefined) return []
    const { name: plugin, release, newest, source } = untested
    const seen = `${plugin} ${release} (DaemonSet ${namespace}/${name}) was tested on Kubernetes up to ${newest}.`
    return [finding('network-plugin-untested', undefined, seen, `Upgrade it first: ${source}`)]
  })
}
