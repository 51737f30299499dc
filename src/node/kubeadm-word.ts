import { z } from 'zod'
import { adminScript } from '../cluster/admin.ts'
import type { Remote } from '../ssh/remote.ts'
import { loadScript } from '../ssh/script.ts'
import type { Version } from '../versions/version.ts'
import { withKubeadm } from './extracted-kubeadm.ts'
import { hideSecrets } from './hide-secrets.ts'
import type { FetchKubeadm } from './packages/package-manager.ts'
import { parseSections } from './sections.ts'

const wordScript = loadScript('kubeadm-word', new URL('./scripts/kubeadm-word.sh', import.meta.url))

const dryRunScript = loadScript('kubeadm-dry-run', new URL('./scripts/kubeadm-dry-run.sh', import.meta.url))

/** What is asked of kubeadm: `upgrade plan -o json`, `upgrade diff`, `upgrade apply --dry-run`. */
export type KubeadmCommand = 'plan' | 'diff' | 'apply'

/** A component that kubeadm moves, or a kubelet that is to be moved after it. */
export interface KubeadmComponent {
  name: string
  from: string
  to: string
  /** Nodes that run `from`; none for what is not of a node. */
  nodes: string[]
}

/** A component's configuration in the cluster, such as that of kube-proxy. */
export interface KubeadmConfig {
  group: string
  from: string
  to: string
  /** kubeadm cannot convert it. */
  manual: boolean
}

/** What the target's own kubeadm says of the upgrade. Texts come from a node; what may be a secret is hidden. */
export interface KubeadmWord {
  /** The node on which it was asked. */
  node: string
  version: Version
  /** Why it could not be asked: what the package manager said; undefined: it was. */
  unavailable: string | undefined
  components: KubeadmComponent[]
  configs: KubeadmConfig[]
  /** Static pod manifests that change, without etcd's: unified diffs. */
  manifests: { component: string; diff: string }[]
  /** Commands with another exit code than 0, and what they said. */
  refused: { command: KubeadmCommand; code: number; errors: string }[]
  /** Warnings of its checks. */
  warnings: string[]
  /** Name of the Job that its health check made, and that is gone again; undefined: it made none. */
  healthCheckJob: string | undefined
  /** Commands that the policy does not allow. */
  left: KubeadmCommand[]
}

/**
 * Asks a kubeadm that is not installed; changes nothing but for the Job of its health check.
 * @param configuration UpgradeConfiguration of `apply`
 * @param healthCheck whether kubeadm may make that Job; `plan` cannot do without, so it is left out then
 * @throws {Failure} what `Remote.run` throws
 */
export async function readKubeadmWord(
  remote: Remote,
  version: Version,
  { fetch, configuration, healthCheck }: { fetch: FetchKubeadm; configuration: string; healthCheck: boolean },
): Promise<KubeadmWord> {
  const args = [configuration, healthCheck ? 'yes' : 'no', ...fetch.args]
  const script = adminScript(withKubeadm(fetch, wordScript))
  const { stdout, stderr } = await remote.run(script, { args, timeout: 600_000 })
  return parseKubeadmWord(stdout, { node: remote.node, version, stderr })
}

/** Exit code of kubeadm-dry-run.sh when there is no kubeadm to ask. */
const notFetched = 65

/**
 * kubeadm's own dry run of a node's upgrade, by a kubeadm that is not installed; changes nothing.
 * @throws {Failure} what `Remote.run` throws
 */
export async function dryRunKubeadm(
  remote: Remote,
  action: 'apply' | 'node',
  { fetch, configuration }: { fetch: FetchKubeadm; configuration: string },
): Promise<{ code: number; fetched: boolean; errors: string }> {
  const args = [action, configuration, ...fetch.args]
  const { code, stderr } = await remote.run(withKubeadm(fetch, dryRunScript), { args, timeout: 600_000 })
  return { code, fetched: code !== notFetched, errors: hideSecrets(stderr) }
}

