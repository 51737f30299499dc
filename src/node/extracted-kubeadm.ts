import type { Script } from '../ssh/remote.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import type { FetchKubeadm } from './packages/package-manager.ts'

/** Defines `$temporary`, a root-only folder that is gone when the script ends, also after a failure. */
export const temporaryFolder = loadScript(
  'temporary-folder',
  new URL('./scripts/temporary-folder.sh', import.meta.url),
)

/**
 * `script` with the means to use the kubeadm of another version without installing it: it calls
 * `fetch_kubeadm "$temporary/kubeadm" ARGS...` with the arguments of `fetch`, and then has it at `$kubeadm` until it ends.
 */
export function withKubeadm(fetch: FetchKubeadm, script: Script): Script {
  return joinScripts(script.name, temporaryFolder, fetch.script, script)
}
