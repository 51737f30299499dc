import { varsBeside } from '../inventory/ansible/vars-folder.ts'
import { parseInventory } from '../inventory/inventory.ts'
import type { Inventory, SshOverrides } from '../inventory/inventory.ts'
import { unknownOrder } from '../inventory/order.ts'
import { parsePolicy, resolvePolicy } from '../inventory/policy.ts'
import type { Policy, RawPolicy } from '../inventory/policy.ts'
import { formatProblem } from '../inventory/problems.ts'
import type { Parsed } from '../inventory/problems.ts'
import { describeUnknownNames, parseNodeNames, unknownNames } from '../inventory/selection.ts'
import { readSource } from '../inventory/source.ts'
import { acceptedRequests, parseRequest } from '../versions/request.ts'
import type { VersionRequest } from '../versions/request.ts'
import { parseDigest, parseFlag, parseHolder, parseMaxUnavailable, parsePhase } from './fields.ts'
import type { Field, Phase } from './fields.ts'
import type { MaxUnavailable } from '../plan/plan.ts'
import { ProblemList } from './problem-list.ts'
import { readRunFacts } from './run-facts.ts'
import type { RunFacts } from './run-facts.ts'
import { hasKey, maskSecrets, readSshInputs, readSshOverrides } from './ssh-inputs.ts'
import type { SshInputs } from './ssh-inputs.ts'

/** Where the inputs come from: the toolkit in a run, plain values in a test. */
export interface InputSource {
  /** An input's text without white space around it; empty when it was not given (`getInput` of @actions/core). */
  readonly getInput: (name: string) => string
  /** Keeps a text out of the log from now on (`setSecret` of @actions/core). */
  readonly mask: (secret: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Everything that a run was given, checked; nothing in it needs to be looked at with suspicion again. */
export interface Inputs {
  readonly phase: Phase
  readonly inventory: Inventory
  /** The inventory's policy and the input's, merged, with defaults. */
  readonly policy: Policy
  /** Undefined only in verify, recover and cleanup, which can do without. */
  readonly version: VersionRequest | undefined
  /** Names that limit the phase; undefined means all nodes. With discovered workers they are checked against the cluster later. */
  readonly nodes: readonly string[] | undefined
  /** Undefined only in the plan of a pull request that gets no secrets: it looks at nothing. */
  readonly ssh: SshInputs | undefined
  readonly planDigest: string | undefined
  readonly maxUnavailable: MaxUnavailable
  /** Holder id of the lock to break. */
  readonly breakLock: string | undefined
  readonly dryRun: boolean
  readonly githubToken: string | undefined
  readonly run: RunFacts
}

const versionIsOptional: ReadonlySet<Phase> = new Set(['verify', 'recover', 'cleanup'])

/**
 * Reads and checks all inputs, the inventory and the policy, in one go and before any connection. Secrets are masked first.
 * @throws {Failure} `invalid-input` that lists every problem: the input, what it got (never a secret), what it accepts
 */
export function readInputs(source: InputSource): Inputs {
  maskSecrets(source)
  const problems = new ProblemList()
  const run = readRunFacts(source.env)
  const optional = <T>(name: string, parse: (text: string) => Field<T>): T | undefined => {
    const text = source.getInput(name)
    return text === '' ? undefined : problems.take(name, parse(text))
  }
  const phaseText = source.getInput('phase')
  const phase = phaseText === '' ? 'plan' : problems.take('phase', parsePhase(phaseText))
  const version = readVersion(source, phase, problems)
  const overrides = readSshOverrides(source, problems)
  const { inventory, policy } = readDocuments(source, run, overrides, problems)
  const scalars = {
    nodes: readNodes(source, inventory, problems),
    planDigest: optional('plan-digest', parseDigest),
    maxUnavailable: optional('max-unavailable', parseMaxUnavailable) ?? { count: 1 },
    breakLock: optional('break-lock', parseHolder),
    dryRun: optional('dry-run', parseFlag) ?? false,
  }
  const offline = phase === 'plan' && run.pullRequest?.untrusted === true && !hasKey(source)
  const ssh = offline ? undefined : readSshInputs(source, problems)
  problems.throwIfAny()
  if (phase === undefined || inventory === undefined || policy === undefined)
    throw new Error('An input is missing although no problem was found.')
  const githubToken = source.getInput('github-token') || undefined
  return { phase, inventory, policy, version, ssh, githubToken, run, ...scalars }
}

function readVersion(
  { getInput }: InputSource,
  phase: Phase | undefined,
  problems: ProblemList,
): VersionRequest | undefined {
  const text = getInput('version')
  if (text === '') {
    if (phase !== undefined && !versionIsOptional.has(phase))
      problems.add('version', `is missing, and phase ${phase} needs it; accepts ${acceptedRequests}`)
    return undefined
  }
  const parsed = parseRequest(text)
  if ('request' in parsed) return parsed.request
  problems.add('version', parsed.problem)
  return undefined
}

interface Documents {
  inventory: Inventory | undefined
  policy: Policy | undefined
}

function readDocuments(
  source: InputSource,
  run: RunFacts,
  overrides: SshOverrides,
  problems: ProblemList,
): Documents {
  const text = source.getInput('inventory')
  if (text === '') problems.add('inventory', 'is missing; accepts the path of an inventory file, or its text')
  const readText = (content: string, path?: string): Parsed<Inventory> =>
    parseInventory(content, overrides, varsBeside(path, run.workspace))
  const inventory = text === '' ? undefined : readDocument('inventory', text, run, problems, readText)
  const policyText = source.getInput('policy')
  const input: Document<RawPolicy> | undefined =
    policyText === ''
      ? { value: {}, place: undefined, lineOf: () => 1, problems: [] }
      : readDocument('policy', policyText, run, problems, parsePolicy)
  if (inventory?.value === undefined || input?.value === undefined)
    return { inventory: undefined, policy: undefined }
  const policy = resolvePolicy(inventory.value.policy, input.value)
  const ordered = 'workers' in input.value
  for (const problem of unknownOrder(
    policy,
    inventory.value,
    ordered ? input : inventory,
    ordered ? [] : ['policy'],
  ))
    problems.addAt(
      ordered ? 'policy' : 'inventory',
      (ordered ? input : inventory).place,
      formatProblem(problem),
    )
  return { inventory: inventory.value, policy }
}

interface Document<T> extends Parsed<T> {
  /** The file's path; undefined when the input was the text itself. */
  readonly place: string | undefined
}

function readDocument<T>(
  name: string,
  value: string,
  run: RunFacts,
  problems: ProblemList,
  parse: (text: string, path?: string) => Parsed<T>,
): Document<T> | undefined {
  const found = readSource(value, run.workspace)
  if ('problem' in found) {
    problems.add(name, found.problem)
    return undefined
  }
  const document = parse(found.text, found.path)
  for (const problem of document.problems) problems.addAt(name, found.path, formatProblem(problem))
  return { ...document, place: found.path }
}

function readNodes(
  { getInput }: InputSource,
  inventory: Inventory | undefined,
  problems: ProblemList,
): readonly string[] | undefined {
  const text = getInput('nodes')
  if (text === '') return undefined
  const parsed = parseNodeNames(text)
  if ('problem' in parsed) {
    problems.add('nodes', parsed.problem)
    return undefined
  }
  // Discovered workers are known only once the cluster has been read: selectNodes checks the names then.
  if (inventory !== undefined && !inventory.discoverWorkers) {
    const unknown = unknownNames(inventory.nodes, parsed.names)
    if (unknown.length > 0) problems.add('nodes', describeUnknownNames(inventory.nodes, unknown))
  }
  return parsed.names
}
