import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from './tools.ts'

const version = '12.3.0'

/**
 * Mermaid as one script for browsers, what GitHub draws timelines with. It comes from npm into a cache outside of the
 * checkout: with all that it needs it is larger than everything else here, and only pictures need it.
 */
export function mermaidScript(): string {
  const folder = join(cache, `mermaid-${version}`)
  const file = join(folder, 'node_modules/mermaid/dist/mermaid.min.js')
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder]
  execFileSync('npm', ['install', ...options, `mermaid@${version}`], { stdio: 'inherit' })
  return file
}
