import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { commandsOf, readCall, syntaxErrors } from '../../lab/sim/windows/powershell.ts'
import { parseWindowsFacts } from '../../src/node/windows-facts.ts'
import { parseSections } from '../../src/node/sections.ts'
import {
  framePowerShell,
  powershellCommand,
  powershellJob,
  quotePowerShell,
} from '../../src/ssh/powershell.ts'

const root = join(import.meta.dirname, '../..')
const files = globSync('src/**/*.ps1', { cwd: root }).toSorted()
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

test.each(files)('%s is PowerShell', async (file) => {
  expect(await syntaxErrors(read(file))).toEqual([])
})

test('the grammar tells what is none', async () => {
  expect(await syntaxErrors("if ($x) { 'a'")).not.toEqual([])
})

test('the command line fits cmd.exe, and holds nothing that depends on the script', () => {
  expect(powershellCommand.length).toBeLessThan(8191)
  const encoded = powershellCommand.split(' ').at(-1) ?? ''
  expect(Buffer.from(encoded, 'base64').toString('utf16le')).toContain('$input')
  expect(powershellCommand).toMatch(/^[\x20-\x7e]+$/)
})

const awkward = [
  "it's",
  '\u2018curly\u2019',
  '$(Remove-Item C:\\)',
  '`n',
  "a\n} 'b",
  '',
  '-Force',
  'ä€😀',
  '"x"',
]

test('arguments arrive as they are, whatever is in them', async () => {
  const script = { name: 'some.ps1', text: "$a, $b = $args\nif ($a) { 'x' }", shell: 'powershell' } as const
  const { stdin, unframe } = framePowerShell(script, awkward)
  const called = await readCall(Buffer.from(stdin, 'base64').toString('utf8'))
  expect(called).toMatchObject({ script: 'some.ps1', args: awkward })
  const printed = unframe(Buffer.from(`noise of the profile\r\n${called.marker}\r\nwords\r\n`))
  expect(printed?.toString()).toBe('words\r\n')
  expect((await readCall(powershellJob(script, awkward))).args).toEqual(awkward)
})

test('a script of which only a part arrived is no PowerShell', async () => {
  const { stdin } = framePowerShell({ name: 'some.ps1', text: "'a'\n'b'", shell: 'powershell' }, ['x'])
  const text = Buffer.from(stdin, 'base64').toString('utf8')
  const cuts = Array.from({ length: text.trimEnd().length - 1 }, (_, at) => text.slice(0, at + 1))
  for (const part of cuts) expect(await syntaxErrors(part)).not.toEqual([])
})

test('every kind of single quote that PowerShell knows is doubled', () => {
  expect(quotePowerShell("'\u2018\u2019\u201a\u201b")).toBe(
    "'''\u2018\u2018\u2019\u2019\u201a\u201a\u201b\u201b'",
  )
  expect(() => quotePowerShell('\0')).toThrow('NUL')
})

test('facts of a Windows worker', () => {
  const text = [
    '\u001ehostname\nwin1\n\u001eboot-id\n7\n\u001eclock\n1796000000.5\n',
    '\u001esystem\n10.0.20348\nAMD64\nMicrosoft Windows Server 2022 Datacenter\n\u001ekubelet-service\nRunning\n',
    '\u001eprograms\nkubeadm\tC:\\k\\kubeadm.exe\tv1.36.4\nkubelet\tD:\\kube\\kubelet.exe\tKubernetes v1.36.3\n',
    '\u001edisk\n41943040\n\u001ejobs\nstage-packages-v1.37.1.1 finished 0 1796000000.1 1796000003.2 7 -\n',
  ].join('')
  expect(parseWindowsFacts(parseSections(text))).toMatchObject({
    system: 'windows',
    machineId: 'win1',
    clock: 1796000000.5,
    os: 'Microsoft Windows Server 2022 Datacenter',
    packages: new Map([
      ['kubeadm', '1.36.4'],
      ['kubelet', '1.36.3'],
    ]),
    programPaths: new Map([
      ['kubeadm', 'C:\\k\\kubeadm.exe'],
      ['kubelet', 'D:\\kube\\kubelet.exe'],
    ]),
    programFolder: 'D:\\kube',
    kubelet: { active: true, state: 'Running' },
    jobs: [{ purpose: 'stage-packages-v1.37.1', state: 'finished', code: 0 }],
  })
})

test('programs are run by their names as they are on Windows', async () => {
  const names = await Promise.all(
    files.map(async (file) => (await commandsOf(read(file))).map(({ name }) => name)),
  )
  // `curl` and `wget` are aliases of a cmdlet in Windows PowerShell.
  expect(names.flat().filter((name) => /^(curl|wget|sc|powershell|cmd)$/.test(name))).toEqual([])
})
