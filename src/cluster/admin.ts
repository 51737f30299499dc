import { Failure } from '../failure.ts'
import type { Output, Remote, RunOptions, Script } from '../ssh/remote.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'

const kubectl = loadScript('kubectl', new URL('./scripts/kubectl.sh', import.meta.url))
const etcdctl = loadScript('etcdctl', new URL('./scripts/etcdctl.sh', import.meta.url))

/** `script` with the shell functions of kubectl.sh and etcdctl.sh before it. */
export function adminScript(script: Script): Script {
  return joinScripts(script.name, kubectl, etcdctl, script)
}

/**
 * The control plane nodes as a way to the cluster: kubectl runs on the first one whose API server answers.
 * A kubeconfig never leaves a node (docs/adr/0001).
 */
export interface Admin {
  /** Control plane nodes in the order in which they are asked. */
  readonly controlPlanes: readonly Remote[]
}

/** Nodes that gave no answer when they were asked last: the others are asked first, so that one that is gone costs its wait once. */
const silent = new WeakSet<Remote>()

/**
 * Runs `script` (made by `adminScript`) on the control plane nodes in turn until one run ends with exit code 0.
 * Only for what may be asked twice: reads, and changes that are one idempotent request.
 * @throws {Failure} `control-plane-unhealthy` when none succeeds, with what each of them said
 */
export async function askControlPlane(
  admin: Admin,
  script: Script,
  options: RunOptions = {},
): Promise<Output> {
  const answers: string[] = []
  for (const remote of admin.controlPlanes.toSorted(
    (a, b) => Number(silent.has(a)) - Number(silent.has(b)),
  )) {
    try {
      const output = await remote.run(script, options)
      silent.delete(remote)
      if (output.code === 0) return output
      answers.push(`${remote.node}: ${lastLines(output.stderr || output.stdout)}`)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      silent.add(remote)
      answers.push(`${remote.node}: ${error.message}`)
    }
  }
  throw new Failure('control-plane-unhealthy', `No control plane node could do "${script.name}".`, {
    seen: answers.join('\n'),
    next: 'Look at the API server of these nodes: crictl ps -a, and its log below /var/log/pods.',
  })
}

/** Characters that an error tells of an output. */
const longest = 2000

/** The last lines of an output, short enough for an error: whole ones, unless the last alone is too long. */
export function lastLines(text: string, count = 8): string {
  const lines = text.trimEnd().split('\n').slice(-count)
  while (lines.length > 1 && lines.join('\n').length > longest) lines.shift()
  return lines.join('\n').slice(-longest)
}
