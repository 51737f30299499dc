import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { generateKey, knownHostsEntry } from '../../lab/sim/keys.ts'
import { errorsOf, fingerprint, World, type ActionResult } from './run-action.ts'

// What is refused whatever the way to the nodes is told in ../virtual.
let world: World
let before: string[]
beforeAll(async () => {
  world = await World.start()
})
afterAll(() => world.end())
beforeEach(() => {
  before = fingerprint(world.simulation)
})
afterEach(() => expect(fingerprint(world.simulation)).toEqual(before))

/** One message on the run's page, exit code 1, `blocked`, and the same in the summary. */
function expectRefusal(result: ActionResult, reason: string, message: RegExp): void {
  expect(result.code).toBe(1)
  expect(result.outputs).toMatchObject({ result: 'blocked', 'failure-reason': reason })
  const errors = errorsOf(result)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatch(message)
  expect(errors[0]).toMatch(/\nNext: \S/)
  expect(result.summary).toContain(`**${reason}**`)
}

test('a host key that known_hosts does not have is refused with the fingerprint that was seen', async () => {
  const lines = world.simulation.knownHosts().split('\n').slice(1).join('\n')
  const result = await world.run('plan', { 'ssh-known-hosts': lines })
  expectRefusal(result, 'host-key-mismatch', /cp1.*add this line to ssh-known-hosts: \[127\./s)
  expect(result.log).toMatch(/SHA256:[\w+/]{43}/)
  expect(world.simulation.node('cp1').logins).toBe(0)
})

test('a host key other than the one in known_hosts is refused', async () => {
  const other = generateKey(world.simulation.folder, 'other-host')
  const { address, port } = world.simulation.node('w1')
  const lines = world.simulation
    .knownHosts()
    .split('\n')
    .map((line) => (line.startsWith(`[${address}]:${port} `) ? knownHostsEntry(address, port, other) : line))
  const logins = world.simulation.node('w1').logins
  const result = await world.run('plan', { 'ssh-known-hosts': lines.join('\n') })
  expectRefusal(result, 'host-key-mismatch', /w1/)
  expect(world.simulation.node('w1').logins).toBe(logins)
})

test('a key that no node accepts is told as such', async () => {
  const stranger = generateKey(world.simulation.folder, 'stranger')
  const result = await world.run('plan', { 'ssh-private-key': stranger.privateKey })
  expectRefusal(result, 'authentication-failed', /5 nodes|cp1/)
})

test('a node that does not answer is named', async () => {
  const { faults } = world.simulation.node('w2')
  faults.hangUp = Infinity
  const result = await world.run('plan')
  faults.hangUp = 0
  expectRefusal(result, 'unreachable-node', /w2/)
})

test('a version that the repositories do not offer is refused with those that they do', async () => {
  const result = await world.run('plan', { version: 'v1.37.9' })
  expectRefusal(result, 'version-not-found', /does not offer v1\.37\.9/)
  expect(result.log).toMatch(/1\.37: v1\.37\.0, v1\.37\.1, v1\.37\.2/)
})

test('a plan other than the approved one changes nothing', async () => {
  const result = await world.run('control-plane', { 'plan-digest': '0'.repeat(64) })
  expectRefusal(result, 'plan-changed', /not the one that was approved/)
})
