import { readVersion, type Version } from '../../../src/versions/version.ts'
import type { Cluster } from '../model/cluster.ts'
import { startKubelet, stopKubelet } from '../model/kubelet.ts'
import type { Machine } from '../model/machine.ts'
import { packageVersion } from '../model/releases.ts'
import { readCall, type Called } from './powershell.ts'

/** What a call printed and how it ended. */
export interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Job {
  readonly id: string
  readonly purpose: string
  readonly token: string
  readonly runUrl: string
  readonly startedAt: number
  output: string
  /** undefined while it runs. */
  code: number | undefined
  finishedAt: number
}

/** Seconds that each job takes on a real node; a guess, since none was measured. */
const seconds: Readonly<Record<string, number>> = {
  'windows-stage.ps1': 5,
  'windows-install.ps1': 3,
  'windows-kubeadm-upgrade.ps1': 2,
  'windows-restart.ps1': 3,
}

/**
 * A simulated Windows worker: it knows our scripts by their names and does to the cluster what each of them is there for. That
 * a script does so on Windows it cannot show.
 */
export class WindowsNode {
  /** Called with what a job does, as it begins. */
  onJob: (called: Called) => void = () => undefined
  private readonly jobs: Job[] = []
  private readonly staged = new Set<string>()
  private readonly cluster: Cluster
  private readonly machine: Machine

  constructor(cluster: Cluster, machine: Machine) {
    this.cluster = cluster
    this.machine = machine
  }

  /** @param stdin what came on it: a script, as base64 */
  async run(stdin: string): Promise<Answer> {
    let called: Called
    try {
      called = await readCall(Buffer.from(stdin, 'base64').toString('utf8'))
    } catch (error) {
      return { code: 1, stdout: '', stderr: `${error instanceof Error ? error.message : String(error)}\r\n` }
    }
    const { code, stdout, stderr } = this.answer(called)
    const framed = (text: string): string => `${called.marker}\n${text}`.replaceAll('\n', '\r\n')
    return { code, stdout: framed(stdout), stderr: framed(stderr) }
  }

  private answer(called: Called): Answer {
    const { script, args } = called
    switch (script) {
      case 'windows-facts.ps1':
        return said(this.facts())
      case 'windows-offered.ps1':
        return said(this.offered(args.slice(2)))
      case 'list-jobs.ps1':
        return said(this.listJobs())
      case 'start-job.ps1':
        return this.startJob(args)
      case 'follow-job.ps1':
        return this.followJob(args)
      default:
        return { code: 1, stdout: '', stderr: `the simulator does not know ${script}\n` }
    }
  }

  private facts(): string {
    const { name, kubelet, packages } = this.machine
    const programs = ['kubeadm', 'kubelet'].map((program) => {
      const version = versionOf(packages.get(program)?.version)
      return `${program}\tC:\\k\\${program}.exe\t${program === 'kubelet' ? `Kubernetes ${version}` : version}`
    })
    const sections: [string, string][] = [
      ['hostname', name],
      ['boot-id', '7'],
      ['clock', String(this.cluster.time.now() / 1000)],
      ['system', '10.0.20348\nAMD64\nMicrosoft Windows Server 2022 Datacenter'],
      ['kubelet-service', kubelet.state === 'running' ? 'Running' : 'Stopped'],
      ['programs', programs.join('\n')],
      ['disk', '41943040'],
      ['jobs', this.listJobs()],
    ]
    return sections.map(([section, text]) => `\u001e${section}\n${text}\n`).join('')
  }

  private offered(minors: readonly string[]): string {
    const sections = minors.map((minor) => {
      const versions = this.cluster.offered.filter((version) => version.startsWith(`v${minor}.`))
      return `\u001eoffered ${minor}\n${versions.join('\n')}\n`
    })
    return `${sections.join('')}\u001eend\n`
  }

  private listJobs(): string {
    return this.jobs
      .map(({ id, code, startedAt, finishedAt, runUrl }) =>
        [
          id,
          code === undefined ? 'running' : 'finished',
          code ?? '-',
          startedAt / 1000,
          code === undefined ? '-' : finishedAt / 1000,
          7,
          runUrl || '-',
        ].join(' '),
      )
      .join('\n')
  }

