/** A package repository file of the node that offers Kubernetes packages of one minor. */
export interface Repository {
  /** Absolute path of the file. */
  file: string
  format: 'list' | 'sources' | 'repo'
  /** The repository's name within a `.repo` file, which may have several. */
  id?: string
  /** e.g. 1.36; undefined for repositories that have no minor in their address (the frozen apt.kubernetes.io). */
  minor: string | undefined
  /** What stands before `core:/stable:/` in its address; undefined without a minor. */
  baseUrl?: string
  /** `signed-by` of an apt source. */
  keyring?: string
  /** Of a `.repo` file: only the repository's own section. */
  content: string
}

// The layout of pkgs.k8s.io and its mirrors: <base>/core:/stable:/v1.36/deb/, without colons in some mirrors (Aliyun). Only the
// minor's segment ever changes.
// https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/change-package-repository/
const minorSegment = /(https?:\/\/\S*)\/core:?\/stable:?\/v(\d+\.\d+)\//
const core = /core:?\/stable:?\/v/
/** Not those of add-ons: CRI-O's project is isv:/kubernetes:/addons:/cri-o. */
const isKubernetes = (address: string): boolean =>
  core.test(address) || (/kubernetes/.test(address) && !/\/addons:?\//.test(address))

/** The Kubernetes repositories among the `repository <path>` sections of facts.sh, comments and disabled ones left out. */
export function findRepositories(sections: ReadonlyMap<string, string>): Repository[] {
  return [...sections].flatMap(([name, content]) => {
    if (!name.startsWith('repository ')) return []
    const file = name.slice('repository '.length)
    return file.endsWith('.repo') ? ofRepoFile(file, content) : ofAptSource(file, content)
  })
}

function ofAptSource(file: string, content: string): Repository[] {
  const active = content.split('\n').filter((line) => !line.trimStart().startsWith('#'))
  if (active.some((line) => /^Enabled:\s*no/i.test(line))) return []
  const address = active
    .filter((line) => /^(deb\s|URIs:)/.test(line))
    .find((line) => isKubernetes(line.replace(/\[[^\]]*\]/, '')))
  if (address === undefined) return []
  const format = file.endsWith('.sources') ? 'sources' : 'list'
  return [{ file, format, content, ...placeOf(address), ...keyringOf(active.join('\n')) }]
}

function placeOf(address: string): Pick<Repository, 'minor' | 'baseUrl'> {
  const [, baseUrl, minor] = minorSegment.exec(address) ?? []
  return { minor, ...(baseUrl !== undefined && { baseUrl }) }
}

function keyringOf(source: string): Pick<Repository, 'keyring'> {
  const path = /signed-by=([^\],\s]+)|^Signed-By:[ \t]*(\/\S+)/im.exec(source)?.slice(1).find(Boolean)
  return path === undefined ? {} : { keyring: path }
}

/** Sections of a file of dnf, yum or zypper. The repository's name alone counts as well: a mirror may be called anything. */
function ofRepoFile(file: string, content: string): Repository[] {
  return content.split(/^(?=\[)/m).flatMap((section) => {
    const id = /^\[([^\]\n]+)\]/.exec(section)?.[1]
    const address = /^(?:baseurl|mirrorlist|metalink)[ \t]*=[ \t]*(\S.*)/m.exec(section)?.[1]
    if (id === undefined || address === undefined || /^enabled[ \t]*=[ \t]*(0|no|false)\b/im.test(section))
      return []
    if (!isKubernetes(address)) return []
    return [{ file, format: 'repo', id, content: section, ...placeOf(address) }]
  })
}
