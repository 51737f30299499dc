import { fork } from 'node:child_process'

/**
 * Runs this program in several processes, each with its part of the work.
 * @param parallel how many; each is given `--part K`, K from 0
 * @param onMessage gets what they send
 */
export async function inParts(
  parallel: number,
  args: readonly string[],
  onMessage: (message: unknown) => void,
): Promise<void> {
  const file = process.argv[1] ?? ''
  const one = (part: number): Promise<void> =>
    new Promise((resolve) => {
      const child = fork(file, [...process.argv.slice(2), ...args, '--part', String(part)])
      child.on('message', (message) => onMessage(message))
      child.on('exit', () => resolve())
    })
  await Promise.all(Array.from({ length: parallel }, (_, part) => one(part)))
}
