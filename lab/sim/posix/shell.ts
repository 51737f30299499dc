import { builtins } from './builtins.ts'
import { expandFields, expandPattern, expandText, type Scope } from './expand.ts'
import type { Files } from './files.ts'
import { parse } from './parse.ts'
import { globToRegExp } from './pattern.ts'
import { collector, Input, nothing, redirect, type Stream } from './streams.ts'
import type { Node, Redirection } from './syntax.ts'
import { tools } from './tools.ts'
import { Exit, isSystemError, Jump, type Life, type Tool, type World } from './world.ts'

/** What a shell begins with; that of another shell for a subshell. */
export interface Start {
  readonly variables?: ReadonlyMap<string, string>
  readonly functions?: ReadonlyMap<string, Node>
  readonly positional?: readonly string[]
  readonly options?: { errors: boolean; unset: boolean }
  readonly name?: string
  readonly files?: Files
}

/**
 * A POSIX shell that runs the action's own scripts inside the simulator: no process is made and no real time passes, so
 * that thousands of upgrades can be played. What it does not know it refuses; shell.test.ts compares it with /bin/sh.
 */
export class Shell implements Scope {
  readonly world: World
  readonly life: Life
  readonly variables: Map<string, string>
  readonly functions: Map<string, Node>
  positional: readonly string[]
  options: { errors: boolean; unset: boolean }
  trap = ''
  status = 0
  streams: Map<number, Stream>
  /** The machine's files, as seen from the current folder. */
  files: Files
  /** `$0` */
  readonly name: string
  private substituted = 0

  constructor(world: World, life: Life, streams: Map<number, Stream>, from: Start = {}) {
    this.world = world
    this.life = life
    this.streams = streams
    this.variables = new Map(from.variables ?? [])
    this.functions = new Map(from.functions ?? [])
    this.positional = from.positional ?? []
    this.options = { ...(from.options ?? { errors: false, unset: false }) }
    this.name = from.name ?? 'sh'
    this.files = from.files ?? world.files
  }

  get refusesUnset(): boolean {
    return this.options.unset
  }

  /** Runs a script to its end. @returns its exit code; never, when its life ends before */
  async script(text: string): Promise<number> {
    let node: Node
    try {
      node = parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.write(2, `${error.message}\n`)
      return 2
    }
    return this.toTheEnd(node)
  }

  async toTheEnd(node: Node): Promise<number> {
    let code = await this.untilExit(node)
    if (this.trap !== '') {
      const { trap } = this
      this.trap = ''
      this.status = code
      const after = await this.untilExit(parse(trap), true)
      if (this.exited) code = after
    }
    return code
  }

  private exited = false

  private async untilExit(node: Node, tolerant = false): Promise<number> {
    this.exited = false
    try {
      await this.run(node, tolerant)
      return this.status
    } catch (error) {
      if (error instanceof Jump) return this.status
      if (!(error instanceof Exit)) throw error
      this.exited = true
      return error.code
    }
  }

  /** @param tested whether a failure is asked for, so that `set -e` does not end the script */
  async run(node: Node, tested: boolean): Promise<number> {
    if (this.life.ended) await new Promise(() => undefined)
    this.status = await this.runNode(node, tested)
    const ends =
      node.kind === 'simple' || node.kind === 'subshell' || (node.kind === 'pipeline' && !node.negated)
    if (ends && this.status !== 0 && this.options.errors && !tested) throw new Exit(this.status)
    return this.status
  }

  private runNode(node: Node, tested: boolean): Promise<number> | number {
    switch (node.kind) {
      case 'simple':
        return this.simple(node, tested)
      case 'list':
        return this.list(node.items, tested)
      case 'and-or':
        return this.andOr(node, tested)
      case 'pipeline':
        return this.pipeline(node)
      case 'function':
        this.functions.set(node.name, node.body)
        return 0
      case 'subshell':
        return this.with(node.redirections, () => this.subshell().toTheEnd(node.body))
      case 'group':
        return this.with(node.redirections, () => this.run(node.body, tested))
      case 'if':
        return this.with(node.redirections, () => this.conditional(node, tested))
      case 'while':
        return this.with(node.redirections, () => this.loop(node, tested))
      case 'for':
        return this.with(node.redirections, () => this.each(node, tested))
      case 'case':
        return this.with(node.redirections, () => this.cases(node, tested))
    }
  }

  private async list(items: readonly Node[], tested: boolean): Promise<number> {
    this.status = 0
    for (const item of items) await this.run(item, tested)
    return this.status
  }

  private async andOr({ first, rest }: Extract<Node, { kind: 'and-or' }>, tested: boolean): Promise<number> {
    let status = await this.run(first, true)
    for (const [at, [operator, node]] of rest.entries())
      if ((status === 0) === (operator === '&&'))
        status = await this.run(node, tested || at < rest.length - 1)
    return status
  }

  private async pipeline({ negated, commands }: Extract<Node, { kind: 'pipeline' }>): Promise<number> {
    let input: Stream | undefined
    let status = 0
    for (const [at, command] of commands.entries()) {
      const last = at === commands.length - 1
      const output = collector()
      const streams = new Map(this.streams)
      if (input !== undefined) streams.set(0, input)
      if (!last) streams.set(1, output)
      if (commands.length === 1) status = await this.run(command, true)
      else status = await this.subshell(streams).toTheEnd(command)
      input = { ...nothing, input: new Input(output.text()) }
    }
    return negated ? Number(status === 0) : status
  }

  subshell(streams = this.streams): Shell {
    return new Shell(this.world, this.life, new Map(streams), this)
  }

