import type { KubeadmWord } from '../node/kubeadm-word.ts'
import { boundedTable, count, firstPart, table } from './format.ts'
import { codeBlock, escapeMarkdown } from './neutralise.ts'
import { folded } from './plan-summary.ts'

/** Nodes named in one row; more are counted. */
const namedNodes = 6

/** What the target's own kubeadm said: one line, and folded the versions, the configurations and the manifests that change. */
export function kubeadmBlock(word: KubeadmWord, bytes: number): string {
  if (word.unavailable !== undefined) return ''
  const refused = word.refused.length > 0
  const asked = word.left.includes('plan')
    ? '`diff` and `apply --dry-run`'
    : '`plan`, `diff` and `apply --dry-run`'
  const job =
    word.healthCheckJob === undefined
      ? word.left.includes('plan')
        ? ' It was not let make the Job of its health check, so `upgrade plan` was left out.'
        : ''
      : ` Its health check made the Job \`${escapeMarkdown(word.healthCheckJob)}\`, which is gone again; nothing else was changed.`
  const line = `${refused ? '⛔' : '✅'} **kubeadm ${word.version}**, asked on ${escapeMarkdown(word.node)} and not installed: ${asked} ${refused ? 'did not all succeed' : 'found nothing in the way'}.${job}`
  return [line, components(word, bytes), configs(word), manifests(word, bytes)].filter(Boolean).join('\n\n')
}

function components({ components }: KubeadmWord, bytes: number): string {
  const moved = components.filter(({ from, to }) => from !== to)
  if (moved.length === 0) return ''
  const rows = moved.map(({ name, from, to, nodes }) => {
    const more = nodes.length > namedNodes ? ` and ${nodes.length - namedNodes} more` : ''
    return [name, from, to, nodes.slice(0, namedNodes).join(', ') + more].map((cell) => escapeMarkdown(cell))
  })
  const body = boundedTable(bytes / 4, ['component', 'now', 'then', 'nodes'], rows, 'component')
  return folded(`Versions: ${count(moved.length, 'component')} to move`, body)
}

function configs({ configs }: KubeadmWord): string {
  if (configs.length === 0) return ''
  const rows = configs.map(({ group, from, to, manual }) =>
    [group, from || '–', to || '–', manual ? 'yes' : 'no'].map((cell) => escapeMarkdown(cell)),
  )
  const manual = configs.filter((config) => config.manual).length
  const title =
    manual > 0
      ? `${count(manual, 'component configuration')} to be changed by hand`
      : 'Component configurations: nothing to do by hand'
  return folded(title, table(['group', 'now', 'preferred', 'by hand'], rows))
}

function manifests({ manifests }: KubeadmWord, bytes: number): string {
  if (manifests.length === 0) return ''
  const each = (bytes / 2 / manifests.length / 4) | 0
  const parts = manifests.map(({ component, diff }) => {
    const lines = diff.split('\n').filter((line) => /^[-+]/.test(line)).length
    return folded(`${component}: ${count(lines, 'changed line')}`, codeBlock(firstPart(diff, each), 'diff'))
  })
  return folded(
    `Static pod manifests that change: ${manifests.length} (etcd's is not in kubeadm's diff)`,
    parts.join('\n\n'),
  )
}