/** KubeadmWord from the sections that kubeadm-word.sh printed. */
export function parseKubeadmWord(
  stdout: string,
  { node, version, stderr = '' }: { node: string; version: Version; stderr?: string },
): KubeadmWord {
  const sections = parseSections(stdout)
  const text = (name: string): string => (sections.get(name) ?? '').trim()
  const failed = sections.get('failed') ?? (sections.has('end') ? undefined : stderr.slice(-2000))
  const asked = (['plan', 'diff', 'apply'] as const).filter((command) => sections.has(`${command} code`))
  const said = asked.map((command) => {
    return { command, code: Number(text(`${command} code`)), errors: hideSecrets(text(`${command} errors`)) }
  })
  return {
    node,
    version,
    unavailable: failed?.trim(),
    ...parseUpgradePlan(text('plan')),
    manifests: parseDiff(sections.get('diff') ?? ''),
    refused: said.filter(({ code }) => code !== 0),
    warnings: [...new Set(said.flatMap(({ errors }) => errors.match(/\[WARNING [^\]]+\]: .+/g) ?? []))],
    healthCheckJob: text('health-check-job') || undefined,
    left: failed !== undefined || asked.includes('plan') ? [] : ['plan'],
  }
}

// Fields of output.kubeadm.k8s.io/v1alpha3, and the list of components at the top that v1alpha2 had.
// k8s.io/kubernetes/cmd/kubeadm/app/apis/output/v1alpha3/types.go
const componentSchema = z.object({
  name: z.string(),
  currentVersion: z.string().default(''),
  newVersion: z.string().default(''),
  nodeName: z.string().optional(),
})
const configSchema = z.object({
  group: z.string(),
  currentVersion: z.string().default(''),
  preferredVersion: z.string().default(''),
  manualUpgradeRequired: z.boolean().default(false),
})
const planSchema = z.object({
  components: z.array(componentSchema).default([]),
  availableUpgrades: z.array(z.object({ components: z.array(componentSchema).default([]) })).default([]),
  configVersions: z.array(configSchema).default([]),
})

/** Components and component configs of an UpgradePlan; none of a text that is no such JSON: kubeadm prints nothing when there is nothing to do. */
function parseUpgradePlan(text: string): Pick<KubeadmWord, 'components' | 'configs'> {
  const { components, availableUpgrades, configVersions } = planSchema.parse(readJson(text))
  const all = [...components, ...availableUpgrades.flatMap((upgrade) => upgrade.components)]
  const groups = Map.groupBy(all, ({ name, currentVersion, newVersion }) =>
    [name, currentVersion, newVersion].join(' '),
  )
  return {
    components: [...groups.values()].flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const nodes = group.flatMap(({ nodeName }) => nodeName ?? []).toSorted()
      return { name: first.name, from: first.currentVersion, to: first.newVersion, nodes }
    }),
    configs: configVersions.map(({ group, currentVersion, preferredVersion, manualUpgradeRequired }) => {
      return { group, from: currentVersion, to: preferredVersion, manual: manualUpgradeRequired }
    }),
  }
}

function readJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return planSchema.safeParse(value).success ? value : {}
  } catch {
    return {}
  }
}

/** The diffs of `kubeadm upgrade diff`, which come in any order, by component. */
function parseDiff(text: string): KubeadmWord['manifests'] {
  const parts = text.split(/^(?=--- \/\S+\n\+\+\+ )/m).filter((part) => part.startsWith('--- '))
  return parts
    .map((part) => {
      const component = /^--- \S*\/([^/\s]+)\.yaml$/m.exec(part)?.[1] ?? ''
      return { component, diff: hideSecrets(part.replace(/^(?:---|\+\+\+) .*\n/gm, '').trimEnd()) }
    })
    .toSorted((a, b) => a.component.localeCompare(b.component))
}
