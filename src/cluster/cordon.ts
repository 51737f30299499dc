import { loadScript } from '../ssh/script.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'

const cordonScript = adminScript(loadScript('cordon', new URL('./scripts/cordon.sh', import.meta.url)))
const uncordonScript = adminScript(loadScript('uncordon', new URL('./scripts/uncordon.sh', import.meta.url)))

/**
 * Makes a node unschedulable and marks it as cordoned by us, in one request; leaves a node alone that is cordoned.
 * One API request that may be repeated, so it needs no detached job.
 * @param mark value of the annotation: who and when
 * @throws {Failure} `control-plane-unhealthy`
 */
export async function cordon(admin: Admin, node: string, mark: string): Promise<void> {
  await askControlPlane(admin, cordonScript, { args: [node, mark] })
}

/** Makes a node schedulable and removes our mark. @throws {Failure} `control-plane-unhealthy` */
export async function uncordon(admin: Admin, node: string): Promise<void> {
  await askControlPlane(admin, uncordonScript, { args: [node] })
}
