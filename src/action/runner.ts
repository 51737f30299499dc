import * as core from '@actions/core'
import { readInputs, type Inputs } from './inputs.ts'

/** The inputs as the runner gives them. @throws {Failure} `invalid-input` */
export function readRunnerInputs(): Inputs {
  return readInputs({
    getInput: (name) => core.getInput(name),
    mask: (secret) => core.setSecret(secret),
    env: process.env,
  })
}
