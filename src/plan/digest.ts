import { createHash } from 'node:crypto'

/** JSON with object keys sorted at every depth and no white space: the same value always gives the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** The decisions that people approve and that the upgrade's own progress does not change. */
export interface Decisions {
  /** UID of the namespace kube-system. */
  cluster: string
  target: string
  /** In upgrade order. */
  nodes: readonly { name: string; role: string }[]
  maxUnavailable: number
  /** Normalised: defaults applied. Holds the accepted findings. */
  policy: unknown
}

/** SHA-256 over the decisions, 64 hexadecimal digits. */
export function digest(decisions: Decisions): string {
  return createHash('sha256').update(canonicalJson(decisions)).digest('hex')
}
