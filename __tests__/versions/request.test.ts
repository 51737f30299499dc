import { expect, test } from '@jest/globals'
import { formatRequest, parseRequest } from '../../src/versions/request.ts'

test.each([
  ['v1.37.1', { kind: 'exact', version: 'v1.37.1' }],
  ['1.37.1', { kind: 'exact', version: 'v1.37.1' }],
  [' v1.38.0-rc.0 ', { kind: 'exact', version: 'v1.38.0-rc.0' }],
  ['1.37', { kind: 'minor', minor: '1.37' }],
  ['v1.37', { kind: 'minor', minor: '1.37' }],
  ['patch', { kind: 'patch' }],
  ['latest', { kind: 'latest' }],
])('%j is understood', (text, request) => {
  expect(parseRequest(text)).toEqual({ request })
})

test('what is not understood is answered with what is accepted', () => {
  const problems = ['stable', '1.37.1-1.1', '1.30.2', 'v1.29', '2.0', ''].map((text) => {
    const parsed = parseRequest(text)
    return 'problem' in parsed ? parsed.problem : 'understood'
  })
  expect(problems.join('\n')).toMatchInlineSnapshot(`
   "got "stable"; accepts v1.37.1 or 1.37.1 (exactly this one), 1.37 (newest patch of it), patch (newest patch of the running minor) or latest (newest stable that the repositories offer)
   got "1.37.1-1.1" (did you mean v1.37.1?); accepts v1.37.1 or 1.37.1 (exactly this one), 1.37 (newest patch of it), patch (newest patch of the running minor) or latest (newest stable that the repositories offer)
   got "1.30.2"; Kubernetes 1.30 is not supported: accepts 1.x from 1.31 on, the first whose kubeadm reads kubeadm.k8s.io/v1beta4
   got "v1.29"; Kubernetes 1.29 is not supported: accepts 1.x from 1.31 on, the first whose kubeadm reads kubeadm.k8s.io/v1beta4
   got "2.0"; Kubernetes 2.0 is not supported: accepts 1.x from 1.31 on, the first whose kubeadm reads kubeadm.k8s.io/v1beta4
   got ""; accepts v1.37.1 or 1.37.1 (exactly this one), 1.37 (newest patch of it), patch (newest patch of the running minor) or latest (newest stable that the repositories offer)"
  `)
})

test('a request prints as a person writes it', () => {
  const printed = ['v1.37.1', '1.37', 'patch', 'latest'].map((text) => {
    const parsed = parseRequest(text)
    return 'request' in parsed ? formatRequest(parsed.request) : parsed.problem
  })
  expect(printed).toEqual(['v1.37.1', '1.37', 'patch', 'latest'])
})
