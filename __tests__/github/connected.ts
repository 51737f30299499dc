import { connectGitHub, type GitHub } from '../../src/action/github.ts'
import { readRunFacts } from '../../src/action/run-facts.ts'
import type { GitHubStandIn } from './stand-in.ts'

/** GitHub as a run has it, over HTTP, whose waits are over at once: `waits` has their milliseconds, `told` the log. */
export function connected(standIn: GitHubStandIn): { github: GitHub; told: string[]; waits: number[] } {
  const told: string[] = []
  const waits: number[] = []
  const sleep = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds)
    return Promise.resolve()
  }
  const github = connectGitHub({
    token: standIn.token,
    run: readRunFacts({ GITHUB_REPOSITORY: standIn.repository, GITHUB_API_URL: standIn.url }),
    clock: { now: () => Date.now(), sleep },
    info: (line) => told.push(line),
  })
  if (github === undefined) throw new Error('There is a token and a repository')
  return { github, told, waits }
}
