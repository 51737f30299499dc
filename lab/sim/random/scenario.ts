import { randomOf } from './seed.ts'

/** Something that goes wrong at a moment of the simulation. Seconds from its beginning. */
export type Event = { readonly at: number } & (
  | { readonly what: 'kill-runner' | 'cancel' | 'second-runner' }
  | { readonly what: 'reboot' | 'kill-jobs' | 'drop-connections'; readonly node: string }
  | {
      readonly what:
        'unreachable' | 'apt-lock' | 'no-image' | 'api-server-down' | 'etcd-down' | 'kubelet-crash'
      readonly node: string
      /** Seconds. */
      readonly lasts: number
    }
  | { readonly what: 'pdb-blocks'; readonly lasts: number }
)

/** What happens in a random run; a seed always gives the same. */
export interface Scenario {
  readonly seed: number
  readonly controlPlanes: number
  readonly workers: number
  readonly maxUnavailable: number
  readonly onBlocked: 'wait' | 'fail' | 'skip'
  readonly events: readonly Event[]
}

/** Seconds that an upgrade without faults takes, about. */
export function nominalLength({
  controlPlanes,
  workers,
}: Pick<Scenario, 'controlPlanes' | 'workers'>): number {
  return controlPlanes * 75 + workers * 20 + 20
}

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const random = randomOf(seed)
  const upTo = (count: number): number => Math.floor(random() * count)
  const one = <T>(things: readonly [T, ...T[]]): T => things[upTo(things.length)] ?? things[0]
  const controlPlanes = one([1, 3, 3])
  // With one worker the web service's second pod has no place, so that its budget blocks for good.
  const workers = 2 + upTo(3)
  const names = [
    ...Array.from({ length: controlPlanes }, (_, at) => `cp${at + 1}`),
    ...Array.from({ length: workers }, (_, at) => `w${at + 1}`),
  ] as [string, ...string[]]
  const controlPlaneNames = names.slice(0, controlPlanes) as [string, ...string[]]
  const event = (): Event => {
    const at = upTo(nominalLength({ controlPlanes, workers }))
    const lasts = 5 + upTo(one([20, 60, 300]))
    const kinds = [
      'kill-runner',
      'cancel',
      'second-runner',
      'reboot',
      'kill-jobs',
      'drop-connections',
      'unreachable',
      'apt-lock',
      'no-image',
      'api-server-down',
      'etcd-down',
      'kubelet-crash',
      'pdb-blocks',
    ] as const
    const what = one<Event['what']>([...kinds])
    switch (what) {
      case 'kill-runner':
      case 'cancel':
      case 'second-runner':
        return { at, what }
      case 'reboot':
      case 'kill-jobs':
      case 'drop-connections':
        return { at, what, node: one(names) }
      case 'api-server-down':
      case 'etcd-down':
        return { at, what, node: one(controlPlaneNames), lasts }
      case 'pdb-blocks':
        return { at, what, lasts }
      default:
        return { at, what, node: one(names), lasts }
    }
  }
  const events = Array.from({ length: 1 + upTo(4) }, event).toSorted((a, b) => a.at - b.at)
  return {
    seed,
    controlPlanes,
    workers,
    maxUnavailable: one([1, 1, 2]),
    onBlocked: one(['wait', 'fail', 'skip']),
    events,
  }
}

/** One line a scenario, for people. */
export function describe({ seed, controlPlanes, workers, events, onBlocked }: Scenario): string {
  const told = events.map((event) => {
    const node = 'node' in event ? ` ${event.node}` : ''
    const lasts = 'lasts' in event ? ` for ${event.lasts} s` : ''
    return `${event.what}${node} at ${event.at} s${lasts}`
  })
  return `seed ${seed}: ${controlPlanes}+${workers}, onBlocked ${onBlocked}: ${told.join(', ')}`
}
