/** A package repository file of the node that offers Kubernetes packages of one minor. */
export interface Repository {
  /** Absolute path of the file. */
  file: string
  format: 'list' | 'sources'
  /** e.g. 1.36; undefined for repositories that have no minor in their address (the frozen apt.kubernetes.io). */
  minor: string | undefined
  content: string
}

// The layout of pkgs.k8s.io and its mirrors: <base>/core:/stable:/v1.36/deb/. Only the minor's segment ever changes.
// https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/change-package-repository/
const minorSegment = /core:\/stable:\/v(\d+\.\d+)\//

/** The Kubernetes repositories among the `repository <path>` sections of facts.sh, comments and disabled ones left out. */
export function findRepositories(sections: ReadonlyMap<string, string>): Repository[] {
  const found: Repository[] = []
  for (const [name, content] of sections) {
    if (!name.startsWith('repository ')) continue
    const file = name.slice('repository '.length)
    const active = content.split('\n').filter((line) => !line.trimStart().startsWith('#'))
    if (active.some((line) => /^Enabled:\s*no/i.test(line))) continue
    const address = active.find(
      (line) => /kubernetes|core:\/stable:/.test(line) && /^(deb\s|URIs:)/.test(line),
    )
    if (address === undefined) continue
    const format = file.endsWith('.sources') ? 'sources' : 'list'
    found.push({ file, format, minor: minorSegment.exec(address)?.[1], content })
  }
  return found
}
