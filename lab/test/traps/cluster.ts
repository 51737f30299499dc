import type { Lab } from '../../cluster/lab.ts'
import { WEB_IMAGE } from '../../cluster/images/images.ts'
import { equal, truthy } from '../check.ts'
import { deprecatedApi } from './control-plane.ts'
import { done, inConfigMap, ofObjects, type Trap } from './trap.ts'

const metadata = (name: string): object => ({ name, namespace: 'default' })
const container = { name: 'web', image: WEB_IMAGE }

/** A Deployment of one pod that can run on one node only. */
function deployment(name: string, node: string, spec: object): object {
  const labels = { app: name }
  const template = {
    metadata: { labels },
    spec: { nodeSelector: { 'kubernetes.io/hostname': node }, ...spec },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(name),
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  }
}

const budget = (name: string, app: string): object => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: metadata(name),
  spec: { minAvailable: 1, selector: { matchLabels: { app } } },
})

const volume = [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'trap' },
    spec: {
      capacity: { storage: '1Mi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'trap',
      local: { path: '/srv' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['w1'] }] },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadata('trap'),
    spec: {
      storageClassName: 'trap',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Mi' } },
    },
  },
]

/** Called only for the mirror of the scheduler's static pod, so that the cluster goes on. */
const webhook = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'trap' },
  webhooks: [
    {
      name: 'pods.trap.example',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      clientConfig: { service: { namespace: 'default', name: 'trap' } },
      objectSelector: { matchLabels: { component: 'kube-scheduler' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
  ],
}

const apiService = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1.trap.example' },
  spec: {
    group: 'trap.example',
    version: 'v1',
    service: { namespace: 'default', name: 'trap' },
    groupPriorityMinimum: 1000,
    versionPriority: 15,
    insecureSkipTLSVerify: true,
  },
}

/** A plugin's DaemonSet that no node takes. */
const plugin = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: metadata('calico-node'),
  spec: {
    selector: { matchLabels: { app: 'trap' } },
    template: {
      metadata: { labels: { app: 'trap' } },
      spec: { nodeSelector: { trap: 'none' }, containers: [{ name: 'node', image: 'calico/node:v3.29.1' }] },
    },
  },
}

/** All replicas of the web service have to stay. */
const webBudget: Trap = {
  finds: ['blocks disruption-budget w1', 'blocks disruption-budget w2'],
  set: (lab) => setMinAvailable(lab, 2),
  undo: (lab) => setMinAvailable(lab, 1),
}

async function setMinAvailable(lab: Lab, minAvailable: number): Promise<void> {
  const patch = JSON.stringify({ spec: { minAvailable } })
  done('patch', await lab.kubectl(['patch', 'poddisruptionbudget', 'web', '--type=merge', '-p', patch]))
}

const addGate = (text: string): string => `${text.trimEnd()}\nfeatureGates: {SidecarContainers: true}\n`

/** Objects and settings of the cluster, all at once. */
export const clusterTraps: readonly Trap[] = [
  webBudget,
  ofObjects(
    [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: metadata('trap-bare'),
        spec: { nodeName: 'w1', terminationGracePeriodSeconds: 3600, containers: [container] },
      },
    ],
    'blocks bare-pods w1',
    'warns grace-period w1',
  ),
  ofObjects(
    [
      deployment('trap-empty', 'w2', {
        containers: [container],
        volumes: [{ name: 'scratch', emptyDir: {} }],
      }),
    ],
    'blocks empty-dir w2',
    'warns capacity w2',
  ),
  ofObjects(
    [
      deployment('trap-two', 'w2', { containers: [container] }),
      budget('trap-two-a', 'trap-two'),
      budget('trap-two-b', 'trap-two'),
    ],
    'blocks eviction-refused w2',
  ),
  ofObjects(
    [
      ...volume,
      deployment('trap-local', 'w1', {
        containers: [container],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'trap' } }],
      }),
    ],
    'warns local-volume w1',
  ),
  ofObjects([webhook], 'blocks webhook-down cluster'),
  ofObjects([apiService], 'warns api-service-down cluster'),
  ofObjects([plugin], 'warns network-plugin-untested cluster'),
  inConfigMap('kubelet-config', 'kubelet', addGate, 'blocks kubelet-config-feature-gate-removed cluster'),
  inConfigMap('kube-proxy', 'config.conf', setProxyGate, 'blocks kube-proxy-feature-gate-removed cluster'),
  inConfigMap(
    'kubeadm-config',
    'ClusterConfiguration',
    (text) =>
      `${text.replace(/^controlPlaneEndpoint: .*$/m, 'controlPlaneEndpoint: 10.200.0.12:6443').trimEnd()}\nfeatureGates: {NodeLocalCRISocket: true}\n`,
    'tells kubeadm-feature-gate-removed cluster',
    'warns endpoint-is-node cp2',
  ),
  deprecatedApi,
]

/** kubeadm writes `featureGates: null` or nothing. */
function setProxyGate(text: string): string {
  return addGate(text.replace(/^featureGates:.*\n/m, ''))
}

/** Until the pods of the traps run: their budgets count them only then. */
export async function podsOfTrapsRun(lab: Lab): Promise<void> {
  const names = ['trap-empty', 'trap-two', 'trap-local']
  for (const name of names) {
    const result = await lab.kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=180s'])
    truthy(`${name}: ${result.stdout}${result.stderr}`, result.code === 0)
  }
  const bare = await lab.kubectl(['wait', 'pod/trap-bare', '--for=condition=Ready', '--timeout=180s'])
  equal('the bare pod', bare.code, 0)
}
