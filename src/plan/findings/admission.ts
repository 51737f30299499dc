import type { Webhook } from '../../cluster/forecast.ts'
import { matches } from '../../cluster/selector.ts'
import { evictedPods } from '../drains.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Forecast } from '../observed.ts'

export const admissionCatalogue = {
  'webhook-down': {
    severity: 'blocks',
    looks:
      'An admission webhook that fails closed (`failurePolicy: Fail`) is called when pods are created, deleted or evicted, in kube-system or where pods are going to be evicted, and no pod answers for its service: static pods would not come back into view, evicted pods would not be replaced.',
    todo: 'Repair the service of the webhook, or delete its configuration for the time of the upgrade.',
  },
  'webhook-on-one-node': {
    severity: 'warns',
    looks:
      'The same, and all pods that answer for the webhook are on one node: while that node is drained, nothing can replace them if the webhook also asks for its own pods.',
    todo: 'Run two replicas of it on different nodes, and keep its own namespace out with `namespaceSelector`.',
  },
  'api-service-down': {
    severity: 'warns',
    looks:
      'An aggregated API (APIService) does not answer: deleting namespaces and garbage collection wait for it, and clients that list all APIs are slow.',
    todo: 'Repair the service behind it, or delete the APIService when nobody needs it any more.',
  },
} as const satisfies Catalogue

const finding = findingsOf(admissionCatalogue)

/** What stands between the API server and the pods, whatever the node. @param drained names of the nodes */
export function admissionFindings(forecast: Forecast, drained: readonly string[]): Finding[] {
  const { obstacles } = forecast
  return [
    ...obstacles.webhooks
      .filter((webhook) => concernsPods(webhook) && isCalled(webhook, forecast, drained))
      .flatMap((webhook) => webhookFindings(webhook, forecast, drained)),
    ...obstacles.apiServices
      .filter((one) => !one.available)
      .map(({ name, service, message }) =>
        finding(
          'api-service-down',
          undefined,
          `APIService ${name} (service ${service}) does not answer: ${message}`,
          'Repair its service, or delete the APIService.',
        ),
      ),
  ]
}

function webhookFindings(webhook: Webhook, { endpoints }: Forecast, drained: readonly string[]): Finding[] {
  if (webhook.service === undefined) return []
  const service = `${webhook.service.namespace}/${webhook.service.name}`
  const nodes = endpoints.get(service)
  if (nodes === undefined) return []
  const what = `Webhook ${webhook.name} of ${webhook.configuration} fails closed on pods`
  const [node] = nodes
  if (node === undefined) {
    const seen = `${what}, and nothing answers for its service ${service}.`
    return [
      finding('webhook-down', undefined, seen, 'Repair the service, or delete the configuration for now.'),
    ]
  }
  if (nodes.some((one) => one !== node) || !drained.includes(node)) return []
  const seen = `${what}, and all that answers for its service ${service} is on ${node}, which is going to be drained.`
  return [finding('webhook-on-one-node', node, seen, 'Run two replicas of it on different nodes.')]
}

/** Whether it is called for pods or their eviction. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules */
function concernsPods({ failsClosed, rules }: Webhook): boolean {
  const resources = ['pods', 'pods/eviction', 'pods/*', '*', '*/*', '*/eviction']
  return (
    failsClosed &&
    rules.some(
      (rule) =>
        rule.apiGroups.some((group) => group === '' || group === '*' || group === 'policy') &&
        rule.operations.some((operation) => ['CREATE', 'DELETE', '*'].includes(operation)) &&
        rule.resources.some((resource) => resources.includes(resource)),
    )
  )
}

/** The labels of the control plane's static pods, whose mirrors are created anew at every change. */
const mirrors = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'].map((component) => ({
  namespace: 'kube-system',
  labels: { component, tier: 'control-plane' },
}))

/** Whether a pod that the upgrade makes or evicts is one of those that the webhook selects. */
function isCalled(webhook: Webhook, { obstacles, workloads }: Forecast, drained: readonly string[]): boolean {
  const evicted = [...evictedPods(workloads?.pods ?? [], drained).values()].flat()
  const pods = [...mirrors, ...evicted.map((pod) => ({ namespace: pod.namespace, labels: pod.shape.labels }))]
  return pods.some(
    ({ namespace, labels }) =>
      matches(webhook.namespaceSelector, obstacles.namespaces.get(namespace) ?? {}) &&
      matches(webhook.objectSelector, labels),
  )
}
