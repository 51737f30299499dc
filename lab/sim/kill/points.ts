import type { Call } from '../commands/command.ts'

/**
 * Where an upgrade is interrupted: the runner before or after the n-th remote command on a node, or a job of a node (its
 * processes, or the whole machine) at the n-th moment between its changes. Counted per node, so that what other nodes do
 * at the same time does not move it.
 */
export interface Point {
  readonly what: 'runner-before' | 'runner-after' | 'job' | 'reboot'
  readonly node: string
  /** From 1. */
  readonly number: number
}

/** A simulated cluster, with SSH or without, as far as it can be interrupted. */
export interface Interruptible {
  killRunner: () => void
  node(name: string): { killJobs(): void }
  reboot(name: string): void
  onScript(hook: (at: 'before' | 'after', script: string, node: string) => void): () => void
  onMoment(hook: (call: Call) => boolean): () => void
}

/** How often something could be interrupted on each node. */
export interface Counts {
  readonly scripts: Map<string, number>
  readonly moments: Map<string, number>
}

/** Counts what happens from now on. */
export function countPoints(simulation: Interruptible): Counts {
  const counts: Counts = { scripts: new Map(), moments: new Map() }
  const add = (to: Map<string, number>, node: string): void => void to.set(node, (to.get(node) ?? 0) + 1)
  simulation.onScript((at, _script, node) => {
    if (at === 'before') add(counts.scripts, node)
  })
  simulation.onMoment(({ machine }) => {
    add(counts.moments, machine.name)
    return false
  })
  return counts
}

export function allPoints({ scripts, moments }: Counts): Point[] {
  const every = (counts: Map<string, number>, what: Point['what']): Point[] =>
    [...counts].flatMap(([node, count]) =>
      Array.from({ length: count }, (_, at) => ({ what, node, number: at + 1 })),
    )
  return [
    ...every(scripts, 'runner-before'),
    ...every(scripts, 'runner-after'),
    ...every(moments, 'job'),
    ...every(moments, 'reboot'),
  ]
}

/** `reboot@w1#3`, to be given to `--point`. */
export function pointName({ what, node, number }: Point): string {
  return `${what}@${node}#${number}`
}

/** @throws {Error} with the form that is wanted */
export function parsePoint(text: string): Point {
  const [, what, node = '', number] = /^(runner-before|runner-after|job|reboot)@(.+)#(\d+)$/.exec(text) ?? []
  if (what === undefined) throw new Error(`Not a point: "${text}"; one is "reboot@w1#3"`)
  return { what: what as Point['what'], node, number: Number(number) }
}

/** Interrupts there, once. @returns what was interrupted, or undefined as long as the point was not reached */
export function interruptAt(simulation: Interruptible, point: Point): () => string | undefined {
  let count = 0
  let struck: string | undefined
  if (point.what === 'runner-before' || point.what === 'runner-after') {
    simulation.onScript((at, script, node) => {
      if (node !== point.node || `runner-${at}` !== point.what || ++count !== point.number) return
      struck = script.split('\n').find((line) => line.startsWith('# ')) ?? 'a script'
      simulation.killRunner()
    })
  } else {
    simulation.onMoment((call) => {
      if (call.machine.name !== point.node || ++count !== point.number) return false
      struck = call.line
      if (point.what === 'job') simulation.node(point.node).killJobs()
      else simulation.reboot(point.node)
      return true
    })
  }
  return () => struck
}
