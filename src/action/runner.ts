import { join } from 'node:path'
import * as core from '@actions/core'
import { readInputs, type Inputs } from './inputs.ts'
import { keepSecret } from './secrets.ts'

/** The inputs as the runner gives them. @throws {Failure} `invalid-input` */
export function readRunnerInputs(): Inputs {
  return readInputs({
    getInput: (name) => core.getInput(name),
    mask: keepSecret,
    env: process.env,
  })
}

/** Where a run puts its files: plan, reports, the nodes' logs. */
export function filesFolder(): string {
  return join(process.env['RUNNER_TEMP'] ?? '.', 'kubeadm-upgrade')
}
