import type { Lab } from '../../cluster/lab.ts'
import { runAction } from '../action.ts'
import { equal, truthy } from '../check.ts'
import { allMembersVote, proveKept, runRecover, writeProof } from '../recovery-proof.ts'
import type { Scenario, Tally } from '../scenario.ts'
import { must } from '../traps/trap.ts'

/** Members of three lose their data: two at once, and one after the other. */
export const recoverMembers: Scenario = {
  name: 'recover-members',
  about: 'of three etcd members two lose their data at once, then one, then the first one: each joins again',
  topology: 'default.yaml',
  offer: ['v1.37.1'],
  minutes: 20,
  async run(lab, tally) {
    await writeProof(lab)
    await lostQuorum(lab, tally)
    await rejoins(lab, tally, 'cp2')
    await rejoins(lab, tally, 'cp1')
  },
}

async function rejoins(lab: Lab, tally: Tally, node: string): Promise<void> {
  await tally.check(`${node} loses the data of its member: recover joins it again`, async () => {
    await loseData(lab, node)
    const result = await runRecover(lab, tally)
    equal('result', result.outputs['result'], 'recovered')
    await proveWell(lab, node)
  })
}

/**
 * As kubeadm left the manifests, neither of the two comes back by itself: cp1 begins a cluster of its own, and cp2 knows
 * nothing of cp3. An empty member whose manifest names all the others would join them again.
 */
async function lostQuorum(lab: Lab, tally: Tally): Promise<void> {
  await tally.check('two of three lose their data: recover asks for a confirmation first', async () => {
    await Promise.all(['cp1', 'cp2'].map((node) => loseData(lab, node)))
    const refused = await runRecover(lab, tally)
    equal('failure-reason', refused.outputs['failure-reason'], 'etcd-unhealthy')
    truthy('it names the source', refused.log.includes('what the member of cp3 still has'))
  })
  await tally.check('with it, cp3 restores what it has, and the others join it', async () => {
    const result = await runRecover(lab, tally, { policy: 'etcd:\n  confirmRestore: true\n' })
    equal('result', result.outputs['result'], 'recovered')
    await proveWell(lab, 'cp3')
  })
}

/** The disk of a member is replaced by an empty one. */
function loseData(lab: Lab, node: string): Promise<void> {
  return must(lab, node, 'mv /var/lib/etcd/member "/root/lost-$(date +%s)"\npkill -KILL -x etcd')
}

async function proveWell(lab: Lab, node: string): Promise<void> {
  await allMembersVote(lab, node)
  await proveKept(lab)
  const result = await runAction(lab, 'verify')
  equal('verify', result.outputs['result'], 'unchanged')
}
