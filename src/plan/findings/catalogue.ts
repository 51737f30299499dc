import type { Catalogue } from '../finding.ts'
import { approvalCatalogue } from './approval.ts'
import { certificatesCatalogue } from './certificates.ts'
import { controlPlaneCatalogue } from './control-plane.ts'
import { etcdCatalogue } from './etcd.ts'
import { inventoryCatalogue } from './inventory.ts'
import { kubeadmCatalogue } from './kubeadm.ts'
import { kubeletCatalogue } from './kubelet.ts'
import { lagCatalogue } from './lag.ts'
import { machineCatalogue } from './machine.ts'
import { manifestsCatalogue } from './manifests.ts'
import { packagesCatalogue } from './packages.ts'
import { policyCatalogue } from './policy.ts'
import { repositoriesCatalogue } from './repositories.ts'
import { versionCatalogue } from './versions.ts'

/** Every finding there is. docs/findings.md is made of it; the parts stand beside the code that looks. */
export const catalogue: Catalogue = {
  ...approvalCatalogue,
  ...certificatesCatalogue,
  ...controlPlaneCatalogue,
  ...etcdCatalogue,
  ...inventoryCatalogue,
  ...kubeadmCatalogue,
  ...kubeletCatalogue,
  ...lagCatalogue,
  ...machineCatalogue,
  ...manifestsCatalogue,
  ...packagesCatalogue,
  ...policyCatalogue,
  ...repositoriesCatalogue,
  ...versionCatalogue,
}
