import { parseSections } from '../node/sections.ts'
import { loadScript } from '../ssh/script.ts'
import type { Remote } from '../ssh/remote.ts'
import { adminScript, type Admin } from './admin.ts'
import { Failure } from '../failure.ts'

const evictionsScript = adminScript(
  loadScript('evictions', new URL('./scripts/evictions.sh', import.meta.url)),
)

/** Pods that one control plane node asks about: a request takes about 0.1 s. */
export const evictionsEach = 100

/** What the API server says to an eviction, without doing it. */
export type Eviction =
  | { kind: 'granted' }
  | { kind: 'budget'; text: string }
  | { kind: 'gone' }
  | { kind: 'refused'; text: string }

/**
 * Asks whether pods could be evicted now; evicts none (dry run). One round trip to each control plane node, at once; what one
 * leaves unanswered is asked once more of one that answered.
 * @param pods `namespace/name`; those beyond `evictionsEach` per control plane node are not asked about
 * @returns pod → answer, for those that were asked about
 */
export async function askEvictions(admin: Admin, pods: readonly string[]): Promise<Map<string, Eviction>> {
  const { controlPlanes } = admin
  const asked = pods.slice(0, controlPlanes.length * evictionsEach)
  const parts = controlPlanes.map((remote, at) => ({
    remote,
    pods: asked.filter((_pod, index) => index % controlPlanes.length === at),
  }))
  const answers = await Promise.all(parts.map((part) => askPart(part.remote, part.pods)))
  const known = new Map(answers.flatMap((one) => [...one]))
  const open = asked.filter((pod) => !known.has(pod)).slice(0, evictionsEach)
  const able = parts.find((_part, at) => (answers[at]?.size ?? 0) > 0)
  if (open.length === 0 || able === undefined) return known
  return new Map([...known, ...(await askPart(able.remote, open))])
}

async function askPart(remote: Remote, pods: readonly string[]): Promise<Map<string, Eviction>> {
  if (pods.length === 0) return new Map()
  try {
    const output = await remote.run(evictionsScript, { args: pods, timeout: 120_000 })
    return parseEvictions(parseSections(output.stdout))
  } catch (error) {
    if (error instanceof Failure) return new Map()
    throw error
  }
}

/** Answers from the sections that evictions.sh printed. An answer that no API server gave is left out. */
export function parseEvictions(sections: ReadonlyMap<string, string>): Map<string, Eviction> {
  return new Map(
    [...sections]
      .filter(([name]) => name !== 'end')
      .flatMap(([pod, text]): [string, Eviction][] => {
        const answer = parseAnswer(text.trim())
        return answer === undefined ? [] : [[pod, answer]]
      }),
  )
}

/** kubectl prints the API's reason in parentheses: https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/#how-api-initiated-eviction-works */
function parseAnswer(text: string): Eviction | undefined {
  if (text === 'granted') return { kind: 'granted' }
  const [, reason, message = ''] = /^Error from server(?: \((\w+)\))?: ([^]*)$/m.exec(text) ?? []
  if (message === '') return undefined
  if (reason === 'NotFound') return { kind: 'gone' }
  return { kind: reason === 'TooManyRequests' ? 'budget' : 'refused', text: message }
}
