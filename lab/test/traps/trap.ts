import type { Lab } from '../../cluster/lab.ts'
import { truthy } from '../check.ts'

/** Something wrong that the plan has to find, built on the real cluster, and the way back. */
export interface Trap {
  /** `severity id node`, or `cluster` for the node; all that the plan finds with it. */
  finds: readonly string[]
  set(lab: Lab): Promise<void>
  undo(lab: Lab): Promise<void>
}

/** A trap on one node, by shell scripts that run there as root. */
export function onNode(node: string, set: string, undo: string, ...finds: string[]): Trap {
  return {
    finds: finds.map((finding) => (finding.split(' ').length > 2 ? finding : `${finding} ${node}`)),
    set: (lab) => must(lab, node, set),
    undo: (lab) => must(lab, node, undo),
  }
}

/** A trap that changes one file of a node with sed; the file itself is put back. */
export function inFile(node: string, file: string, edit: string, ...finds: string[]): Trap {
  const saved = `/root/trap-${node}${file.replaceAll('/', '-')}`
  // The copy stands outside of the folder: the kubelet reads every file among the manifests.
  const set = `cp -p ${file} ${saved} && sed ${edit} ${saved} >${file}.new && mv ${file}.new ${file}`
  const writeInPlace = file.startsWith('/etc/kubernetes/manifests/')
    ? `cp -p ${file} ${saved} && sed ${edit} ${saved} >/root/trap.new && mv /root/trap.new ${file}`
    : set
  return onNode(node, writeInPlace, `mv ${saved} ${file}`, ...finds)
}

/** A trap of objects that are created and deleted again. */
export function ofObjects(objects: readonly object[], ...finds: string[]): Trap {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  return {
    finds,
    set: async (lab) => done('create', await lab.kubectl(['create', '-f', '-'], list)),
    undo: async (lab) =>
      done('delete', await lab.kubectl(['delete', '--now', '--ignore-not-found', '-f', '-'], list)),
  }
}

/** A trap in an object that is there: what `edit` makes of it; the old text of the field is put back. */
export function inConfigMap(
  name: string,
  key: string,
  edit: (text: string) => string,
  ...finds: string[]
): Trap {
  let before = ''
  const write = async (lab: Lab, text: string): Promise<void> => {
    const patch = JSON.stringify({ data: { [key]: text } })
    done(
      'patch',
      await lab.kubectl(['-n', 'kube-system', 'patch', 'configmap', name, '--type=merge', '-p', patch]),
    )
  }
  return {
    finds,
    set: async (lab) => {
      const template = `jsonpath={.data.${key.replaceAll('.', '\\.')}}`
      const read = await lab.kubectl(['-n', 'kube-system', 'get', 'configmap', name, '-o', template])
      before = read.stdout
      truthy(`${name} changes`, edit(before) !== before)
      await write(lab, edit(before))
    },
    undo: (lab) => write(lab, before),
  }
}

/** Throws with what kubectl said. */
export function done(what: string, result: { code: number; stderr: string }): void {
  truthy(`kubectl ${what}: ${result.stderr}`, result.code === 0)
}

/** Runs a script as root on a node; throws with what it said when it fails. */
export async function must(lab: Lab, node: string, script: string): Promise<void> {
  const { code, stdout, stderr } = await lab.ssh(node, `set -e\n${script}`)
  truthy(`on ${node}: ${script}\n${stdout}${stderr}`, code === 0)
}

/** Runs a script on a node until it ends with 0. */
export async function within(lab: Lab, seconds: number, script: string, node: string): Promise<void> {
  const end = Date.now() + seconds * 1000
  let said = ''
  while (Date.now() < end) {
    const { code, stdout, stderr } = await lab.ssh(node, script)
    if (code === 0) return
    said = stdout + stderr
    await new Promise((resolve) => setTimeout(resolve, 2000))
  }
  truthy(`on ${node} within ${seconds} s: ${script}\n${said}`, false)
}
