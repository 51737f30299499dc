import { parse } from 'yaml'
import { loadScript } from '../ssh/script.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'

/** kubeadm's own default. */
const upstream = 'registry.k8s.io'

const script = adminScript(
  loadScript('image-repository', new URL('./scripts/image-repository.sh', import.meta.url)),
)

/** Where kubeadm takes the cluster's images from. @param configuration ClusterConfiguration of kubeadm-config, YAML */
export function imageRepositoryOf(configuration: string): string {
  const found = parse(configuration) as { imageRepository?: string } | null
  return found?.imageRepository ?? upstream
}

/**
 * Has kubeadm take the images from another repository: UpgradeConfiguration has no field for it, kubeadm-config has. May be
 * repeated.
 * @throws {Failure} `control-plane-unhealthy`
 */
export async function setImageRepository(admin: Admin, repository: string): Promise<void> {
  await askControlPlane(admin, script, { args: [repository] })
}
