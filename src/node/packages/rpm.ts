import { loadScript } from '../../ssh/script.ts'
import type { Version } from '../../versions/version.ts'

/** What dnf's and zypper's scripts have in common. */
export const rpmFunctions = loadScript(
  'rpm-functions',
  new URL('../scripts/rpm-functions.sh', import.meta.url),
)

/** A version as rpm writes it: `1.37.1`, `1.38.0~rc.0`. */
export function rpmVersion(version: Version): string {
  return version.slice(1).replace('-', '~')
}
