import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { errorsOf, World } from './run-action.ts'

// What the digest depends on is told in ../virtual; here the documents that a job leaves for its later steps are read.
let world: World
let digest: string
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 1 })
})
afterAll(() => world.end())

const timeouts = 'timeouts: {settle: 0s, lock: 4s}\n'

test('a phase whose plan is another one says in words what differs from the approved plan at hand', async () => {
  const folder = join(world.simulation.folder, 'same-job')
  digest = (await world.run('plan', {}, { folder })).outputs['plan-digest'] ?? ''
  const result = await world.run(
    'control-plane',
    { 'plan-digest': digest, 'max-unavailable': '2', policy: `${timeouts}drain: {onPatch: false}\n` },
    { folder },
  )
  expect(result.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'plan-changed' })
  const [error = ''] = errorsOf(result)
  expect(error).toContain('max-unavailable: approved was 1, now it is 2.')
  expect(error).toContain('Policy drain.onPatch: approved was true, now it is false.')
})

test('it does not believe a plan at hand whose decisions have not the approved digest', async () => {
  const folder = join(world.simulation.folder, 'another-job')
  await world.run('plan', { 'max-unavailable': '2' }, { folder })
  const result = await world.run('workers', { 'plan-digest': digest, version: 'v1.37.2' }, { folder })
  expect(result.outputs['failure-reason']).toBe('plan-changed')
  expect(errorsOf(result).join('\n')).not.toContain('approved was')
})
