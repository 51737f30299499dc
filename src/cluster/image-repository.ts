import { parse, parseDocument } from 'yaml'
import { loadScript } from '../ssh/script.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'

/** kubeadm's own default. */
const upstream = 'registry.k8s.io'

const script = adminScript(
  loadScript('cluster-configuration', new URL('./scripts/cluster-configuration.sh', import.meta.url)),
)

/** Where kubeadm takes the cluster's images from. @param configuration ClusterConfiguration of kubeadm-config, YAML */
export function imageRepositoryOf(configuration: string): string {
  const found = parse(configuration) as { imageRepository?: string } | null
  return found?.imageRepository ?? upstream
}

/** The same configuration with another repository; everything else, comments and order as well, stays. */
export function withImageRepository(configuration: string, repository: string): string {
  const document = parseDocument(configuration)
  document.set('imageRepository', repository)
  return document.toString({ lineWidth: 0 })
}

/**
 * Has kubeadm take the images from another repository: UpgradeConfiguration has no field for it, kubeadm-config has. One
 * request that may be repeated.
 * @param configuration as it was read; if somebody changed it meanwhile, nothing is written
 * @throws {Failure} `control-plane-unhealthy`
 */
export async function setImageRepository(
  admin: Admin,
  configuration: string,
  repository: string,
): Promise<void> {
  const changed = JSON.stringify(withImageRepository(configuration, repository))
  await askControlPlane(admin, script, { args: [configuration.trimEnd(), changed] })
}
