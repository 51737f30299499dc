import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@actions/core'
import type { Log } from '../phases/run.ts'
import { neutralise } from '../report/neutralise.ts'
import { redact } from './secrets.ts'

/** Characters of one line that the job's log shows; the file of the node has all of it. */
const longest = 16 * 1024

/** What a terminal would show of a line that was written over: progress counters do it dozens of times. */
function overwritten(line: string): string {
  const end = line.replace(/\r$/, '')
  return end.slice(end.lastIndexOf('\r') + 1)
}

/** What one node prints, line by line. A line without an end does not have to fit into memory. */
class NodeOutput {
  /** The beginning of the line that has not ended yet. */
  private line = ''
  /** Characters of that line so far. */
  private size = 0
  private readonly name: string
  private readonly folder: string

  constructor(name: string, folder: string) {
    this.name = name
    this.folder = folder
  }

  take(text: string): void {
    const lines = text.split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) {
      this.add(line)
      this.end()
    }
    this.add(last)
  }

  /** The line that has no end gets one. */
  flush(): void {
    if (this.size > 0) this.end()
  }

  private add(piece: string): void {
    const before = this.size
    this.size += piece.length
    if (this.size > longest) {
      this.keep(before > longest ? piece : this.line + piece)
      this.line += piece.slice(0, Math.max(0, longest - before))
    } else this.line += piece
  }

  private end(): void {
    const more = this.size - longest
    const line = more > 0 ? this.line : overwritten(this.line)
    this.keep(more > 0 ? '\n' : `${line}\n`)
    const rest = more > 0 ? `… (${more} more characters are in ${this.name}.log)` : ''
    // Behind the node's name, so that no line begins a workflow command.
    core.info(`${this.name} | ${neutralise(line)}${rest}`)
    this.line = ''
    this.size = 0
  }

  private keep(text: string): void {
    mkdirSync(this.folder, { recursive: true })
    appendFileSync(join(this.folder, `${this.name}.log`), redact(neutralise(text)))
  }
}

/**
 * The log of the run, as the runner shows it. Whatever comes from a node is neutralised. What each node printed is kept as
 * well, in a file of its own.
 * @param folder where these files go, `NAME.log`
 */
export function actionLog(folder: string): Log & { flush(): void } {
  const nodes = new Map<string, NodeOutput>()
  let groups = 0
  return {
    info: (line) => core.info(neutralise(line)),
    output(node, text) {
      const output = nodes.get(node) ?? new NodeOutput(node, folder)
      nodes.set(node, output)
      output.take(text)
    },
    // Groups don't nest, and workers run side by side: only the outermost of one at a time is a group.
    async group(title, action) {
      const outermost = groups++ === 0
      if (outermost) core.startGroup(neutralise(title))
      else core.info(neutralise(title))
      try {
        return await action()
      } finally {
        if (--groups === 0) core.endGroup()
      }
    },
    flush() {
      for (const output of nodes.values()) output.flush()
    },
  }
}
