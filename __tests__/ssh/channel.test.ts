import { Duplex, PassThrough } from 'node:stream'
import type { Client } from 'ssh2'
import { expect, test } from '@jest/globals'
import { execute } from '../../src/ssh/channel.ts'

test('an exit code is not missed when it arrives in one piece with the confirmation of the command', async () => {
  const stderr = new PassThrough()
  const channel = Object.assign(
    new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() }),
    { stderr, close: () => undefined },
  )
  // As ssh2 reads one packet after the other: a command that ends at once, such as a sudo that refuses.
  const exec = (_command: string, opened: (error: undefined, channel: unknown) => void): void => {
    opened(undefined, channel)
    stderr.write('sudo: a password is required\n')
    channel.emit('exit', 1)
    setImmediate(() => channel.emit('close'))
  }
  const ended = execute({ exec } as unknown as Client, 'sudo -n /bin/sh -s', {
    stdin: 'touch changed',
    timeout: 60_000,
    limit: 1000,
  })
  await expect(ended).resolves.toMatchObject({
    code: 1,
    stderr: Buffer.from('sudo: a password is required\n'),
  })
})
