import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../lab/sim/action.ts'
import { generateKey } from '../lab/sim/keys.ts'
import type { Benchmark } from './benchmark.ts'
import { summarise } from './table.ts'

/** From the start of the process until all inputs are validated: the last one is wrong, and the run ends with saying so. */
export const startUp: Benchmark = {
  name: 'start-up',
  about: 'Wall time of `dist/index.js` from its start to validated inputs, beside a Node that does nothing.',
  run({ repeat }) {
    const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-bench-'))
    try {
      const key = generateKey(folder, 'key').privateKey
      const env = {
        PATH: process.env['PATH'],
        HOME: folder,
        RUNNER_TEMP: folder,
        GITHUB_WORKSPACE: folder,
        INPUT_PHASE: 'plan',
        INPUT_INVENTORY: 'nodes:\n  - {name: cp1, host: 127.0.0.1, role: control-plane}\n',
        INPUT_VERSION: '1.37',
        'INPUT_SSH-PRIVATE-KEY': key,
        'INPUT_SSH-KNOWN-HOSTS': '127.0.0.1 ssh-ed25519 AAAA',
        'INPUT_MAX-UNAVAILABLE': 'a few',
        'INPUT_DRY-RUN': 'false',
      }
      const time = (args: readonly string[]): number => {
        const began = performance.now()
        spawnSync(process.execPath, args, { env, stdio: 'ignore' })
        return performance.now() - began
      }
      const script = join(folder, 'nothing.mjs')
      const times = { bundle: [] as number[], nothing: [] as number[] }
      for (let round = 0; round < Math.max(10, repeat); round++) {
        times.bundle.push(time([bundle]))
        times.nothing.push(time(['--eval', '0', script]))
      }
      const rows = Object.entries(times).map(([name, values]) => {
        const { median, spread } = summarise(values)
        return [name === 'bundle' ? 'dist/index.js, inputs validated' : 'node, nothing', median, spread]
      })
      const size = Math.round(statSync(bundle).size / 1024)
      return Promise.resolve({
        columns: ['process', 'ms', '±'],
        rows,
        notes: [`dist/index.js has ${size} KiB.`],
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
