import { expect, test } from '@jest/globals'
import { parseLeftovers, type NodeLeftovers } from '../../src/node/leftovers.ts'
import { parseSections } from '../../src/node/sections.ts'
import { removable } from '../../src/plan/cleanup.ts'

const printed = `\u001ekubelet-started
1700000500
\u001eleftovers
kubeadm\tkubeadm-backup-etcd-2026-11-24-20-00-00\t1700000100\t122880
kubeadm\tkubeadm-backup-manifests-2026-11-24-20-00-00\t1700000200\t20
kubeadm\tkubeadm-backup-manifests-2026-11-25-09-00-00\t1700000600\t20
own\tjobs/stage-packages.1\t1700000050\t44
own\tjobs/drain-w1.1\t1700000300\t44
own\tsnapshots/a.db\t1700000010\t6000
own\tsnapshots/a.db.json\t1700000010\t4
own\tsnapshots/b.db\t1700000020\t6000
own\tsnapshots/b.db.json\t1700000020\t4
own\tsnapshots/c.db.part\t1700000030\t100
own\timages.x7Yz12\t1700000040\t50000
\u001ejobs
stage-packages.1 finished 0 1700000040.1 1700000050.2 boot -
drain-w1.1 running - 1700000300.1 - boot -
`
const node = parseLeftovers(parseSections(printed))
const names = (seen: NodeLeftovers, keep: number): string[] => removable(seen, keep).map(({ name }) => name)

test('what is older than the kubelet that runs may go; newer folders, running jobs and kept snapshots stay', () => {
  expect(names(node, 1)).toEqual([
    'kubeadm-backup-etcd-2026-11-24-20-00-00',
    'kubeadm-backup-manifests-2026-11-24-20-00-00',
    'jobs/stage-packages.1',
    'snapshots/a.db',
    'snapshots/a.db.json',
    'snapshots/c.db.part',
    'images.x7Yz12',
  ])
  expect(names(node, 2)).not.toContain('snapshots/a.db')
  expect(names(node, 2)).not.toContain('snapshots/a.db.json')
})

test('without a kubelet that runs nothing may go', () => {
  expect(removable({ ...node, kubeletStarted: undefined }, 1)).toEqual([])
})
