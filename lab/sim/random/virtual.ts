import { startVirtually } from '../virtual/action.ts'
import { VirtualSimulation } from '../virtual/world.ts'
import type { Scenario } from './scenario.ts'
import { workflowRun, type Ending, type Stage } from './stage.ts'

/** Milliseconds of the simulation for one run. */
const limit = 12 * 3_600_000

/** In this process, on virtual time: a seed always gives the same run. */
export function virtualStage(scenario: Scenario): Stage {
  const simulation = new VirtualSimulation(scenario)
  const { time, cluster } = simulation
  return {
    cluster,
    wait: (seconds) => time.wait(seconds * 1000),
    await: (goal) => time.runUntil(goal, limit),
    begin(id, inputs) {
      const run = startVirtually(simulation, inputs, workflowRun(id))
      const ended = run.ended.then(({ report, log }): Ending => {
        return { result: report?.failure?.reason ?? report?.result ?? 'killed', log, problems: [] }
      })
      return { kill: () => run.kill(), cancel: () => run.abort(), ended }
    },
    reboot: (node) => simulation.reboot(node),
    killJobs: (node) => simulation.node(node).killJobs(),
    dropConnections: (node) => simulation.node(node).dropConnections(),
    setUnreachable(node, unreachable) {
      const machine = simulation.node(node)
      machine.unreachable = unreachable
      if (unreachable) machine.dropConnections()
    },
    end: () => Promise.resolve(),
  }
}
