import { acceptedHost, acceptedPort, acceptedUser, parseHost, parsePort, parseUser } from '../addresses.ts'
import type { JumpHost } from '../addresses.ts'
import type { SshOverrides, SshTarget } from '../inventory.ts'
import { show } from '../problems.ts'
import { Unusable } from './model.ts'
import type { Host, Place, Value, Variables } from './model.ts'
import { readSshArgs } from './ssh-args.ts'
import { isTemplate } from './words.ts'

/** How a host is reached, as its variables say; a part that is undefined is not said, or is a problem. */
export interface Reach {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly user: string | undefined
  readonly jump: readonly JumpHost[] | undefined
}

/** Gets a problem with a variable, or with the host when `name` is empty; of a group's variable once for each host. */
export type Tell = (place: Place, name: string, message: string) => void

/** A variable that was found, by one of its names. */
export interface Named {
  readonly name: string
  readonly value: Value
  readonly place: Place
}

/**
 * Reads how a host is reached. What an input overrides is not looked at, so that a template there does no harm.
 * Names: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ssh_connection.html
 */
export function readReach(host: Host, variables: Variables, overrides: SshOverrides, tell: Tell): Reach {
  const read = <T>(
    names: readonly string[],
    accepted: string,
    input: string,
    parse: (text: string) => T | undefined,
  ) => {
    const found = pick(variables, names, tell)
    if (found === undefined) return undefined
    const text = textOf(found, input, tell)
    if (text === undefined) return undefined
    const value = parse(text)
    if (value === undefined) tell(found.place, found.name, `got ${show(text)}; accepts ${accepted}`)
    return value
  }
  const address = read(['ansible_host', 'ansible_ssh_host'], acceptedHost, '', parseHost)
  const named = pick(variables, ['ansible_host', 'ansible_ssh_host'], () => undefined) !== undefined
  return {
    host: named ? address : hostOfName(host, tell),
    port: overrides.port ?? read(['ansible_port', 'ansible_ssh_port'], acceptedPort, 'ssh-port', parsePort),
    user: overrides.user ?? read(['ansible_user', 'ansible_ssh_user'], acceptedUser, 'ssh-user', parseUser),
    jump: overrides.jump ?? readJump(variables, tell),
  }
}

/** With defaults where nothing was said. @param jump the jump hosts of hosts that name none */
export function targetOf(reach: Reach, jump: readonly JumpHost[]): Omit<SshTarget, 'host'> {
  return { port: reach.port ?? 22, user: reach.user ?? 'root', jump: reach.jump ?? jump }
}

function hostOfName(host: Host, tell: Tell): string | undefined {
  const parsed = parseHost(host.name)
  if (parsed === undefined) tell(host.place, '', `got ${show(host.name)}; accepts ${acceptedHost}`)
  return parsed
}

/** All options of ssh in the order in which Ansible hands them over. */
function readJump(variables: Variables, tell: Tell): readonly JumpHost[] | undefined {
  for (const name of ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']) {
    const found = pick(variables, [name], tell)
    const text = found === undefined ? undefined : textOf(found, 'ssh-jump', tell)
    if (found === undefined || text === undefined) continue
    const way = readSshArgs(text)
    if ('problem' in way)
      tell(found.place, name, `got ${show(text)}, ${way.problem}; or set the input ssh-jump`)
    else if (way.jump !== undefined) return way.jump
  }
  return undefined
}

function pick(variables: Variables, names: readonly string[], tell: Tell): Named | undefined {
  const found = names.flatMap((name) => {
    const variable = variables.get(name)
    return variable === undefined || variable.value === null || variable.value === ''
      ? []
      : [{ name, ...variable }]
  })
  const [first, second] = found
  if (first !== undefined && second !== undefined && String(first.value) !== String(second.value))
    tell(second.place, second.name, `is not what ${first.name} says; accepts one of them`)
  return first
}

/** The text of a variable; undefined after telling why there is none. */
export function textOf({ name, value, place }: Named, input: string, tell: Tell): string | undefined {
  const instead = input === '' ? '' : `, or the input ${input}`
  if (value instanceof Unusable || typeof value === 'boolean' || value === null) {
    const what = value instanceof Unusable ? value.what : `the boolean ${String(value)}`
    tell(place, name, `got ${what}; accepts a text${instead}`)
    return undefined
  }
  const text = String(value)
  if (!isTemplate(text)) return text
  tell(
    place,
    name,
    `got ${show(text)}, a Jinja template, which only Ansible can fill in; accepts the value itself${instead}`,
  )
  return undefined
}
