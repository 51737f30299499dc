import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parseKubeadmWord } from '../../src/node/kubeadm-word.ts'
import { kubeadmFindings } from '../../src/plan/findings/kubeadm.ts'
import { target } from '../plan/world.ts'

const asked = { node: 'cp1', version: target }

/** What kubeadm-word.sh prints: sections, each with its name after a record separator. */
function sections(parts: Readonly<Record<string, string>>): string {
  const all = { ...parts, end: '' }
  return Object.entries(all)
    .map(([name, text]) => `\u001e${name}\n${text}`)
    .join('')
}

const good = { 'plan code': '0\n', 'diff code': '0\n', 'apply code': '0\n' }

test('an upgrade plan of output.kubeadm.k8s.io/v1alpha3 with a row per node, as kubeadm 1.30 and newer print it', () => {
  const row = (name: string, nodeName?: string) => ({
    name,
    currentVersion: 'v1.36.4',
    newVersion: 'v1.37.1',
    nodeName,
  })
  const plan = {
    kind: 'UpgradePlan',
    apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
    availableUpgrades: [
      { description: 'x', components: [row('kubelet', 'w1'), row('kubelet', 'cp1'), row('CoreDNS')] },
    ],
    configVersions: [
      { group: 'a', currentVersion: 'v1', preferredVersion: 'v2', manualUpgradeRequired: true },
      { group: 'b', currentVersion: '', preferredVersion: 'v2', manualUpgradeRequired: true },
      { group: 'c', currentVersion: 'v1', preferredVersion: 'v1', manualUpgradeRequired: false },
    ],
  }
  const word = parseKubeadmWord(sections({ plan: JSON.stringify(plan), ...good }), asked)
  expect(word.components).toEqual([
    { name: 'kubelet', from: 'v1.36.4', to: 'v1.37.1', nodes: ['cp1', 'w1'] },
    { name: 'CoreDNS', from: 'v1.36.4', to: 'v1.37.1', nodes: [] },
  ])
  const findings = kubeadmFindings(word).map(({ id, severity, seen }) => `${severity} ${id}: ${seen}`)
  expect(findings).toEqual([
    'blocks kubeadm-config-manual: The configuration a is at v1, and kubeadm v1.37.1 cannot convert it.',
    'blocks kubeadm-config-manual: The configuration b is at a version that kubeadm does not know, and kubeadm v1.37.1 cannot convert it.',
  ])
})

test('an upgrade plan with kubelets counted instead of named, and its components at the top', () => {
  const components = [{ name: 'kubelet', currentVersion: '1 x v1.36.4', newVersion: 'v1.37.1' }]
  for (const plan of [{ components }, { availableUpgrades: [{ components }] }]) {
    const word = parseKubeadmWord(sections({ plan: JSON.stringify(plan), ...good }), asked)
    expect(word.components).toEqual([{ name: 'kubelet', from: '1 x v1.36.4', to: 'v1.37.1', nodes: [] }])
  }
})

test.each(['', 'no JSON', '[]', '{"availableUpgrades": "x"}'])('no upgrade plan in %j', (plan) => {
  const word = parseKubeadmWord(sections({ plan, ...good }), asked)
  expect(word).toMatchObject({ components: [], configs: [], refused: [], unavailable: undefined })
})

test('an answer that was cut off is no word of kubeadm', () => {
  const whole = sections({ plan: '', 'plan code': '0\n' })
  const cut = whole.slice(0, whole.indexOf('\u001eend'))
  const word = parseKubeadmWord(cut, { ...asked, stderr: 'Killed' })
  expect(word.unavailable).toBe('Killed')
  expect(kubeadmFindings(word).map(({ id }) => id)).toEqual(['kubeadm-unavailable'])
})

test('what kubeadm 1.37.1 said on a real control plane node of 1.36.4', () => {
  const text = readFileSync(new URL('../fixtures/kubeadm-word.txt', import.meta.url), 'utf8')
  const word = parseKubeadmWord(text, asked)
  expect(word).toMatchObject({ unavailable: undefined, refused: [], left: [] })
  expect(word.healthCheckJob).toMatch(/^upgrade-health-check-\d{13}$/)
  expect(word.components).toContainEqual({
    name: 'etcd',
    from: '3.6.8-0',
    to: '3.7.0-0',
    nodes: ['cp1', 'cp2', 'cp3'],
  })
  expect(word.configs.map(({ manual }) => manual)).toEqual([false, false])
  expect(word.manifests.map(({ component }) => component)).toEqual([
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
  ])
  expect(word.manifests[0]?.diff).toContain('+    image: registry.k8s.io/kube-apiserver:v1.37.1')
  expect(word.warnings.join('\n')).toContain('[WARNING ContainerRuntimeVersion]')
})

test('what it said where the machine does not suit it: the check by name, and how to go on without it', () => {
  const text = readFileSync(new URL('../fixtures/kubeadm-word-refused.txt', import.meta.url), 'utf8')
  const findings = kubeadmFindings(parseKubeadmWord(text, asked))
  const [first] = findings.filter(({ id }) => id === 'kubeadm-refuses')
  expect(first?.severity).toBe('blocks')
  expect(first?.seen).toContain('[ERROR SystemVerification]')
  expect(first?.remedy).toContain('kubeadm.ignorePreflightErrors of the policy: SystemVerification')
})
