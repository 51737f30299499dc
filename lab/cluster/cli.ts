/** `npm run lab -- COMMAND`: see README.md beside this file, or run it without a command. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { down, offer, openLab, power, prepare, readTopology, reset, status, throttle, up } from './lab.ts'
import { describeError, elapsed, info, LabError } from './output.ts'
import { HERE, labPaths } from './paths.ts'
import { sshCommand } from './node/ssh.ts'
import { nodeNamed } from './lifecycle.ts'
import { requireRecord } from './record.ts'
import { interactive } from './shell.ts'

const USAGE = `usage: npm run lab -- COMMAND [options]

  up                      bring the lab up; builds what is missing
    --topology FILE       default: lab/cluster/topologies/default.yaml
    --version vX.Y.Z      start with this version instead of the file's
    --offer vX.Y.Z,...    offer these for upgrades instead of the file's
  down [--purge]          stop everything; --purge also removes the disks
  reset                   back to the fresh cluster that "up" made
  status                  nodes, versions, endpoint, web service, sizes
  ssh NODE [-- COMMAND]   log in to a node, or run a command there
  exec -- COMMAND         run a command inside the lab's network
  kubectl ARGUMENT...     run kubectl as cluster administrator
  throttle RATE|off       limit the package server: 2MB, 500KB (per second)
  offer vX.Y.Z...         add versions to the repositories and the registry
  node start|stop|kill NODE
  build vX.Y.Z...         build and cache without starting anything

  --name NAME             which lab; default: default
`

interface Invocation {
  command: string
  args: string[]
  options: { name: string; topology: string; version?: string; offer?: string; purge: boolean }
}

/** A number that comes back is the exit code. */
type Command = (invocation: Invocation) => Promise<unknown>

const commands: Record<string, Command> = {
  async up({ options }) {
    const start = Date.now()
    const topology = await readTopology(options.topology, options.version)
    if (options.offer !== undefined) topology.offered = options.offer.split(',').filter((each) => each !== '')
    await up(options.name, topology)
    info(`lab "${options.name}" is ready after ${elapsed(Date.now() - start)}`)
    process.stdout.write(await status(options.name))
  },
  down: ({ options }) => down(options.name, options.purge),
  reset: ({ options }) => reset(options.name),
  async status({ options }) {
    process.stdout.write(await status(options.name))
  },
  ssh({ options, args: [name = '', ...command] }) {
    const paths = labPaths(options.name)
    const node = nodeNamed(requireRecord(paths).topology, name)
    return interactive([...sshCommand(paths, node), ...(command.length > 0 ? ['--', ...command] : [])])
  },
  exec: ({ options, args }) =>
    interactive([...openLab(options.name).inNetwork, ...required(args, 'exec -- COMMAND')]),
  kubectl: ({ options, args }) => interactive([...openLab(options.name).kubectlCommand, ...args]),
  throttle: ({ options, args: [rate = ''] }) => throttle(options.name, parseRate(rate)),
  offer: ({ options, args }) => offer(options.name, required(args, 'offer vX.Y.Z...')),
  async build({ args }) {
    await prepare(required(args, 'build vX.Y.Z...'))
  },
  async node({ options, args: [action = '', name = ''] }) {
    if (action !== 'start' && action !== 'stop' && action !== 'kill')
      throw new LabError('usage: node start|stop|kill NODE')
    await power(options.name, name, action)
  },
}

function required(args: string[], usage: string): string[] {
  if (args.length === 0) throw new LabError(`usage: npm run lab -- ${usage}`)
  return args
}

/** `2MB` is 2,000,000 bytes a second, `off` is 0. */
function parseRate(text: string): number {
  if (text === 'off') return 0
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(KB|MB)$/.exec(text) ?? []
  if (amount === undefined)
    throw new LabError(`"${text}" is not a rate`, { next: 'accepted: 2MB, 500KB, off' })
  return Math.round(Number(amount) * (unit === 'MB' ? 1_000_000 : 1000))
}

/** Our options come first; after the command's name, `kubectl`, `ssh` and `exec` pass theirs on. */
function parseInvocation(argv: string[]): Invocation {
  const { own, rest } = separate(argv)
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'default' },
      topology: { type: 'string', default: join(HERE, 'topologies/default.yaml') },
      version: { type: 'string' },
      offer: { type: 'string' },
      purge: { type: 'boolean', default: false },
    },
  })
  const [command = '', ...args] = positionals
  return { command, args: [...args, ...rest], options: values }
}

/** `kubectl -n kube-system get pods --name x`: only --name is ours there; behind `--` nothing is. */
function separate(argv: string[]): { own: string[]; rest: string[] } {
  const dashes = argv.indexOf('--')
  const before = dashes < 0 ? argv : argv.slice(0, dashes)
  const after = dashes < 0 ? [] : argv.slice(dashes + 1)
  const kubectl = before.indexOf('kubectl')
  if (kubectl < 0) return { own: before, rest: after }
  const rest = before.slice(kubectl + 1)
  const own = before.slice(0, kubectl + 1)
  const name = rest.indexOf('--name')
  if (name >= 0) own.push(...rest.splice(name, 2))
  return { own, rest: [...rest, ...after] }
}

try {
  const invocation = parseInvocation(process.argv.slice(2))
  const command = commands[invocation.command]
  if (command === undefined) process.stderr.write(USAGE)
  const code = command === undefined ? 2 : await command(invocation)
  if (typeof code === 'number') process.exitCode = code
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`)
  process.exitCode = 1
}
