import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { generateKey, knownHostsEntry } from '../../lab/sim/keys.ts'
import { startNode } from '../../lab/sim/server.ts'
import { systemClock } from '../../src/clock.ts'
import { createConnector } from '../../src/ssh/connection.ts'
import { readPrivateKey } from '../../src/ssh/keys.ts'
import { parseKnownHosts } from '../../src/ssh/known-hosts.ts'
import { failureOf, hastyClock, script, target, until, World } from './world.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('the host key', () => {
  test('has to be known; the message has the line to add, and with it the host is trusted', async () => {
    const node = await world.node()
    const failure = await failureOf(world.remote(node, { knownHosts: '' }).run(script('true')))
    expect(failure).toMatchObject({ reason: 'host-key-mismatch', node: 'n1' })
    expect(failure.message).toBe('The host key of 127.0.1.1 is not known.')
    const printed = execFileSync('ssh-keygen', ['-lf', `${world.hostKey.file}.pub`], { encoding: 'utf8' })
    expect(failure.seen).toContain(`ssh-ed25519 ${printed.split(' ')[1] ?? ''}`)
    expect(node.logins).toBe(0)

    const line = /ssh-known-hosts: (.*)$/.exec(failure.next ?? '')?.[1] ?? ''
    await expect(world.remote(node, { knownHosts: line }).run(script('true'))).resolves.toMatchObject({
      code: 0,
    })
  })

  test('must not have changed; the known one is named with its line', async () => {
    const node = await world.node()
    const other = generateKey(world.folder, 'other')
    const knownHosts = `# nodes\n${knownHostsEntry(node.address, node.port, other)}`
    const failure = await failureOf(world.remote(node, { knownHosts }).run(script('true')))
    expect(failure.reason).toBe('host-key-mismatch')
    expect(failure.message).toBe('The host key of 127.0.1.1 is not the one that is known.')
    expect(failure.seen).toMatch(/line 2: ssh-ed25519 SHA256:/)
    expect(failure.next).toContain('Somebody may be in between')
    expect(node.logins).toBe(0)
  })

  test('must not be revoked', async () => {
    const node = await world.node()
    const revoked = `@revoked * ${world.hostKey.publicKey}`
    const failure = await failureOf(
      world.remote(node, { knownHosts: `${world.knownHosts()}\n${revoked}` }).run(script('true')),
    )
    expect(failure).toMatchObject({
      reason: 'host-key-mismatch',
      message: 'The host key of 127.0.1.1 is revoked.',
    })
  })

  test('is not vouched for by a certificate authority, whose line is named', async () => {
    const node = await world.node()
    const knownHosts = `@cert-authority * ${world.hostKey.publicKey}`
    const failure = await failureOf(world.remote(node, { knownHosts }).run(script('true')))
    expect(failure.reason).toBe('host-key-mismatch')
    expect(failure.seen).toContain('by "@cert-authority" in line 1 only')
  })

  test('is asked for in the type that is known, where the server has several', async () => {
    const rsa = generateKey(world.folder, 'rsa', ['-t', 'rsa', '-b', '2048'])
    const node = await world.node({ hostKeys: [world.hostKey.privateKey, rsa.privateKey] })
    const remote = world.remote(node, { knownHosts: world.knownHosts(rsa) })
    await expect(remote.run(script('true'))).resolves.toMatchObject({ code: 0 })
  })
})

