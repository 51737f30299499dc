import { minorsBetween, type Minor } from './version.ts'

/** A network plugin, told by the image of its DaemonSet. */
interface Addon {
  name: string
  /** Matches the image; the version is its first group, `major.minor`. */
  image: RegExp
  /** Newest Kubernetes minor that its makers tested a release on, oldest release first. */
  tested: readonly (readonly [release: string, newest: Minor])[]
  source: string
}

/**
 * What the makers of network plugins say that they test on. A minor that is not in a list may work; nobody says so.
 * The lists are those of releases that are no longer changed, read in November 2026.
 */
const addons: readonly Addon[] = [
  {
    name: 'Calico',
    image: /(?:^|\/)calico\/node:v?(\d+\.\d+)/,
    tested: [
      ['3.29', '1.32'],
      ['3.31', '1.35'],
      ['3.32', '1.36'],
      ['3.33', '1.37'],
    ],
    source: 'https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements',
  },
  {
    name: 'Cilium',
    image: /(?:^|\/)cilium\/cilium:v?(\d+\.\d+)/,
    tested: [
      ['1.15', '1.29'],
      ['1.16', '1.30'],
      ['1.18', '1.33'],
    ],
    source: 'https://docs.cilium.io/en/stable/network/kubernetes/compatibility/',
  },
]

/** A plugin in a release whose makers did not test it on a Kubernetes minor. */
export interface UntestedAddon {
  name: string
  release: string
  /** The newest minor that it, or a later release of it, was tested on. */
  newest: Minor
  source: string
}

/** Whether an image is one of a plugin that is known not to have been tested on `target`; undefined: not known, or tested. */
export function untestedAddon(image: string, target: Minor): UntestedAddon | undefined {
  for (const { name, image: pattern, tested, source } of addons) {
    const release = pattern.exec(image)?.[1]
    // A release that is not listed was tested on no newer minor than the next one that is.
    const known = release === undefined ? undefined : tested.find(([listed]) => compare(listed, release) >= 0)
    if (release === undefined || known === undefined) continue
    const [, newest] = known
    if (minorsBetween(newest, target) > 0) return { name, release, newest, source }
  }
  return undefined
}

function compare(a: string, b: string): number {
  const [[aMajor = 0, aMinor = 0], [bMajor = 0, bMinor = 0]] = [
    a.split('.').map(Number),
    b.split('.').map(Number),
  ]
  return aMajor - bMajor || aMinor - bMinor
}
