/** One benchmark: contestants side by side in one run. */
export interface Benchmark {
  name: string
  /** What is measured, one sentence. */
  about: string
  /** Needs root and the lab: played only when it is named. */
  root?: true
  run: (options: Options) => Promise<Outcome>
}

export interface Options {
  /** Sizes to try, for benchmarks that have sizes: numbers of nodes. */
  nodes: readonly number[]
  /** How often the short ones are repeated. */
  repeat: number
  /** Names of contestants to play; undefined: all. */
  contestants: readonly string[] | undefined
  /** What the package server may send; 0: no limit. */
  bytesPerSecond: number
  /** A line for people while it runs. */
  say: (text: string) => void
}

export interface Outcome {
  columns: readonly string[]
  rows: readonly (readonly (string | number)[])[]
  /** What the table cannot say, a sentence each. */
  notes?: readonly string[]
  /** How cost grows with the number of nodes. */
  curves?: readonly Curve[]
}

/** Columns of the table, one point a row. */
export interface Curve {
  title: string
  /** Chooses rows; default: all of them. */
  rows?: (row: readonly (string | number)[]) => boolean
  /** Column of the y-axis; the first column is the x-axis. */
  y: string
}