  private async conditional(
    { arms, otherwise }: Extract<Node, { kind: 'if' }>,
    tested: boolean,
  ): Promise<number> {
    for (const [condition, body] of arms)
      if ((await this.run(condition, true)) === 0) return this.run(body, tested)
    return otherwise === undefined ? 0 : this.run(otherwise, tested)
  }

  private async loop(
    { until, condition, body }: Extract<Node, { kind: 'while' }>,
    tested: boolean,
  ): Promise<number> {
    let status = 0
    while (((await this.run(condition, true)) === 0) !== until) {
      const round = await this.round(body, tested)
      if (round === undefined) break
      status = round
    }
    return status
  }

  private async each(node: Extract<Node, { kind: 'for' }>, tested: boolean): Promise<number> {
    const values: string[] = []
    if (node.words === undefined) values.push(...this.positional)
    else for (const word of node.words) values.push(...(await expandFields(word, this)))
    let status = 0
    for (const value of values) {
      this.variables.set(node.name, value)
      const round = await this.round(node.body, tested)
      if (round === undefined) break
      status = round
    }
    return status
  }

  /** One round of a loop; undefined: it was left. */
  private async round(body: Node, tested: boolean): Promise<number | undefined> {
    try {
      return await this.run(body, tested)
    } catch (error) {
      if (error instanceof Jump && error.to === 'continue') return 0
      if (error instanceof Jump && error.to === 'break') return undefined
      throw error
    }
  }

  private async cases({ word, arms }: Extract<Node, { kind: 'case' }>, tested: boolean): Promise<number> {
    const value = await expandText(word, this)
    for (const { patterns, body } of arms)
      for (const pattern of patterns)
        if (globToRegExp(await expandPattern(pattern, this)).test(value)) return this.run(body, tested)
    return 0
  }

  private async simple(node: Extract<Node, { kind: 'simple' }>, tested: boolean): Promise<number> {
    this.substituted = 0
    const fields: string[] = []
    for (const word of node.words) fields.push(...(await expandFields(word, this)))
    const [path = '', ...args] = fields
    const assigned: [string, string][] = []
    for (const [name, word] of node.assignments) {
      const value = await expandText(word, this)
      assigned.push([name, value])
      if (fields.length === 0) this.set(name, value)
    }
    if (fields.length === 0) return this.with(node.redirections, () => this.substituted)
    if (path === 'exec' && args.length === 0) {
      this.streams = await this.redirected(node.redirections)
      return 0
    }
    for (const [name, value] of assigned) this.set(name, value)
    return this.with(node.redirections, () => this.call(path, args, tested))
  }

  /** Calls a function, a command of the shell, of the machine, or one that every machine has. */
  async call(path: string, args: readonly string[], tested: boolean): Promise<number> {
    const body = this.functions.get(path)
    if (body !== undefined) return this.callFunction(body, args, tested)
    const builtin = builtins[path]
    if (builtin !== undefined) return builtin(this, args)
    const tool = this.find(path)
    if (tool === undefined) {
      this.write(2, `sh: ${path}: not found\n`)
      return 127
    }
    const stdin = this.streams.get(0)?.input ?? new Input('')
    const { streams } = this
    const say = (fd: number, text: string): void => {
      if (!this.life.ended) streams.get(fd)?.write(text)
    }
    const out = (text: string): void => say(1, text)
    const err = (text: string): void => say(2, text)
    try {
      return await tool({ path, args, stdin, shell: this, out, err })
    } catch (error) {
      if (!isSystemError(error)) throw error
      err(`${path}: ${error.message}\n`)
      return 1
    } finally {
      if (this.life.ended) await new Promise(() => undefined)
    }
  }

  find(path: string): Tool | undefined {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return this.world.tool(name) ?? tools[name]
  }

  private async callFunction(body: Node, args: readonly string[], tested: boolean): Promise<number> {
    const before = this.positional
    this.positional = args
    try {
      return await this.run(body, tested)
    } catch (error) {
      if (error instanceof Jump && error.to === 'return') return this.status
      throw error
    } finally {
      this.positional = before
    }
  }

  /** Runs something with its redirections in place. */
  private async with(
    redirections: readonly Redirection[],
    action: () => number | Promise<number>,
  ): Promise<number> {
    if (redirections.length === 0) return action()
    const before = this.streams
    try {
      this.streams = await this.redirected(redirections)
      return await action()
    } catch (error) {
      if (!isSystemError(error)) throw error
      this.streams = before
      this.write(2, `sh: ${error.message}\n`)
      return 2
    } finally {
      this.streams = before
    }
  }

  private redirected(redirections: readonly Redirection[]): Promise<Map<number, Stream>> {
    return redirect(this.streams, redirections, this.files, (word) => expandText(word, this))
  }

  write(fd: number, text: string): void {
    // A killed process says nothing more.
    if (text !== '' && !this.life.ended) this.streams.get(fd)?.write(text)
  }

  get(name: string): string | undefined {
    if (/^\d+$/.test(name)) return name === '0' ? this.name : this.positional[Number(name) - 1]
    switch (name) {
      case '#':
        return String(this.positional.length)
      case '?':
        return String(this.status)
      case '@':
      case '*':
        return this.positional.join(' ')
      case '$':
        return String(this.life.pid)
      default:
        return this.variables.get(name)
    }
  }

  set(name: string, value: string): void {
    this.variables.set(name, value)
  }

  async substitute(body: Node): Promise<string> {
    const output = collector()
    const shell = this.subshell(new Map([...this.streams, [1, output]]))
    this.substituted = await shell.toTheEnd(body)
    return output.text().replace(/\n+$/, '')
  }

  glob(pattern: string): string[] {
    return this.files.glob(pattern)
  }

  fail(message: string): never {
    this.write(2, `sh: ${message}\n`)
    throw new Exit(2)
  }
}