describe('the login', () => {
  test('fails with the account and what was tried, when the key is not accepted', async () => {
    const node = await world.node()
    const stranger = readPrivateKey(generateKey(world.folder, 'stranger').privateKey)
    const failure = await failureOf(world.remote(node, { privateKey: stranger }).run(script('true')))
    expect(failure).toMatchObject({ reason: 'authentication-failed', node: 'n1' })
    expect(failure.message).toBe(
      `root@127.0.1.1 did not accept the key of ssh-private-key (ssh-ed25519 ${stranger.fingerprint}).`,
    )
    expect(failure.next).toContain('authorized_keys')
  })

  test('works with an encrypted key', async () => {
    const locked = generateKey(world.folder, 'locked', ['-t', 'ecdsa'], 'open sesame')
    const node = await world.node({ authorizedKeys: [locked.publicKey] })
    const privateKey = readPrivateKey(locked.privateKey, 'open sesame')
    await expect(world.remote(node, { privateKey }).run(script('true'))).resolves.toMatchObject({ code: 0 })
  })

  test('works with an agent', async () => {
    const socket = join(world.folder, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    try {
      const add = () => {
        try {
          execFileSync('ssh-add', ['-q', world.userKey.file], {
            env: { SSH_AUTH_SOCK: socket },
            stdio: 'pipe',
          })
          return true
        } catch {
          return false
        }
      }
      await until(add)
      const node = await world.node()
      const remote = world.remote(node, { privateKey: undefined, agent: socket })
      await expect(remote.run(script('true'))).resolves.toMatchObject({ code: 0 })
    } finally {
      agent.kill()
    }
  })

  test('with an agent that is not there says so', async () => {
    const remote = world.remote(await world.node(), {
      privateKey: undefined,
      agent: join(world.folder, 'none'),
    })
    const failure = await failureOf(remote.run(script('true')))
    expect(failure.reason).toBe('authentication-failed')
    expect(failure.message).toBe('The SSH agent cannot be used for 127.0.1.1: Failed to connect to agent.')
  })

  test('needs a key or an agent, before any connection', () => {
    const knownHosts = parseKnownHosts('').hosts
    expect(() => createConnector({ clock: systemClock, knownHosts })).toThrow('ssh-private-key is empty')
  })

  test('of a user without passwordless sudo is told as such, with the words of sudo', async () => {
    const node = await world.node({ user: 'ubuntu', sudo: false, noise: 'Welcome!\n' })
    const failure = await failureOf(world.remote(node, { user: 'ubuntu' }).run(script('touch changed')))
    expect(failure).toMatchObject({ reason: 'authentication-failed', node: 'n1' })
    expect(failure.message).toBe('ubuntu@127.0.1.1 cannot become root for test.sh.')
    expect(failure.seen).toContain('sudo: a password is required')
    expect(failure.next).toContain('ubuntu ALL=(root) NOPASSWD: ALL')
  })
})

describe('a node that cannot be reached', () => {
  test('refuses the connection', async () => {
    const node = await world.node()
    await node.stop()
    const failure = await failureOf(world.remote(node).run(script('true')))
    expect(failure).toMatchObject({ reason: 'unreachable-node', node: 'n1' })
    expect(failure.message).toBe(`No SSH connection to 127.0.1.1 port ${node.port}: connection refused.`)
  })

  test('says nothing', async () => {
    const node = await world.node()
    node.faults.stall = true
    const remote = world.remote(node, { limits: { connectTimeout: 500 } })
    const failure = await failureOf(remote.run(script('true')))
    expect(failure.reason).toBe('unreachable-node')
    expect(failure.message).toContain('the SSH handshake was not finished in time')
  })

  test('has a name that does not exist', async () => {
    const connector = world.connector({ knownHosts: '' })
    const remote = connector.remote({ node: 'w9', host: 'no-such-host.invalid', port: 22, user: 'root' })
    const failure = await failureOf(remote.run(script('true')))
    expect(failure).toMatchObject({ reason: 'unreachable-node', node: 'w9' })
    expect(failure.message).toMatch(/the name (does not exist|could not be looked up)\.$/)
  })

  test('hangs up as a busy server does: it is asked again, a few times', async () => {
    const node = await world.node()
    const thrice = { limits: { tries: 3 }, clock: hastyClock }
    node.faults.hangUp = 2
    await expect(world.remote(node, thrice).run(script('true'))).resolves.toMatchObject({ code: 0 })
    node.faults.hangUp = 3
    const failure = await failureOf(world.remote(node, thrice).run(script('true')))
    expect(failure.reason).toBe('unreachable-node')
    expect(failure.message).toContain('the server hung up before authentication')
  })
})

describe('jump hosts', () => {
  test('are gone through one after the other, one connection each for all nodes behind them', async () => {
    const [outer, inner, ...nodes] = [
      await world.node({ user: 'ops' }),
      await world.node({ user: 'ops' }),
      await world.node(),
      await world.node(),
      await world.node(),
    ]
    const connector = world.connector()
    const jump = [target(outer, 'ops'), target(inner, 'ops')]
    const outputs = await Promise.all(
      nodes.map((node) => connector.remote({ ...target(node), jump }).run(script('echo "$SIM_NODE"'))),
    )
    expect(outputs.map((output) => output.stdout)).toEqual(['n3\n', 'n4\n', 'n5\n'])
    expect([outer.logins, inner.logins]).toEqual([1, 1])
    expect([outer.executed, inner.executed]).toEqual([[], []])
  })

  test('have their host keys checked like nodes', async () => {
    const jump = await world.node()
    const node = await world.node()
    const knownHosts = knownHostsEntry(node.address, node.port, world.hostKey)
    const remote = world.connector({ knownHosts }).remote({ ...target(node), jump: [target(jump)] })
    const failure = await failureOf(remote.run(script('true')))
    expect(failure).toMatchObject({
      reason: 'host-key-mismatch',
      node: 'n2',
      message: 'The host key of 127.0.1.1 is not known.',
    })
  })

  test('are named when the node behind them does not answer', async () => {
    const jump = await world.node()
    const node = await world.node()
    await node.stop()
    const remote = world.connector().remote({ ...target(node), jump: [target(jump)] })
    const failure = await failureOf(remote.run(script('true')))
    expect(failure).toMatchObject({ reason: 'unreachable-node', node: 'n2' })
    expect(failure.message).toContain('through jump host 127.0.1.1')
  })

  test('that are lost take the connection along, and both come back', async () => {
    const jump = await world.node()
    const node = await world.node()
    const remote = world.connector().remote({ ...target(node), jump: [target(jump)] })
    const running = remote.run(script('sleep 30'))
    await until(() => node.executed.length === 1)
    jump.dropConnections()
    expect((await failureOf(running)).reason).toBe('connection-lost')
    await expect(remote.run(script('echo back'))).resolves.toMatchObject({ stdout: 'back\n' })
  })
})

test('many nodes on one server wait for their turn to shake hands', async () => {
  const node = await world.node()
  const connector = world.connector()
  const outputs = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      connector.remote({ ...target(node), node: `w${i}` }).run(script('echo ok')),
    ),
  )
  expect(outputs.every((output) => output.stdout === 'ok\n')).toBe(true)
  expect(node.logins).toBe(30)
})

test('a simulated node takes no other command than those that the action sends', async () => {
  const node = await startNode({
    name: 'strict',
    address: '127.0.2.1',
    sandbox: world.folder,
    hostKeys: [world.hostKey.privateKey],
    authorizedKeys: [world.userKey.publicKey],
  })
  const known = join(world.folder, 'known')
  execFileSync('sh', [
    '-c',
    'echo "$1" >"$2"',
    '-',
    knownHostsEntry(node.address, node.port, world.hostKey),
    known,
  ])
  const ssh = spawn('ssh', [
    '-n',
    ...['-F', 'none', '-o', `UserKnownHostsFile=${known}`, '-o', 'BatchMode=yes', '-i', world.userKey.file],
    ...['-p', String(node.port), `root@${node.address}`, 'id'],
  ])
  let said = ''
  ssh.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise((resolve) => ssh.once('close', resolve))
  await node.stop()
  expect([code, said]).toEqual([1, 'sim: not allowed: id\n'])
})
