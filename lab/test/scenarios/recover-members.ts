import type { Lab } from '../../cluster/lab.ts'
import { runAction } from '../action.ts'
import { equal, truthy } from '../check.ts'
import { allMembersVote, proveKept, runRecover, writeProof } from '../recovery-proof.ts'
import type { Scenario, Tally } from '../scenario.ts'
import { must } from '../traps/trap.ts'

/** Members of three lose their data: one after the other, and two at once. */
export const recoverMembers: Scenario = {
  name: 'recover-members',
  about:
    'of three etcd members one loses its data, then the first one does, then two at once: each joins again',
  topology: 'default.yaml',
  offer: ['v1.37.1'],
  minutes: 20,
  async run(lab, tally) {
    await writeProof(lab)
    await rejoins(lab, tally, 'cp2')
    // Its manifest does not say that the cluster exists: it begins anew.
    await rejoins(lab, tally, 'cp1')
    await lostQuorum(lab, tally)
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

async function lostQuorum(lab: Lab, tally: Tally): Promise<void> {
  await tally.check('two of three lose their data: recover asks for a confirmation first', async () => {
    await Promise.all(['cp2', 'cp3'].map((node) => loseData(lab, node)))
    const refused = await runRecover(lab, tally)
    equal('failure-reason', refused.outputs['failure-reason'], 'etcd-unhealthy')
    truthy('it names the source', refused.log.includes('what the member of cp1 still has'))
  })
  await tally.check('with it, cp1 restores what it has, and the others join it', async () => {
    const result = await runRecover(lab, tally, { policy: 'etcd:\n  confirmRestore: true\n' })
    equal('result', result.outputs['result'], 'recovered')
    await proveWell(lab, 'cp1')
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
