import type { Catalogue } from '../finding.ts'
import { admissionCatalogue } from './admission.ts'
import { apisCatalogue } from './apis.ts'
import { approvalCatalogue } from './approval.ts'
import { capacityCatalogue } from './capacity.ts'
import { certificatesCatalogue } from './certificates.ts'
import { configurationsCatalogue } from './configurations.ts'
import { controlPlaneCatalogue } from './control-plane.ts'
import { drainCatalogue } from './drain.ts'
import { endpointCatalogue } from './endpoint.ts'
import { etcdCatalogue } from './etcd.ts'
import { inventoryCatalogue } from './inventory.ts'
import { kubeadmCatalogue } from './kubeadm.ts'
import { kubeletCatalogue } from './kubelet.ts'
import { lagCatalogue } from './lag.ts'
import { machineCatalogue } from './machine.ts'
import { manifestsCatalogue } from './manifests.ts'
import { packagesCatalogue } from './packages.ts'
import { policyCatalogue } from './policy.ts'
import { releaseCatalogue } from './release.ts'
import { repositoriesCatalogue } from './repositories.ts'
import { slotsCatalogue } from './slots.ts'
import { versionCatalogue } from './versions.ts'
import { windowsCatalogue } from './windows.ts'

/** Every finding there is. docs/findings.md is made of it; the parts stand beside the code that looks. */
export const catalogue: Catalogue = {
  ...admissionCatalogue,
  ...apisCatalogue,
  ...approvalCatalogue,
  ...capacityCatalogue,
  ...certificatesCatalogue,
  ...configurationsCatalogue,
  ...controlPlaneCatalogue,
  ...drainCatalogue,
  ...endpointCatalogue,
  ...etcdCatalogue,
  ...inventoryCatalogue,
  ...kubeadmCatalogue,
  ...kubeletCatalogue,
  ...lagCatalogue,
  ...machineCatalogue,
  ...manifestsCatalogue,
  ...packagesCatalogue,
  ...policyCatalogue,
  ...releaseCatalogue,
  ...repositoriesCatalogue,
  ...slotsCatalogue,
  ...versionCatalogue,
  ...windowsCatalogue,
}
