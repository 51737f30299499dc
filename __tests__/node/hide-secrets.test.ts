import { expect, test } from '@jest/globals'
import { hideSecrets } from '../../src/node/hide-secrets.ts'

const diff = ` spec:
   containers:
   - command:
     - kube-apiserver
-    - --oidc-client-secret=hunter2
+    - --oidc-client-secret=hunter3
     - --service-account-key-file=/etc/kubernetes/pki/sa.pub
     - --token-auth-file=/etc/kubernetes/tokens.csv
     - --etcd-servers=https://user:hunter2@etcd.example:2379
     env:
     - name: HTTP_PROXY
-      value: http://user:hunter2@proxy.example:3128
+      value: |-
+        hunter4
+        hunter5
     image: registry.k8s.io/kube-apiserver:v1.37.1
`

test('what may be a secret in a manifest is hidden, and that it changes is still seen', () => {
  const text = hideSecrets(diff)
  expect(text).not.toMatch(/hunter|user:/)
  expect(text).toContain('-    - --oidc-client-secret=(hidden)')
  expect(text).toContain('+    - --oidc-client-secret=(hidden)')
  expect(text).toContain('--etcd-servers=https://(hidden)@etcd.example:2379')
  expect(text.split('\n')).toHaveLength(diff.split('\n').length)
})

test('paths of files and what is no secret stay', () => {
  const text = hideSecrets(diff)
  for (const kept of [
    '--service-account-key-file=/etc/kubernetes/pki/sa.pub',
    '--token-auth-file=/etc/kubernetes/tokens.csv',
    'name: HTTP_PROXY',
    'image: registry.k8s.io/kube-apiserver:v1.37.1',
  ])
    expect(text).toContain(kept)
})
