import type { Repository } from './repository.ts'

/** A configuration file of a package manager, as it is on the node. */
export interface ConfigFile {
  file: string
  content: string
}

/**
 * Which of `names` a dnf node keeps where they are: `exclude=` of the Kubernetes repository or of dnf.conf, or versionlock
 * (dnf 4: a list of `name-epoch:version-release.arch`; dnf5: TOML).
 */
export function heldByDnf(
  names: readonly string[],
  repositories: readonly Repository[],
  files: readonly ConfigFile[],
): string[] {
  const main = files.filter(({ file }) => /\/(dnf|yum)\.conf$/.test(file))
  const excluded = [...repositories, ...main].flatMap(({ content }) => excludes(content))
  const list = contentOf(files, 'versionlock.list')
  const toml = contentOf(files, 'versionlock.toml')
  return names.filter(
    (name) =>
      excluded.some((pattern) => matches(pattern, name)) ||
      new RegExp(`^(\\d+:)?${name}(-(\\d+:)?\\d.*|\\*?)?$`, 'm').test(list) ||
      new RegExp(`^name\\s*=\\s*"${name}"`, 'm').test(toml),
  )
}

/** Which of `names` zypper has a lock of, from /etc/zypp/locks. */
export function heldByZypper(names: readonly string[], files: readonly ConfigFile[]): string[] {
  const locked = contentOf(files, 'locks')
    .split(/\n\s*\n/)
    .filter((block) => !/^type:(?!\s*package)/m.test(block))
    .flatMap((block) => /^solvable_name:\s*(\S+)/m.exec(block)?.[1] ?? [])
  return names.filter((name) => locked.some((pattern) => matches(pattern, name)))
}

/** Values of `exclude=` and `excludepkgs=`, which go on in indented lines. */
function excludes(content: string): string[] {
  const values = content.matchAll(/^(?:exclude|excludepkgs)[ \t]*=((?:.*)(?:\n[ \t]+\S.*)*)/gm)
  return [...values].flatMap(([, value = '']) => value.split(/[\s,]+/).filter(Boolean))
}

function matches(pattern: string, name: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|\\[\]]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`).test(name)
}

function contentOf(files: readonly ConfigFile[], name: string): string {
  return files
    .filter(({ file }) => file.endsWith(`/${name}`))
    .map(({ content }) => content)
    .join('\n')
}
