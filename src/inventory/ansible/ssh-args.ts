import { acceptedJump, parseJump, parsePort, parseUser } from '../addresses.ts'
import type { JumpHost } from '../addresses.ts'
import { show } from '../problems.ts'
import { isTemplate, splitWords } from './words.ts'

/*
 * What options of ssh, as ansible_ssh_common_args holds them, say about the way to a host: the jump hosts. Options that change
 * nothing of where ssh goes, and as whom, are passed over; all others are refused, as they may.
 */

/** Jump hosts, the nearest to the runner first; undefined when the options name none. */
export type Way = { jump: readonly JumpHost[] | undefined } | { problem: string }

const ignoredFlags = '46AaCgKkNnqTtvXxYy'
const ignoredWithValue = 'cEeimS'

const ignoredOptions = new Set(
  `addkeystoagent addressfamily batchmode checkhostip ciphers compression connectionattempts connecttimeout controlmaster
  controlpath controlpersist forwardagent forwardx11 forwardx11trusted globalknownhostsfile gssapiauthentication
  gssapidelegatecredentials hashknownhosts hostkeyalgorithms identitiesonly identityagent identityfile ipqos
  kbdinteractiveauthentication kexalgorithms loglevel macs numberofpasswordprompts passwordauthentication
  preferredauthentications pubkeyacceptedalgorithms pubkeyacceptedkeytypes pubkeyauthentication rekeylimit requesttty sendenv
  serveralivecountmax serveraliveinterval setenv stricthostkeychecking tcpkeepalive updatehostkeys userknownhostsfile
  verifyhostkeydns visualhostkey`.split(/\s+/),
)

/** An option of ssh: `-J x` is the option proxyjump, `-W x` the option -W. */
interface Option {
  readonly name: string
  readonly value: string
}

const longNames: Readonly<Record<string, string>> = { J: 'proxyjump', p: 'port', l: 'user' }

/** Reads the options of ssh that lead to a node. */
export function readSshArgs(text: string): Way {
  if (isTemplate(text)) return { problem: 'which is a Jinja template' }
  const words = splitWords(text, false)
  if (!Array.isArray(words)) return { problem: `where ${words.problem}` }
  const { options, rest } = optionsOf(words)
  if (rest.length > 0) return { problem: `where ${show(rest[0])} is no option of ssh` }
  return wayOf(options)
}

/** What `options` say about jump hosts. Of ProxyJump and ProxyCommand ssh takes the first that it meets. */
function wayOf(options: readonly Option[]): Way {
  const strange = options.find(({ name }) => !ignoredOptions.has(name) && !/^proxy(jump|command)$/.test(name))
  if (strange !== undefined)
    return {
      problem: `where ${strange.name} is not understood; accepts ProxyJump, or ProxyCommand with ssh -W %h:%p`,
    }
  const proxy = options.find(({ name }) => name.startsWith('proxy'))
  if (proxy === undefined) return { jump: undefined }
  if (proxy.value.toLowerCase() === 'none') return { jump: [] }
  return proxy.name === 'proxyjump' ? jumpsOf(proxy.value) : commandOf(proxy.value)
}

function jumpsOf(value: string): Way {
  const words = value.split(',').map((word) => word.replace(/^ssh:\/\//, ''))
  const jumps = words.map((word) => ({ word, jump: parseJump(word) }))
  const wrong = jumps.find(({ jump }) => jump === undefined)
  if (wrong !== undefined)
    return { problem: `where ProxyJump has ${show(wrong.word)}; accepts ${acceptedJump}` }
  return { jump: jumps.flatMap(({ jump }) => jump ?? []) }
}

const acceptedCommand = 'accepts ssh -W %h:%p with user@host of the jump host'

/** `ssh -W %h:%p -q -p 2222 user@bastion`, whose own options may name another jump host before it. */
function commandOf(command: string): Way {
  const words = splitWords(command, false)
  const refuse = (why: string): Way => ({ problem: `where ProxyCommand ${why}; ${acceptedCommand}` })
  if (!Array.isArray(words)) return refuse(`cannot be read, as ${words.problem}`)
  const [program = '', ...args] = words[0] === 'exec' ? words.slice(1) : words
  if (!/^(.*\/)?ssh$/.test(program)) return refuse(`runs ${show(program)}`)
  const { options, rest } = optionsOf(args)
  const [target = '', ...more] = rest
  if (more.length > 0) return refuse(`runs ${show(more[0])} on the jump host`)
  const forward = options.find(({ name }) => name === '-W')?.value
  if (forward === undefined || !/^\[?%h\]?:%p$/.test(forward)) return refuse('has no -W %h:%p')
  const last = jumpHost(target, options)
  if (last === undefined) return refuse(`has the jump host ${show(target)}`)
  const before = wayOf(options.filter(({ name }) => !['-W', 'port', 'user'].includes(name)))
  return 'problem' in before ? before : { jump: [...(before.jump ?? []), last] }
}

/** `%r` is the user of the node, which is what a jump host without a user means here. */
function jumpHost(target: string, options: readonly Option[]): JumpHost | undefined {
  const jump = parseJump(target.replace(/^%r@/, ''))
  const first = (option: string): string | undefined => options.find(({ name }) => name === option)?.value
  const [portText, userText] = [first('port'), first('user')]
  const port = portText === undefined ? jump?.port : parsePort(portText)
  const user = userText === undefined || userText === '%r' ? jump?.user : parseUser(userText)
  if (jump === undefined || port === undefined) return undefined
  if (userText !== undefined && userText !== '%r' && user === undefined) return undefined
  return { host: jump.host, port, user: jump.user ?? user }
}

/** Options and what stands behind them, as getopt of ssh takes a line apart. */
function optionsOf(words: readonly string[]): { options: Option[]; rest: string[] } {
  const options: Option[] = []
  const rest: string[] = []
  const left = [...words]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (!word.startsWith('-') || word === '-') {
      rest.push(word)
      continue
    }
    for (let letters = word.slice(1); letters !== ''; letters = letters.slice(1)) {
      const letter = letters[0] ?? ''
      if (ignoredFlags.includes(letter)) continue
      const value = letters.slice(1) || (left.shift() ?? '')
      if (!ignoredWithValue.includes(letter))
        options.push(letter === 'o' ? longOption(value) : { name: longNames[letter] ?? `-${letter}`, value })
      break
    }
  }
  return { options, rest }
}

function longOption(text: string): Option {
  const [, name = text, value = ''] = /^([A-Za-z0-9]+)\s*[=\s]\s*(.*)$/s.exec(text.trim()) ?? []
  return { name: name.toLowerCase(), value }
}
