import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { removeLeft } from '../../src/ssh/openssh/files.ts'
import { remoteContract } from './contract.ts'
import { failureOf, script, target, World } from './world.ts'

remoteContract('openssh')

describe('the files of ssh', () => {
  let world: World
  beforeEach(() => {
    world = new World('openssh')
  })
  afterEach(() => world.end())

  test("are the owner's only, and gone when the connections are closed", async () => {
    const node = await world.node()
    const connector = world.connector()
    await connector.remote(target(node)).run(script('true'))
    const folder = connector.folder ?? ''
    const modes = (file: string): string => (statSync(file).mode & 0o777).toString(8)
    expect(modes(folder)).toBe('700')
    for (const file of ['known_hosts', 'key']) expect(modes(join(folder, file))).toBe('600')
    connector.close()
    expect(existsSync(folder)).toBe(false)
  })

  test('of a run that was killed are removed, and its connections ended', async () => {
    const node = await world.node()
    const connector = world.connector()
    const remote = connector.remote(target(node))
    await remote.run(script('true'))
    removeLeft(connector.folder ?? '')
    expect(existsSync(connector.folder ?? '')).toBe(false)
    removeLeft(connector.folder ?? '')
  })

  test('never stand with a secret in a process list', async () => {
    const node = await world.node()
    const remote = world.remote(node)
    await remote.run(script('true'))
    const said = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => commandLine(pid))
      .filter((line) => line.startsWith('ssh '))
      .join('\n')
    expect(said).toContain(node.address)
    expect(said).not.toContain(world.userKey.privateKey.split('\n')[1])
  })
})

describe('a jump host', () => {
  let world: World
  beforeEach(() => {
    world = new World('openssh')
  })
  afterEach(() => world.end())

  test('is one connection, whoever goes through it', async () => {
    const [jump, ...nodes] = [await world.node(), await world.node(), await world.node()]
    const connector = world.connector()
    const via = [{ host: jump.address, port: jump.port, user: 'root' }]
    const outputs = await Promise.all(
      nodes.map((node) => connector.remote({ ...target(node), jump: via }).run(script('echo ok'))),
    )
    expect(outputs.map(({ stdout }) => stdout)).toEqual(['ok\n', 'ok\n'])
    expect(jump.logins).toBe(1)
  })

  test('that leads nowhere says so, with the name of the node', async () => {
    const jump = await world.node()
    const gone = await world.node()
    await gone.stop()
    const via = [{ host: jump.address, port: jump.port, user: 'root' }]
    const failure = await failureOf(
      world
        .connector()
        .remote({ ...target(gone), jump: via })
        .run(script('true')),
    )
    expect(failure).toMatchObject({ reason: 'unreachable-node', node: gone.name })
    expect(failure.message).toContain(`through jump host ${jump.address}`)
  })
})

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // it has ended
  }
}
