import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { script, target, World } from './world.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

test('of the connections that nobody uses only some are kept; the others are made again', async () => {
  const nodes = [await world.node(), await world.node(), await world.node()]
  const connector = world.connector({ limits: { idle: 2 } })
  const ask = async (): Promise<void> => {
    for (const node of nodes) await connector.remote(target(node)).run(script('true'))
  }
  await ask()
  expect(nodes.map((node) => node.logins)).toEqual([1, 1, 1])
  const [first] = nodes
  if (first !== undefined) await connector.remote(target(first)).run(script('true'))
  expect(nodes.map((node) => node.logins)).toEqual([2, 1, 1])
})

test('a connection with a command under way is not among them', async () => {
  const [busy, ...others] = [await world.node(), await world.node(), await world.node()]
  const connector = world.connector({ limits: { idle: 0 } })
  const long = connector.remote(target(busy)).run(script('sleep 0.3; echo done'))
  for (const node of others) await connector.remote(target(node)).run(script('true'))
  await expect(long).resolves.toMatchObject({ code: 0, stdout: 'done\n' })
  expect(busy.logins).toBe(1)
})
