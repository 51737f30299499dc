import type { Lab } from '../cluster/lab.ts'
import { equal } from './check.ts'

/** Every node of the lab runs the kubelet of `version`, is Ready and takes pods. @throws {Error} that shows the difference */
export async function nodesReadyAt(lab: Lab, version: string): Promise<void> {
  const nodes = await lab.kubectl([
    'get',
    'nodes',
    '-o',
    'jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status} {.spec.unschedulable}{"\\n"}{end}',
  ])
  equal(
    'nodes',
    nodes.stdout
      .trim()
      .split('\n')
      .map((line) => line.trim()),
    lab.nodes.map(() => `${version} True`),
  )
}
