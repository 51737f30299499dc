/** The commands that install Kubernetes on a fresh node, as the page on installing kubeadm has them. Pure. */
import type { PackageManager } from '../topology.ts'

const PACKAGES = ['kubeadm', 'kubelet', 'kubectl']

/** @param version such as v1.36.4 */
export function installScript(manager: PackageManager, version: string): string {
  const number = version.slice(1)
  const named = (separator: string, end = '-*'): string =>
    PACKAGES.map((name) => `'${name}${separator}${number}${end}'`).join(' ')
  switch (manager) {
    case 'apt':
      return `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends ${named('=')}
apt-mark hold ${PACKAGES.join(' ')}`
    case 'dnf':
      return `set -e
dnf -y install --disableexcludes=kubernetes ${named('-')}
systemctl --quiet enable --now kubelet`
    case 'dnf5':
      return `set -e
dnf5 -y install --setopt=disable_excludes=kubernetes ${named('-')}
systemctl --quiet enable --now kubelet`
    case 'zypper':
      return `set -e
zypper --non-interactive --gpg-auto-import-keys refresh
zypper --non-interactive install --no-recommends ${named('=', '')}
zypper --non-interactive addlock ${PACKAGES.join(' ')}
systemctl --quiet enable --now kubelet`
    case 'none':
      return `set -e
cd /usr/local/bin
for name in ${PACKAGES.join(' ')}; do
  curl -fsSLO "http://dl.k8s.io/release/${version}/bin/linux/amd64/$name"
  chmod +x "$name"
done
systemctl daemon-reload
systemctl --quiet enable --now kubelet`
  }
}
