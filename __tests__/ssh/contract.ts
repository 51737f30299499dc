import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { failureOf, hastyClock, script, target, until, World, type Transport } from './world.ts'

/** What holds for every Remote over SSH, whoever speaks it. */
export function remoteContract(transport: Transport): void {
  let world: World
  beforeEach(() => {
    world = new World(transport)
  })
  afterEach(() => world.end())

  describe('a script on a node', () => {
    test('its output and exit code come back', async () => {
      const remote = world.remote(await world.node())
      await expect(remote.run(script('echo out; echo err >&2; exit 7'))).resolves.toEqual({
        code: 7,
        stdout: 'out\n',
        stderr: 'err\n',
      })
    })

    test('is sent as stdin of /bin/sh, and of sudo for another user than root', async () => {
      const root = await world.node()
      const ubuntu = await world.node({ user: 'ubuntu' })
      await world.remote(root).run(script('true'))
      await world.remote(ubuntu, { user: 'ubuntu' }).run(script('true'))
      expect(root.executed.map((one) => one.command)).toEqual(['/bin/sh -s'])
      expect(ubuntu.executed.map((one) => one.command)).toEqual(['sudo -n /bin/sh -s'])
    })

    test('gets its arguments as they are, whatever they hold', async () => {
      const remote = world.remote(await world.node())
      const args = ["it's", '', '$(touch x) `id`', 'two\nlines\n', 'größe 🚀', '-n', '*', '\\', '"', '}']
      const { stdout } = await remote.run(script('for a in "$@"; do printf "%s|" "$a"; done'), { args })
      expect(stdout).toBe(args.map((arg) => `${arg}|`).join(''))
    })

    test('finds an empty stdin, so that a command cannot eat the rest of it', async () => {
      const remote = world.remote(await world.node())
      const { stdout } = await remote.run(script('cat; read -r line || echo nothing to read\necho the rest'))
      expect(stdout).toBe('nothing to read\nthe rest\n')
    })

    test('has an environment of its own', async () => {
      const remote = world.remote(await world.node({ env: { KUBECONFIG: '/x', LC_ALL: 'de_DE.UTF-8' } }))
      const { stdout } = await remote.run(script('echo "${KUBECONFIG-unset} $LC_ALL $(umask)"; echo "$PATH"'))
      expect(stdout).toMatch(/^unset C 0077\n.*:\/usr\/local\/sbin:.*:\/usr\/sbin:.*:\/sbin/)
    })

    test('keeps its output apart from what a noisy login shell prints', async () => {
      const remote = world.remote(await world.node({ noise: 'Welcome!\nno newline at the end' }))
      await expect(remote.run(script('echo out; echo err >&2'))).resolves.toEqual({
        code: 0,
        stdout: 'out\n',
        stderr: 'err\n',
      })
    })

    test('may end by a signal, which is an exit code as in a shell, or no outcome at all, but no success', async () => {
      const remote = world.remote(await world.node())
      const killed = remote.run(script('echo before; kill -KILL $$'))
      // OpenSSH's client says of a signal only that it knows no exit code.
      if (transport === 'openssh') expect((await failureOf(killed)).reason).toBe('connection-lost')
      else await expect(killed).resolves.toMatchObject({ code: 137 })
    })

    test('prints characters that arrive in two pieces', async () => {
      const remote = world.remote(await world.node())
      const halves = script(
        "printf 'gr\\303'; sleep 0.2; printf '\\266\\303\\237e \\360\\237'; sleep 0.2; printf '\\232\\200'",
      )
      await expect(remote.run(halves)).resolves.toMatchObject({ stdout: 'größe 🚀' })
    })

    test('prints a lot', async () => {
      const remote = world.remote(await world.node())
      const { stdout } = await remote.run(script('seq 1 200000'))
      expect(stdout.length).toBe(1_288_895)
      expect(stdout.endsWith('\n200000\n')).toBe(true)
    })

    test('fails when it prints more than is held in memory', async () => {
      const remote = world.remote(await world.node(), { limits: { output: 100_000 } })
      const failure = await failureOf(remote.run(script('yes')))
      expect(failure.message).toBe('test.sh on 127.0.1.1 printed more than can be held.')
    })
  })

  describe('many scripts at once', () => {
    test('share one connection, four at a time', async () => {
      const node = await world.node()
      node.faults.maxSessions = 4
      const remote = world.remote(node)
      const outputs = await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          remote.run(script('sleep 0.05; echo "$1"'), { args: [String(i)] }),
        ),
      )
      expect(outputs.map((output) => output.stdout)).toEqual(Array.from({ length: 12 }, (_, i) => `${i}\n`))
      expect(node.logins).toBe(1)
    })

    test('are tried again when the server counts more sessions than there are', async () => {
      const node = await world.node()
      node.faults.maxSessions = 2
      const remote = world.remote(node)
      const outputs = await Promise.all(Array.from({ length: 8 }, () => remote.run(script('echo ok'))))
      expect(outputs.every((output) => output.stdout === 'ok\n')).toBe(true)
    })
  })

  describe('a lost connection', () => {
    test('is a failure and never an exit code; the next script connects again', async () => {
      const node = await world.node()
      const remote = world.remote(node)
      const running = remote.run(script('echo begun; sleep 30'))
      await until(() => node.executed.length === 1)
      node.dropConnections()
      const failure = await failureOf(running)
      expect(failure).toMatchObject({ reason: 'connection-lost', node: 'n1' })
      expect(failure.message).toBe(
        'The connection to 127.0.1.1 was lost during test.sh; the outcome is unknown.',
      )
      await expect(remote.run(script('echo again'))).resolves.toMatchObject({ code: 0, stdout: 'again\n' })
      expect(node.logins).toBe(2)
    })

    test('does not matter to a script that only reads: it is run again', async () => {
      const node = await world.node()
      const remote = world.remote(node)
      const running = remote.run(script('[ -e slow ] || { : >slow; sleep 30; }; echo read'), { reads: true })
      await until(() => node.executed.length === 1)
      await until(() => existsSync(join(node.sandbox, 'slow')))
      node.dropConnections()
      await expect(running).resolves.toMatchObject({ code: 0, stdout: 'read\n' })
      expect(node.logins).toBe(2)
    })

    test('is noticed when nothing arrives any more', async () => {
      const node = await world.node()
      const remote = world.remote(node, { limits: { keepAlive: 250 } })
      const running = remote.run(script('sleep 30'))
      await until(() => node.executed.length === 1)
      node.freeze()
      expect((await failureOf(running)).reason).toBe('connection-lost')
      await expect(remote.run(script('echo again'))).resolves.toMatchObject({ stdout: 'again\n' })
    })

    test('while nothing was running is not even noticed', async () => {
      const node = await world.node()
      const remote = world.remote(node)
      await remote.run(script('true'))
      node.dropConnections()
      // Its process has to see that the connection is gone.
      if (transport === 'openssh') await new Promise((resolve) => setTimeout(resolve, 1000))
      await expect(remote.run(script('echo ok'))).resolves.toMatchObject({ stdout: 'ok\n' })
    })

    test('runs nothing of a script that has not arrived whole', async () => {
      const node = await world.node()
      const remote = world.remote(node)
      // The system's ssh has to be connected first: it logs in before it takes commands.
      if (transport === 'openssh') await remote.run(script('true'))
      node.faults.cutScriptAt = 64 * 1024
      const padding = `: ${'x'.repeat(4 * 1024 * 1024)}`
      await failureOf(remote.run(script(`touch half\n${padding}\ntouch whole`)))
      delete node.faults.cutScriptAt
      const before = transport === 'openssh' ? 1 : 0
      await until(() => node.executed.length === before + 1)
      expect(node.executed[before]?.script).not.toContain('touch whole')
      const { stdout } = await remote.run(script('sleep 0.2; ls'))
      expect(stdout).not.toContain('half')
    })

    test('comes back while it is tried again', async () => {
      const node = await world.node()
      const remote = world.remote(node, { clock: hastyClock })
      await remote.run(script('true'))
      node.faults.hangUp = 7
      node.dropConnections()
      if (transport === 'openssh') await new Promise((resolve) => setTimeout(resolve, 1000))
      await expect(remote.run(script('echo back'))).resolves.toMatchObject({ stdout: 'back\n' })
    })

    test('that does not come back ends after the limit', async () => {
      const node = await world.node()
      const remote = world.remote(node, { limits: { reconnectLimit: 1500 } })
      await remote.run(script('true'))
      await node.stop()
      if (transport === 'openssh') await new Promise((resolve) => setTimeout(resolve, 1000))
      const failure = await failureOf(remote.run(script('true')))
      expect(failure).toMatchObject({ reason: 'unreachable-node', node: 'n1' })
      expect(world.log.some((line) => line.includes('connection refused'))).toBe(true)
    })
  })

  test('no answer in time is a failure that says so, and the connection goes on', async () => {
    const node = await world.node()
    const remote = world.remote(node)
    const failure = await failureOf(remote.run(script('sleep 30'), { timeout: 300 }))
    expect(failure.reason).toBe('connection-lost')
    expect(failure.message).toBe('No answer of test.sh on 127.0.1.1 within 0.3 s; the outcome is unknown.')
    await expect(remote.run(script('echo ok'))).resolves.toMatchObject({ stdout: 'ok\n' })
    expect(node.logins).toBe(1)
  })

  test('a closed connection fails what is under way and what comes after', async () => {
    const node = await world.node()
    const connector = world.connector()
    const remote = connector.remote(target(node))
    const running = remote.run(script('sleep 30'))
    await until(() => node.executed.length === 1)
    connector.close()
    expect((await failureOf(running)).reason).toBe('connection-lost')
    expect((await failureOf(remote.run(script('true')))).reason).toBe('cancelled')
  })
}