  private startJob([purpose = '', token = '', runUrl = '', , file = '']: readonly string[]): Answer {
    const known = this.jobs.find((job) => job.token === token)
    if (known !== undefined) return said(`started ${known.id}\n`)
    const running = this.jobs.find((job) => job.code === undefined)
    if (running !== undefined)
      return said(`${running.purpose === purpose ? 'attached' : 'busy'} ${running.id}\n`)
    const attempt = this.jobs.filter((job) => job.purpose === purpose).length + 1
    const startedAt = this.cluster.time.now()
    const id = `${purpose}.${attempt}`
    const job: Job = { id, purpose, token, runUrl, startedAt, output: '', code: undefined, finishedAt: 0 }
    this.jobs.push(job)
    void this.play(job, file)
    return said(`started ${id}\n`)
  }

  private async play(job: Job, file: string): Promise<void> {
    try {
      const called = await readCall(file)
      this.onJob(called)
      await this.cluster.time.wait(this.cluster.time.of(seconds[called.script] ?? 1))
      job.code = this.perform(job, called)
    } catch (error) {
      job.output += `${error instanceof Error ? error.message : String(error)}\n`
      job.code = 1
    }
    job.finishedAt = this.cluster.time.now()
  }

  private perform(job: Job, { script, args }: Called): number {
    const { machine, cluster } = this
    const say = (line: string): void => void (job.output += `${line}\r\n`)
    switch (script) {
      case 'windows-stage.ps1':
        return this.stage(args, say)
      case 'windows-install.ps1':
        return this.install(args, say)
      case 'windows-kubeadm-upgrade.ps1':
        return this.upgrade(args, say)
      case 'windows-restart.ps1':
        startKubelet(cluster, machine)
        for (const name of args) say(`${name}: Running`)
        return 0
      case 'hook.ps1':
        say(`would run: ${args[0] ?? ''}`)
        return 0
      default:
        say(`the simulator does not know ${script}`)
        return 1
    }
  }

  private stage([, version = '', , ...names]: readonly string[], say: (line: string) => void): number {
    if (!this.cluster.offered.some((one) => one === version)) {
      say('curl: (22) The requested URL returned error: 404')
      return 22
    }
    for (const name of names) {
      this.staged.add(`${name} ${version}`)
      say(`downloading ${name}`)
    }
    return 0
  }

  private install(
    [base = '', version = '', go = '', ...pairs]: readonly string[],
    say: (line: string) => void,
  ): number {
    const names = pairs.filter((_, index) => index % 2 === 0)
    for (const name of names) {
      const installed = versionOf(this.machine.packages.get(name)?.version)
      if (installed === version) continue
      if (!this.staged.has(`${name} ${version}`)) {
        const code = this.stage([base, version, go, name], say)
        if (code !== 0) return code
      }
      if (name === 'kubelet') stopKubelet(this.machine)
      this.staged.delete(`${name} ${version}`)
      this.machine.packages.set(name, { version: packageVersion(version as Version), state: 'ii' })
      say(`${name}: ${installed} -> ${version}`)
    }
    return 0
  }

  private upgrade([path = '', , version = '']: readonly string[], say: (line: string) => void): number {
    const installed = versionOf(this.machine.packages.get('kubeadm')?.version)
    if (path !== '' && installed !== version) {
      say(`kubeadm is ${installed}, wanted is ${version}`)
      return 64
    }
    say('[upgrade] The kubelet configuration was successfully upgraded!')
    return 0
  }

  private followJob([id = '', offset = '0']: readonly string[]): Answer {
    const job = this.jobs.find((one) => one.id === id)
    if (job === undefined) return { code: 1, stdout: '', stderr: `there is no job ${id}\n` }
    const { code, startedAt, finishedAt } = job
    const bytes = Buffer.from(job.output)
    const header = [
      code === undefined ? 'running' : 'finished',
      code ?? '-',
      bytes.length,
      startedAt / 1000,
      code === undefined ? '-' : finishedAt / 1000,
      this.cluster.time.now() / 1000,
      'no',
    ]
    return said(`${header.join(' ')}\n${bytes.subarray(Number(offset)).toString('base64')}\n`)
  }
}

function said(stdout: string): Answer {
  return { code: 0, stdout, stderr: '' }
}

/** With the v; empty when it is not there. */
function versionOf(text: string | undefined): string {
  return readVersion(text ?? '') ?? ''
}
