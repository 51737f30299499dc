import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@actions/core'
import type { Log } from '../phases/run.ts'
import { neutralise } from '../report/neutralise.ts'
import { longestSecret, redact } from './secrets.ts'

/** Characters of one line that the job's log shows; the file of the node has all of it. */
const longest = 16 * 1024

/** What a terminal would show of a line that was written over: progress counters do it dozens of times. */
function overwritten(line: string): string {
  const end = line.replace(/\r$/, '')
  return end.slice(end.lastIndexOf('\r') + 1)
}

/** What one node prints, line by line. A line without an end does not have to fit into memory. */
class NodeOutput {
  /** The beginning of the line that has not ended yet, and as much more as a secret that begins there may take. */
  private line = ''
  /** Of a long line what is not in the file yet, since a secret may begin there. */
  private held = ''
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
    if (this.size > longest) this.keep(before > longest ? piece : this.line + piece, longestSecret())
    const most = longest + longestSecret()
    if (this.line.length < most) this.line += piece.slice(0, most - this.line.length)
  }

  private end(): void {
    const more = this.size - longest
    const whole = overwritten(this.line)
    this.keep(more > 0 ? '\n' : `${whole}\n`)
    // The runner masks what is whole.
    const line =
      more > 0
        ? `${redact(neutralise(this.line)).slice(0, longest)}… (${more} more characters are in ${this.name}.log)`
        : neutralise(whole)
    // Behind the node's name, so that no line begins a workflow command.
    core.info(`${this.name} | ${line}`)
    this.line = ''
    this.size = 0
  }

  /** Writes text into the node's file. @param open characters at its end that may begin a secret */
  private keep(text: string, open = 0): void {
    mkdirSync(this.folder, { recursive: true })
    const clean = redact(this.held + neutralise(text))
    const ready = Math.max(0, clean.length - open)
    this.held = clean.slice(ready)
    appendFileSync(join(this.folder, `${this.name}.log`), clean.slice(0, ready))
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
