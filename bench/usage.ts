/** Preloaded into a measured process: writes what it used to the file that BENCH_USAGE names, at its end. */
import { writeFileSync } from 'node:fs'

/** What a process used by its end. */
export interface Usage {
  /** Seconds of CPU, user and system. */
  cpu: number
  /** Bytes, the largest resident set. */
  memory: number
}

const file = process.env['BENCH_USAGE']
if (file !== undefined)
  process.once('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
    const usage: Usage = { cpu: (userCPUTime + systemCPUTime) / 1e6, memory: maxRSS * 1024 }
    writeFileSync(file, JSON.stringify(usage))
  })
