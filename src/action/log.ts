import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@actions/core'
import type { Log } from '../phases/run.ts'
import { neutralise } from '../report/neutralise.ts'

/** What a terminal would show of a line that was written over: progress counters do it dozens of times. */
function overwritten(line: string): string {
  return line.slice(line.lastIndexOf('\r') + 1)
}

/**
 * The log of the run, as the runner shows it. Whatever comes from a node is neutralised and stands behind the node's
 * name, so that no line of it begins a workflow command. What each node printed is kept as well, in a file of its own.
 * @param folder where these files go, `NAME.log`
 */
export function actionLog(folder: string): Log & { flush(): void } {
  const pending = new Map<string, string>()
  const print = (node: string, line: string): void => {
    core.info(`${node} | ${neutralise(line)}`)
    mkdirSync(folder, { recursive: true })
    appendFileSync(join(folder, `${node}.log`), `${neutralise(line)}\n`)
  }
  let groups = 0
  return {
    info: (line) => core.info(neutralise(line)),
    output(node, text) {
      const lines = ((pending.get(node) ?? '') + text).split(/\r?\n/)
      pending.set(node, lines.pop() ?? '')
      for (const line of lines) print(node, overwritten(line))
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
      for (const [node, line] of pending) if (line !== '') print(node, overwritten(line))
      pending.clear()
    },
  }
}
