import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { systemClock } from '../../src/clock.ts'
import { runJob } from '../../src/ssh/jobs.ts'
import { script, World } from './world.ts'

const world = new World()
afterEach(() => world.end())

test('a job has the proxy that the session has and no other of its variables, and nobody else reads its password', async () => {
  const proxy = "http://user:it's@proxy.example:3128"
  const node = await world.node({ env: { https_proxy: proxy, NO_PROXY: '10.0.0.0/8,.svc', LANGUAGE: 'de' } })
  const text = 'echo "$https_proxy $NO_PROXY ${http_proxy-none} ${LANGUAGE-none}"'
  const { output } = await runJob(
    world.remote(node),
    { purpose: 'kubeadm-apply-v1.37.1', script: script(text), timeout: 60_000 },
    { clock: systemClock },
  )
  expect(output).toBe(`${proxy} 10.0.0.0/8,.svc none none\n`)
  const kept = join(node.sandbox, 'var/lib/kubeadm-upgrade/jobs/kubeadm-apply-v1.37.1.1/proxy')
  expect(statSync(kept).mode & 0o777).toBe(0o600)
})
