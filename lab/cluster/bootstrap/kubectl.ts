/** kubectl as cluster administrator: the starting version's own, on this machine, inside the lab's network. */
import { join } from 'node:path'
import { CACHE, inNetwork, type LabPaths } from '../paths.ts'
import { attempt, run, type Result } from '../shell.ts'
import type { Topology } from '../topology.ts'

export function kubectlCommand(paths: LabPaths, topology: Topology): string[] {
  const kubectl = join(CACHE, 'bin/kubernetes', topology.version, 'kubectl')
  return [...inNetwork(paths), kubectl, '--kubeconfig', join(paths.state, 'kubeconfig')]
}

/** Runs kubectl, which must succeed, and returns its stdout. */
export function kubectl(
  paths: LabPaths,
  topology: Topology,
  args: readonly string[],
  input = '',
): Promise<string> {
  return run([...kubectlCommand(paths, topology), ...args], { input, what: `kubectl ${args.join(' ')}` })
}

/** Runs kubectl, whatever its exit code. */
export function tryKubectl(
  paths: LabPaths,
  topology: Topology,
  args: readonly string[],
  input = '',
): Promise<Result> {
  return attempt([...kubectlCommand(paths, topology), ...args], { input })
}
