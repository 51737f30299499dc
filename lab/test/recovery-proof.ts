import type { Lab } from '../cluster/lab.ts'
import { runAction, type ActionResult } from './action.ts'
import { equal } from './check.ts'
import type { Tally } from './scenario.ts'
import { done, within } from './traps/trap.ts'

const proof = 'written-before'

/** Writes what a recovery must not lose. */
export async function writeProof(lab: Lab): Promise<void> {
  done('create', await lab.kubectl(['create', 'configmap', proof, '--from-literal=kept=yes']))
}

/** What was written before is there, as soon as an API server answers. @throws {Error} when not, within two minutes */
export async function proveKept(lab: Lab): Promise<void> {
  const until = Date.now() + 120_000
  const read = () => lab.kubectl(['get', 'configmap', proof, '-o', 'jsonpath={.data.kept}'])
  let answer = await read()
  // An answer that there is no such object is an answer.
  while (answer.code !== 0 && !answer.stderr.includes('NotFound') && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 2000))
    answer = await read()
  }
  equal(`what was written before (${answer.stderr.trim()})`, answer.stdout, 'yes')
}

/** Runs the phase recover to its end. */
export function runRecover(
  lab: Lab,
  tally: Tally,
  inputs: Record<string, string> = {},
): Promise<ActionResult> {
  return runAction(lab, 'recover', { inputs, onLine: (line) => tally.say(line) })
}

/** Each control plane node has a member that started and votes. @throws {Error} with the members as etcd has them */
export async function allMembersVote(lab: Lab, node: string): Promise<void> {
  const members = lab.nodes.filter(({ role }) => role === 'control-plane').length
  const voting = `pid=$(pgrep -x etcd | head -n 1)
"/proc/$pid/root/usr/local/bin/etcdctl" --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt \\
  --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key \\
  member list >/run/members; cat /run/members
[ "$(grep -c ', started, .*, false$' /run/members)" = ${members} ] && [ "$(wc -l </run/members)" = ${members} ]`
  await within(lab, 30, voting, node)
}
