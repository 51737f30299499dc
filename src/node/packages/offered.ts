import type { Remote, Script } from '../../ssh/remote.ts'
import { Failure } from '../../failure.ts'
import { readVersion, type Minor, type Version } from '../../versions/version.ts'
import { parseSections } from '../sections.ts'
import type { Offers } from './package-manager.ts'

/** How one package manager is asked for what its repository offers. */
export interface Question {
  /** Prints `offered <minor>` or `error <minor>` sections, and `end`. */
  script: Script
  /** Its arguments; the minors follow. */
  args: readonly string[]
  /** The versions in the text of an `offered` section. */
  parse: (text: string) => Version[]
  /** What to try on the node when nothing could be asked. */
  refresh: string
}

/**
 * Asks a node's package manager what its repository offers for some minors.
 * @throws {Failure} `package-error` when the script did not come to its end
 */
export async function askOffered(
  remote: Remote,
  question: Question,
  minors: readonly Minor[],
): Promise<Offers> {
  const args = [...question.args, ...minors]
  const output = await remote.run(question.script, { args, timeout: 300_000, reads: true })
  const sections = parseSections(output.stdout)
  if (!sections.has('end')) {
    throw new Failure('package-error', `The package repository could not be read on ${remote.node}.`, {
      node: remote.node,
      seen: output.stderr.slice(-2000),
      next: `Run "${question.refresh}" on ${remote.node} and correct what it says.`,
    })
  }
  return new Map(
    minors.map((minor) => {
      const error = sections.get(`error ${minor}`)
      return [minor, error === undefined ? question.parse(sections.get(`offered ${minor}`) ?? '') : { error }]
    }),
  )
}

/** Versions in what `apt-cache madison` prints: `   kubeadm | 1.36.1-1.1 | https://...`. */
export function parseMadison(text: string): Version[] {
  return versionsIn(text.split('\n').map((line) => line.split('|')[1]?.trim() ?? ''))
}

/** Versions that stand alone on their lines, as `dnf repoquery --qf` prints them: `1.37.1-150500.1.1`. */
export function parseLines(text: string): Version[] {
  return versionsIn(text.split('\n').map((line) => line.trim()))
}

/** Versions in zypper's XML: `<solvable name="kubeadm" edition="1.37.1-150500.1.1" .../>`. */
export function parseSolvables(text: string): Version[] {
  return versionsIn(
    [...text.matchAll(/<solvable [^>]*\bedition="([^"]*)"/g)].map(([, edition = '']) => edition),
  )
}

function versionsIn(texts: readonly string[]): Version[] {
  return [...new Set(texts.map(readVersion).filter((version) => version !== undefined))]
}
