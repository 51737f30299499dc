import type { Minor } from './version.ts'

/** What a person has to know before going to a minor, in few words; what can be looked for has a finding of its own. */
export interface ReleaseNotes {
  /** Changes that can break a cluster that worked before. */
  readonly urgent: readonly string[]
  /** What is gone: flags, APIs, features that are not looked for, or not everywhere. */
  readonly removed: readonly string[]
}

/**
 * From "Urgent Upgrade Notes", "Deprecation" and "API Change" of the release notes
 * (https://github.com/kubernetes/kubernetes/tree/master/CHANGELOG), and the removals of beta APIs from `APILifecycleRemoved` in
 * k8s.io/api. Only what is of use to someone who upgrades a kubeadm cluster.
 */
const notes: Readonly<Record<Minor, ReleaseNotes>> = {
  '1.32': {
    urgent: ['the controller manager accepts no --cloud-provider but external'],
    removed: ['flowcontrol.apiserver.k8s.io/v1beta3', 'coordination.k8s.io/v1alpha1', 'kubelet --runonce'],
  },
  '1.33': {
    urgent: [
      'kubeadm runs SystemVerification at upgrades',
      'kubelets of control plane nodes talk to their own API server',
    ],
    removed: ['kube-apiserver --cloud-provider and --cloud-config', 'authentication.k8s.io/v1beta1'],
  },
  '1.34': {
    urgent: [
      'etcd moves from 3.5 to 3.6: members below 3.5.26 may bring removed members back',
      'static pods may not refer to Secrets, ConfigMaps or ServiceAccounts',
    ],
    removed: [
      'kubelet --cloud-config and --register-schedulable',
      'admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicy',
      'resource.k8s.io/v1alpha3 but for DeviceTaintRule',
    ],
  },
  '1.35': {
    urgent: [
      'the kubelet does not start on cgroup v1 unless failCgroupV1 is false',
      'components do not start with feature gates whose dependencies are off',
      'the ipvs mode of kube-proxy is deprecated',
    ],
    removed: [
      'kubelet --pod-infra-container-image',
      'storage.k8s.io/v1alpha1 VolumeAttributesClass',
      'storagemigration.k8s.io/v1alpha1',
    ],
  },
  '1.36': {
    urgent: ['kubeadm no longer mounts the folder of flex volumes into the controller manager'],
    removed: ['the Portworx volume plugin in the tree', 'scheduling.k8s.io/v1alpha1'],
  },
  '1.37': {
    urgent: [
      'etcd moves from 3.6 to 3.7, which has no --experimental flags',
      'kubeadm no longer reads kubeadm.k8s.io/v1beta3',
      "eventRecordQPS: 0 in the kubelet's configuration means unlimited now",
    ],
    removed: [
      "cAdvisor's flags of the kubelet, but for --housekeeping-interval",
      'networking.k8s.io/v1beta1 IPAddress and ServiceCIDR',
      'scheduling.k8s.io/v1alpha2',
    ],
  },
}

/** undefined for a minor that this release knows nothing of. */
export function releaseNotes(minor: Minor): ReleaseNotes | undefined {
  return notes[minor]
}

/** Where the notes of a minor stand as a whole. */
export function changelog(minor: Minor): string {
  return `https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-${minor}.md`
}
