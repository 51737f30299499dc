/** The demo web service: what makes a lost request visible. Pure. */
import { WEB_IMAGE } from '../images/images.ts'
import { WEB_NODE_PORT } from '../network/haproxy.ts'
import { workers, type Topology } from '../topology.ts'

/** Two replicas spread over the workers, a disruption budget, readiness, and an end that waits for the load balancers. */
export function webManifests(topology: Topology): unknown[] {
  const labels = { app: 'web' }
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        // With no more than one worker its pods must be able to move to a control plane node, else no drain ever ends.
        template: { metadata: { labels }, spec: podSpec(labels, workers(topology).length < 2) },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        type: 'NodePort',
        selector: labels,
        ports: [{ port: 80, targetPort: 8080, nodePort: WEB_NODE_PORT }],
      },
    },
  ]
}

function podSpec(labels: Record<string, string>, onControlPlanes: boolean): unknown {
  return {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: labels },
      },
    ],
    ...(onControlPlanes
      ? { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }
      : {}),
    containers: [
      {
        name: 'web',
        image: WEB_IMAGE,
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
        // Takes requests until kube-proxy on every node knows that the pod is going.
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
      },
    ],
  }
}
