import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getExecOutput } from '@actions/exec'
import { systemClock, type Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import { Lock } from '../cluster/lock.ts'
import { identityOf } from '../phases/lock.ts'
import type { Log, Run } from '../phases/run.ts'
import type { Recorder } from '../report/recorder.ts'
import { createConnector, type Connector, type Target } from '../ssh/connection.ts'
import { readCertificate } from '../ssh/certificate.ts'
import { readPrivateKey, unlocked, type PrivateKey } from '../ssh/keys.ts'
import { createOpenSshConnector, type OpenSshOptions } from '../ssh/openssh/connector.ts'
import { parseKnownHosts } from '../ssh/known-hosts.ts'
import type { InventoryNode } from '../inventory/inventory.ts'
import type { ImageArchive } from '../node/images.ts'
import { readApproval } from './environment.ts'
import { openImageArchive } from './image-archive.ts'
import type { GitHub } from './github.ts'
import { readApproved } from './approved-plan.ts'
import type { Inputs } from './inputs.ts'
import type { SshInputs } from './ssh-inputs.ts'
import { runnerFacts } from './runner-facts.ts'
import { filesFolder } from './runner.ts'

/** The SSH connections of a run; nothing is connected yet. @throws {Failure} `invalid-input` for an unusable key */
export function connectorOf({ ssh, policy }: Inputs, log: Log): Connector {
  if (ssh === undefined) throw new Error('There is nothing to connect with.')
  const { hosts, problems } = parseKnownHosts(ssh.knownHosts.text)
  if (problems.length > 0) {
    throw new Failure('invalid-input', `${ssh.knownHosts.origin}: ${problems.length} lines cannot be used.`, {
      seen: problems.map((problem) => `line ${problem.line}: ${problem.message}`).join('\n'),
      next: 'Correct these lines; ssh-keyscan prints the expected form.',
    })
  }
  const key = ssh.privateKey === undefined ? undefined : readPrivateKey(ssh.privateKey, ssh.passphrase)
  const common = {
    clock: systemClock,
    log: (line: string) => log.info(line),
    limits: { connectTimeout: policy.timeouts.connect },
    sudoPassword: ssh.sudoPassword,
  }
  if (ssh.certificate !== undefined || hosts.authorities) return overOpenSsh(ssh, key, common)
  return createConnector({
    ...common,
    knownHosts: hosts,
    ...(key !== undefined && { privateKey: key }),
    ...(ssh.agentSocket !== undefined && { agent: ssh.agentSocket }),
  })
}

/** Certificates of users and hosts are for the system's ssh. */
function overOpenSsh(
  ssh: SshInputs,
  key: PrivateKey | undefined,
  common: Pick<OpenSshOptions, 'clock' | 'log' | 'limits' | 'sudoPassword'>,
): Connector {
  const certificate =
    ssh.certificate === undefined
      ? undefined
      : readCertificate(ssh.certificate, key?.publicKey, common.clock.now())
  const tried = [
    certificate && `the certificate "${certificate.keyId}" for ${certificate.principals.join(', ')}`,
    key && `the key of ssh-private-key (${key.type} ${key.fingerprint})`,
    ssh.agentSocket && 'the keys of the SSH agent',
  ].filter(Boolean)
  return createOpenSshConnector({
    ...common,
    temporary: process.env['RUNNER_TEMP'] ?? tmpdir(),
    knownHosts: ssh.knownHosts.text,
    key: key && unlocked(key),
    certificate: certificate?.text,
    agent: ssh.agentSocket,
    tried: tried.join(' or '),
  })
}

/** What the world gives to a run beside its inputs. */
export interface World {
  connector: Pick<Connector, 'remote'>
  recorder: Recorder
  log: Log
  github: GitHub | undefined
  aborted: () => boolean
  /** The job's word in the lock, where the process that took it is gone. */
  lockJob?: string | undefined
  /** Default: the real time. */
  clock?: Clock
}

/** The run that the inputs ask for. */
export function runOf(
  inputs: Inputs,
  { connector, recorder, log, github, aborted, lockJob, clock = systemClock }: World,
): Run {
  const { runId, attempt, repository, actor, url } = inputs.run
  const workflow =
    repository === undefined || runId === undefined ? undefined : `${repository}/${runId}/${attempt ?? '1'}`
  const facts = { runUrl: url ?? '', actor: actor ?? '', duration: inputs.policy.timeouts.lock }
  const identity = identityOf(inputs.phase, workflow, facts, lockJob)
  const connect: Run['connect'] = (node) => connector.remote(targetOf(node))
  const controlPlanes = inputs.inventory.nodes.filter((node) => node.role === 'control-plane').map(connect)
  return {
    lock: new Lock(identity, inputs.breakLock, { controlPlanes }, clock),
    unfinished: new Set(),
    phase: inputs.phase,
    request: inputs.version,
    inventory: inputs.inventory,
    policy: inputs.policy,
    maxUnavailable: inputs.maxUnavailable,
    planDigest: inputs.planDigest,
    approved: inputs.planDigest === undefined ? undefined : readApproved(filesFolder(), inputs.planDigest),
    selection: inputs.nodes,
    dryRun: inputs.dryRun,
    clock,
    log,
    recorder,
    connect,
    runOnRunner,
    openImageArchive: () => openArchiveOf(inputs.policy),
    readApproval: () =>
      repository === undefined ? Promise.resolve(undefined) : readApproval(github, inputs.run.environment),
    aborted,
    runner: runnerFacts(),
    runUrl: inputs.run.url ?? '',
  }
}

/** The archive of images that the policy names, below the workspace as all paths. */
async function openArchiveOf({ images }: Inputs['policy']): Promise<ImageArchive | undefined> {
  if (images.archive === undefined) return undefined
  return openImageArchive(join(process.env['GITHUB_WORKSPACE'] ?? '', images.archive))
}

/** How SSH reaches a node of the inventory. */
export function targetOf({ name, ssh, os }: InventoryNode): Target {
  const { host, port, user } = ssh
  const jump = ssh.jump.map((hop) => ({ ...hop, user: hop.user ?? user }))
  return { node: name, host, port, user, jump, shell: os === 'windows' ? 'powershell' : 'sh' }
}

/** A hook of the policy on the runner. Its output is in the log by itself. */
async function runOnRunner(
  command: string,
  { node, timeout }: { node: string; timeout: number },
): Promise<{ code: number; output: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('INPUT_')))
  const seconds = String(Math.ceil(timeout / 1000))
  const { exitCode, stdout, stderr } = await getExecOutput('timeout', [seconds, '/bin/sh', '-c', command], {
    ignoreReturnCode: true,
    env: { ...(env as Record<string, string>), KUBEADM_UPGRADE_NODE: node },
  })
  return { code: exitCode, output: stdout + stderr }
}
