import type { Lab } from '../lab/cluster/lab.ts'

/** What the nodes' own sshd saw of a contestant. */
export interface Sessions {
  /** Connections that were made. */
  connections: number
  /** Commands that were run over them: round trips. */
  commands: number
  /** Seconds in which at least one command was under way on some node: the rest is the tool's own time and its pauses. */
  busy: number
}

export interface Span {
  from: number
  to: number
}

/** From now on the nodes write down every command that comes over SSH. */
export async function countSessions(lab: Lab): Promise<void> {
  const script = `echo LogLevel VERBOSE >/etc/ssh/sshd_config.d/00-bench.conf && systemctl reload ssh`
  await Promise.all(lab.nodes.map(({ name }) => lab.ssh(name, script)))
}

/**
 * Reads what they wrote down.
 *
 * @param from seconds since the epoch, when the contestant began
 * @param to when it had ended
 */
export async function readSessions(lab: Lab, from: number, to: number): Promise<Sessions> {
  const script = `journalctl -q -t sshd -t sshd-session -o short-unix --no-hostname --since=@${Math.floor(from)} --until=@${Math.ceil(to)}`
  const logs = await Promise.all(lab.nodes.map(async ({ name }) => (await lab.ssh(name, script)).stdout))
  const all = logs.map((log) => parse(log, from, to))
  const spans = all.flatMap(({ spans }) => spans)
  const connections = all.reduce((sum, { connections }) => sum + connections, 0)
  return { connections, commands: spans.length, busy: union(spans) }
}

/** sshd names a session by its process and a number: `Starting session: command for root from 10.0.0.1 port 4711 id 0`. */
function parse(log: string, from: number, to: number): { connections: number; spans: Span[] } {
  const open = new Map<string, Span>()
  const spans: Span[] = []
  let connections = 0
  for (const line of log.split('\n')) {
    const [, time = '', process = '', text = ''] = /^(\d+\.\d+) \S+\[(\d+)\]: (.*)$/.exec(line) ?? []
    const at = Number(time)
    if (at < from || at > to) continue
    if (text.startsWith('Accepted ')) connections++
    const id = `${process} ${/ id (\d+)$/.exec(text)?.[1] ?? ''}`
    if (text.startsWith('Starting session: ')) {
      const span = { from: at, to }
      spans.push(span)
      open.set(id, span)
    } else if (text.startsWith('Close session: ')) {
      const span = open.get(id)
      if (span !== undefined) span.to = at
      open.delete(id)
    }
  }
  return { connections, spans }
}

/** How much of the time at least one was under way, in the unit of its ends. */
export function union(spans: readonly Span[]): number {
  let covered = 0
  let end = 0
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    covered += Math.max(0, to - Math.max(from, end))
    end = Math.max(end, to)
  }
  return covered
}
