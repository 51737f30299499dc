/** `npm run test:ssh [-- --only WORDS]`: every case of cases.ts against real sshds; root on a Debian machine. */
import { parseArgs } from 'node:util'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../src/failure.ts'
import type { Attempt, Outcome, SshCase } from './case.ts'
import { sshCases } from './cases.ts'
import { startAgent } from './keyring.ts'
import type { Output } from '../../src/ssh/remote.ts'
import { runAs, SshLab, type Running } from './world.ts'

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })

// Every script gets there whole, as root, with its arguments and an output of its own.
const script = 'echo "$(id -u) $1 $#"; echo err >&2; exit 7'
const expected = { code: 7, stdout: '0 an argument 1\n', stderr: 'err\n' }

const lab = new SshLab()
writeFileSync(
  join(lab.folder, 'banner'),
  'Authorised use only.\n\u001b[31mNothing here is a prompt: password:\n',
)
writeFileSync(join(lab.folder, 'slow-keys'), '#!/bin/sh\nsleep "$1"\ncat /run/ssh-lab/authorized_keys\n', {
  mode: 0o755,
})
let passed = 0
let failed = 0
try {
  await lab.ready()
  for (const one of sshCases.filter(({ title }) => title.includes(values.only))) {
    const wrong = await play(one)
    if (wrong === undefined) passed++
    else failed++
    console.log(
      wrong === undefined
        ? `ok      ${one.title}`
        : `FAILED  ${one.title}\n        ${wrong.replaceAll('\n', '\n        ')}`,
    )
  }
} finally {
  await lab.end()
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

/** What is wrong with how a case ended; undefined when it ended as it should. */
async function play({ servers = [{}], attempt, outcome }: SshCase): Promise<string | undefined> {
  const running = await Promise.all(servers.map((server) => lab.start(server)))
  const chosen = attempt?.(lab.keys, running) ?? {}
  const agent = chosen.agent === undefined ? undefined : await startAgent(lab.folder, chosen.agent)
  try {
    const runs = Array.from({ length: chosen.runs ?? 1 }, () =>
      runAs(inputsOf(chosen, running), script, { agent: agent?.socket, atOnce: chosen.atOnce }),
    )
    return judge(outcome, (await Promise.all(runs)).flat())
  } finally {
    agent?.agent.kill()
  }
}

function inputsOf(
  { user = 'root', host = '127.0.0.1', inputs }: Attempt,
  servers: readonly Running[],
): Record<string, string> {
  const node = `{name: node, host: ${host}, port: ${servers[0]?.port ?? 0}, user: ${user}, role: control-plane}`
  return {
    inventory: `nodes:\n  - ${node}\n`,
    'ssh-private-key': lab.keys.user.privateKey,
    // On a busy machine a handshake takes long, which is no case.
    policy: 'timeouts:\n  connect: 2m\n',
    'ssh-known-hosts': servers.map(({ known }) => known).join('\n'),
    ...inputs,
  }
}

function judge(outcome: Outcome, ends: readonly (Output | Failure)[]): string | undefined {
  for (const end of ends) {
    const failure = end instanceof Failure ? `${end.reason}: ${end.message}\n${end.seen ?? ''}` : undefined
    const shown = failure ?? JSON.stringify(end)
    if ('works' in outcome) {
      if (failure !== undefined || shown !== JSON.stringify(expected))
        return `expected that it works, got ${shown}`
    } else if (
      failure === undefined ||
      !(failure.startsWith(`${outcome.reason}:`) && failure.includes(outcome.says))
    )
      return `expected ${outcome.reason} with "${outcome.says}", got ${shown}`
  }
  return undefined
}
