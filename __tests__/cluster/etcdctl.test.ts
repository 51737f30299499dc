import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'

const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-etcdctl-'))
afterAll(() => rmSync(folder, { recursive: true }))

const functions = readFileSync(
  new URL('../../src/cluster/scripts/etcdctl.sh', import.meta.url),
  'utf8',
).replaceAll('/etc/kubernetes/manifests', folder)

/** What etcdctl is called with beside its command, where the manifest of etcd has these arguments. */
function calledWith(...args: string[]): string[] {
  writeFileSync(join(folder, 'etcd.yaml'), args.map((arg) => `    - ${arg}\n`).join(''))
  return called()
}

function called(): string[] {
  const script = `set -eu\n${functions}\netcd_tool() { printf '%s\\n' "$@"; }\netcd_ctl member list`
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\n').slice(1, 3)
}

test('etcd is asked where its manifest has it listen, with the certificates that it names', () => {
  const usual = ['--endpoints=https://127.0.0.1:2379', '--cacert=/etc/kubernetes/pki/etcd/ca.crt']
  expect(
    calledWith(
      '--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.1:2379',
      '--peer-trusted-ca-file=/elsewhere/ca.crt',
      '--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt',
    ),
  ).toEqual(usual)
  expect(
    calledWith(
      '--listen-client-urls=https://[::1]:2379,https://[fd00::1]:2379',
      '--trusted-ca-file=/opt/pki/etcd/ca.crt',
    ),
  ).toEqual(['--endpoints=https://[::1]:2379', '--cacert=/opt/pki/etcd/ca.crt'])
  rmSync(join(folder, 'etcd.yaml'))
  expect(called()).toEqual(usual)
})
