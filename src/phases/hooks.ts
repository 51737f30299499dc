import type { Command, Policy } from '../inventory/policy.ts'
import { Failure, type FailureReason } from '../failure.ts'
import { loadScript } from '../ssh/script.ts'
import { perform } from './jobs.ts'
import { LostToReboot } from './reboots.ts'
import { remoteOf, type Run } from './run.ts'

const hookScripts = {
  sh: loadScript('hook', new URL('./scripts/hook.sh', import.meta.url)),
  powershell: loadScript('hook.ps1', new URL('./scripts/hook.ps1', import.meta.url)),
}

/** Runs the policy's hooks of one kind, in order. @param node the node it is about: a node hook runs there */
export async function runHooks(run: Run, kind: keyof Policy['hooks'], node: string): Promise<void> {
  for (const hook of run.policy.hooks[kind])
    await runCommand(run, `hook-${kind.toLowerCase()}`, hook, node, 'gate-failed')
}

/** Runs the checks between nodes. @throws {Failure} `gate-failed` */
export async function runChecks(run: Run, node: string): Promise<void> {
  for (const check of run.policy.checks) await runCommand(run, 'check', check, node, 'gate-failed')
}

async function runCommand(
  run: Run,
  what: string,
  command: Command,
  node: string,
  reason: FailureReason,
): Promise<void> {
  const next =
    'Correct what the command complains about, or the command in the policy, then run the phase again.'
  run.log.info(`${node}: ${what} on the ${command.run}`)
  if (command.run === 'node') {
    const remote = remoteOf(run, node)
    const script = hookScripts[remote.shell]
    const job = { purpose: what, script, args: [command.command, node], timeout: command.timeout }
    await perform(run, remote, job, { node, step: 'hook', reason, next }).catch((error: unknown) => {
      // What a hook has done before the machine went down nobody but its author knows.
      if (!(error instanceof LostToReboot)) throw error
      const { message, seen } = error
      throw new Failure(reason, message, { node, step: 'hook', ...(seen !== undefined && { seen }), next })
    })
    return
  }
  run.recorder.changed = true
  const { code, output } = await run.runOnRunner(command.command, { node, timeout: command.timeout })
  if (code === 0) return
  throw new Failure(reason, `The ${what} for ${node} ended with exit code ${code} on the runner.`, {
    node,
    step: 'hook',
    seen: output.slice(-2000),
    next,
  })
}
