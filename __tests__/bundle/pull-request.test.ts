import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { summaryPage } from '../../lab/sim/summary-page.ts'
import { GitHubStandIn } from '../github/stand-in.ts'
import { runOnGitHub, type Origin } from './github-world.ts'
import { errorsOf, workflowCommands, World, type ActionResult, type Inputs } from './run-action.ts'

let world: World
let github: GitHubStandIn
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 1 })
  github = await GitHubStandIn.start()
})
afterAll(async () => {
  await world.end()
  await github.stop()
})
beforeEach(() => github.environment('prod'))
afterEach(() => {
  expect(github.violations).toEqual([])
  github.reset()
})

const run = (origin: Origin, inputs: Inputs = {}, phase = 'plan'): Promise<ActionResult> =>
  runOnGitHub(world, github, phase, { environment: 'prod', ...origin }, inputs)

const own: Origin = { pullRequest: 'own' }
const withoutKey: Inputs = { 'ssh-private-key': '', 'ssh-known-hosts': '' }
const writes = (): string[] =>
  github.asked.map(({ route }) => route).filter((route) => /^(POST|PATCH) \/repos/.test(route))

test('the plan is one comment: made, then updated, with the digest in it', async () => {
  const first = await run(own)
  expect(first.log).toContain(
    'The plan was put into the pull request: https://github.com/ops/clusters/pull/7',
  )
  expect(github.comments).toHaveLength(1)
  expect(github.comments[0]?.body).toContain('from **v1.36.4** to **v1.37.1**')

  const second = await run(own, { version: 'v1.37.2' })
  expect(second.log).toContain('The plan was updated in the pull request')
  expect(github.comments).toHaveLength(1)
  const [{ body } = { body: '' }] = github.comments
  expect(body).toContain('from **v1.36.4** to **v1.37.2**')
  expect(body).not.toContain('v1.37.1')
  expect(body).toContain(`Plan digest \`${second.outputs['plan-digest'] ?? ''}\``)
  expect(body).toContain('[Workflow run](https://github.example/ops/clusters/actions/runs/4711/attempts/1)')
})

test('a plan that is blocked is in the comment too, with what to do', async () => {
  const result = await run(own, { version: 'v1.37.9' })
  expect(result.code).toBe(1)
  expect(github.comments[0]?.body).toMatch(/\*\*version-not-found\*\*.*\*\*Next:\*\*/s)
})

test('a comment that cannot be written is told, and the plan is none the worse', async () => {
  github.refuse(/^POST .*comments$/, { status: 403, message: 'Resource not accessible by integration' })
  const result = await run(own)
  expect(result).toMatchObject({ code: 0, outputs: { result: 'planned' } })
  const warnings = workflowCommands(result.log).filter(({ name }) => name === 'warning')
  expect(warnings.map(({ value }) => value)).toEqual([
    expect.stringContaining(
      'could not be put into the pull request (HTTP 403: Resource not accessible by integration)',
    ),
  ])
})

test('a pull request of a fork gets no key: what can be checked without one is, and the rest is named', async () => {
  github.refuse(/^(POST|PATCH) /, { status: 403, message: 'Resource not accessible by integration' })
  const before = world.logins
  const result = await run({ pullRequest: 'fork' }, withoutKey)
  expect(result.code).toBe(0)
  expect(result.outputs).toMatchObject({ result: 'checked', 'failure-reason': '' })
  expect(result.outputs).not.toHaveProperty('plan-digest')
  expect(result.summary).toContain('1 control plane node, 1 worker')
  expect(result.summary).toContain('**Nothing was connected to**')
  expect(world.logins).toBe(before)
  // Expected there, so no warning.
  expect(workflowCommands(result.log).filter(({ name }) => name === 'warning')).toEqual([])
  expect(result.log).toContain('could not be put into the pull request (HTTP 403')
})

test("what a fork's pull request has wrong is found without a key", async () => {
  const broken = await run({ pullRequest: 'fork' }, { ...withoutKey, version: '1.30', policy: 'drian: {}\n' })
  expect(broken.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'invalid-input' })
  expect(errorsOf(broken)[0]).toMatch(/version: .*1\.31.*\n.*policy.*drian/s)
  const untried = await run({ pullRequest: 'fork' }, { ...withoutKey, version: 'v1.45.0' })
  expect(untried.outputs['result']).toBe('checked')
  expect(untried.summary).toMatch(/1 warning to read before you approve[^]*\| `version-untried` \|/)
})

test('Dependabot is a stranger too; a key that is missing elsewhere is a mistake', async () => {
  expect((await run({ pullRequest: 'dependabot' }, withoutKey)).outputs['result']).toBe('checked')
  const missing = await run(own, withoutKey)
  expect(missing.outputs['failure-reason']).toBe('invalid-input')
  expect(errorsOf(missing)[0]).toContain('ssh-private-key: is missing')
  // Only the plan does without a key.
  const phase = await run({ pullRequest: 'fork' }, withoutKey, 'control-plane')
  expect(phase.outputs['failure-reason']).toBe('invalid-input')
})

test('other phases and other events write no comment', async () => {
  await run(own, {}, 'verify')
  await run({ pullRequest: 'own', event: 'push' })
  await run({})
  expect(writes()).toEqual([])
})

test('a pull_request_target run has the secrets and comments on the pull request', async () => {
  const result = await run({ pullRequest: 'fork', event: 'pull_request_target' })
  expect(result.outputs['result']).toBe('planned')
  expect(github.comments).toHaveLength(1)
})

test('what a node says is no markup, mention or marker in the comment', async () => {
  const text = '<b>x</b>[here](https://example.org) @ops --> <!-- kubeadm-upgrade plan'
  world.simulation.cluster.machine('w1').write('/etc/machine-id', `${text}\n`)
  await run(own)
  const [{ body } = { body: '' }] = github.comments
  expect(body.match(/^<!--/gm)).toHaveLength(1)
  // Nobody is mentioned in a code block.
  expect(body.replace(/^```[^]*?^```$/gm, '')).not.toMatch(/(^|[^\\])@ops/)
  const html = summaryPage([{ title: 'comment', markdown: body }])
  expect(html).toContain('&lt;b&gt;x')
  expect(html).not.toMatch(/<b>x|href="https:\/\/example/)
})
