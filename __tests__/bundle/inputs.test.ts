import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { errorsOf, fingerprint, World } from './run-action.ts'

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 1 })
})
afterAll(() => world.end())

test('all mistakes in the inputs are told at once, and nothing is connected to', async () => {
  const before = fingerprint(world.simulation)
  const result = await world.run('upgrad', {
    inventory: 'nodes:\n  - {name: CP1, host: 10.0.0.1, role: master}\n  - {name: w1, role: worker}\n',
    version: '1.37.x',
    'ssh-private-key': 'ssh-ed25519 AAAA me',
    'ssh-known-hosts': '',
    'ssh-port': '70000',
    'max-unavailable': '0',
    'plan-digest': 'abc',
    'dry-run': 'maybe',
    policy: 'drain:\n  timout: 5m\n',
  })

  expect(result.code).toBe(1)
  expect(result.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'invalid-input' })
  const [error = '', ...more] = errorsOf(result)
  expect(more).toEqual([])
  const inputs = ['phase', 'inventory', 'version', 'ssh-private-key', 'ssh-known-hosts', 'ssh-port']
  for (const input of [...inputs, 'max-unavailable', 'plan-digest', 'dry-run', 'policy'])
    expect(error).toMatch(new RegExp(`^- ${input}\\b`, 'm'))
  expect(result.summary).toContain('invalid-input')
  expect(world.logins).toBe(0)
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('a mistake in a file of the workspace is told with its line', async () => {
  world.editInventory((text) => text.replace('role: worker', 'role: wroker'))
  const result = await world.run('plan')
  world.editInventory((text) => text)
  expect(errorsOf(result).join()).toMatch(/inventory \(inventory\.yaml\): line \d+.*"wroker"/)
  expect(world.logins).toBe(0)
})

test('a private key is masked before anything else is printed, and stands in no file of the run', async () => {
  const secret = world.simulation.userKey.privateKey
  const result = await world.run('plan', { 'ssh-passphrase': 'correct horse battery' })
  const masks = result.log.split('\n').filter((line) => line.startsWith('::add-mask::'))
  const rest = result.log.split('\n').filter((line) => !line.startsWith('::add-mask::'))
  expect(result.log.startsWith('::add-mask::')).toBe(true)
  const written = [
    ...rest,
    result.summary,
    JSON.stringify(result.outputs),
    JSON.stringify(result.state),
  ].join('\n')
  for (const line of [...secret.trim().split('\n').slice(1, -1), 'correct horse battery']) {
    expect(masks.join('\n')).toContain(line)
    expect(written).not.toContain(line)
  }
})
