import type { Lab } from '../../cluster/lab.ts'
import { runAction } from '../action.ts'
import { equal } from '../check.ts'
import { startProber } from '../prober.ts'
import type { Scenario } from '../scenario.ts'
import { nodeTable, probeTable } from '../tables.ts'

const target = 'v1.37.1'
const names = ['kubeadm', 'kubectl', 'kubelet']
/** The lab's one server is pkgs.k8s.io and dl.k8s.io, without TLS: as a private mirror of both would be. */
const policy = 'packages:\n  baseUrl: http://pkgs.k8s.io\n'

/** Every package manager in one cluster, upgraded in one run. */
export const mixedNodes: Scenario = {
  name: 'mixed-nodes',
  about:
    'apt, dnf and zypper control plane nodes, a dnf5 worker and one without a package manager, one minor up',
  topology: 'mixed.yaml',
  offer: [target],
  minutes: 24,
  async run(lab, tally) {
    await tally.check('a versionlock beside exclude=, as some have it', async () => {
      await must(lab, 'w1', 'dnf5 -y --setopt=disable_excludes=kubernetes versionlock add kubelet')
    })
    const prober = startProber(lab)
    await tally.check('phase upgrade moves all of them', async () => {
      const result = await runAction(lab, 'upgrade', {
        inputs: { version: target, policy },
        onLine: (line) => tally.say(line),
      })
      equal('exit code', result.code, 0)
      equal('result', result.outputs['result'], 'upgraded')
      tally.say(nodeTable(result))
      tally.say(`took ${Math.round(result.seconds)} s`)
    })
    tally.say(probeTable(await prober.stop()))
    await tally.check('every node is Ready at the target', async () => {
      const path =
        '{range .items[*]}{.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}'
      const nodes = await lab.kubectl(['get', 'nodes', '-o', `jsonpath=${path}`])
      const expected = lab.nodes.map(() => `${target} True`)
      equal('nodes', nodes.stdout.trim().split('\n'), expected)
    })
    for (const node of lab.nodes) {
      const what = `${node.name} (${node.packageManager}): packages at the target and kept there`
      await tally.check(what, () => kept(lab, node.name, node.packageManager))
    }
    await tally.check('phase upgrade again: unchanged', async () => {
      const result = await runAction(lab, 'upgrade', { inputs: { version: target, policy } })
      equal('result', result.outputs['result'], 'unchanged')
      tally.say(`again took ${result.seconds.toFixed(1)} s`)
    })
  },
}

/** Asks the package manager itself, in its own words. */
async function kept(lab: Lab, node: string, manager: string): Promise<void> {
  const lines = async (script: string): Promise<string[]> =>
    (await must(lab, node, script)).trim().split('\n').toSorted()
  const rpms = `rpm -q --qf '%{NAME} %{VERSION}-%{RELEASE}\\n' ${names.join(' ')}`
  const atTarget = names.map((name) => `${name} ${target.slice(1)}-150500.1.1`)
  const repository = (folder: string): Promise<string[]> =>
    lines(`grep -hE '^(exclude|gpgcheck|baseurl)' ${folder}/kubernetes.repo`)
  const untouched = [
    `baseurl=http://pkgs.k8s.io/core:/stable:/v1.37/rpm/`,
    'exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni',
    'gpgcheck=1',
  ]
  switch (manager) {
    case 'apt':
      equal('holds', await lines('apt-mark showhold'), names)
      return
    case 'dnf':
      equal('packages', await lines(rpms), atTarget)
      equal('repository file', await repository('/etc/yum.repos.d'), untouched)
      equal('an upgrade of the system', await lines('dnf -q -y upgrade 2>/dev/null'), [''])
      return
    case 'dnf5':
      equal('packages', await lines(rpms), atTarget)
      equal('repository file', await repository('/etc/yum.repos.d'), untouched)
      equal('versionlock', await lines(`grep -h '^value' /etc/dnf/versionlock.toml`), [
        `value = "${target.slice(1)}-150500.1.1"`,
      ])
      return
    case 'zypper':
      equal('packages', await lines(rpms), atTarget)
      equal('repository file', await repository('/etc/zypp/repos.d'), untouched)
      equal('locks', await lines(`sed -n 's/^solvable_name: //p' /etc/zypp/locks`), names)
      return
    default:
      equal('program', await lines('/usr/local/bin/kubelet --version'), [`Kubernetes ${target}`])
      equal(
        'the old programs',
        await lines('ls /var/lib/kubeadm-upgrade/programs/replaced'),
        names.map((name) => `${name}-v1.36.4`),
      )
  }
}

async function must(lab: Lab, node: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await lab.ssh(node, script)
  if (code !== 0) throw new Error(`${script} on ${node}: exit code ${code}\n${stderr}`)
  return stdout
}
