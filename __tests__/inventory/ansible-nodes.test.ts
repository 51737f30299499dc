import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { varsBeside } from '../../src/inventory/ansible/vars-folder.ts'
import { parseInventory, type Inventory, type SshOverrides } from '../../src/inventory/inventory.ts'
import { formatProblem } from '../../src/inventory/problems.ts'

const folder = fileURLToPath(new URL('./ansible', import.meta.url))

/** A node a line: name, role, where SSH goes, groups. */
function shown({ nodes }: Inventory): string {
  const lines = nodes.map(({ name, role, groups, ssh }) => {
    const jump = ssh.jump.map((hop) => `${hop.user ?? ssh.user}@${hop.host}:${hop.port}`)
    const way = jump.length === 0 ? '' : ` via ${jump.join(', ')}`
    return `${name} ${role} ${ssh.user}@${ssh.host}:${ssh.port}${way}${groups.length === 0 ? '' : ` [${groups.join(', ')}]`}`
  })
  return lines.join('\n')
}

function nodesOf(path: string, overrides?: SshOverrides): string {
  const { value, problems } = parseInventory(
    readFileSync(join(folder, path), 'utf8'),
    overrides,
    varsBeside(path, folder),
  )
  return value === undefined ? problems.map(formatProblem).join('\n') : shown(value)
}

describe('nodes', () => {
  test('of kubespray: names, addresses and roles; the first of kube_control_plane is the primary', () => {
    expect(nodesOf('kubespray-ini/inventory.ini')).toMatchInlineSnapshot(`
     "node1 control-plane ubuntu@95.54.0.12:2222
     node2 control-plane ubuntu@95.54.0.13:2222
     node3 control-plane ubuntu@95.54.0.14:2222
     node4 worker ubuntu@95.54.0.15:22
     node5 worker ubuntu@95.54.0.16:22
     node6 worker ubuntu@95.54.0.17:22"
    `)
    expect(nodesOf('kubespray-hosts-yaml/hosts.yaml')).toMatchInlineSnapshot(`
     "node2 control-plane core@10.10.1.4:22
     node1 control-plane core@10.10.1.3:22
     node3 worker core@10.10.1.5:22
     node4 worker debian@10.10.1.6:22"
    `)
  })

  test('behind the bastion of kubespray, or one of ansible_ssh_common_args', () => {
    expect(nodesOf('kubespray-old-bastion/hosts.ini')).toMatchInlineSnapshot(`
     "kube-cp-0 control-plane centos@172.16.0.10:22 via jump@203.0.113.5:2200
     kube-cp-1 control-plane centos@172.16.0.11:22 via jump@203.0.113.5:2200
     kube-cp-2 control-plane centos@172.16.0.12:22 via jump@203.0.113.5:2200
     kube-w-0 worker centos@172.16.0.20:22 via jump@203.0.113.5:2200
     kube-w-1 worker centos@172.16.0.21:22 via jump@203.0.113.5:2200
     kube-rr-0 worker centos@172.16.0.30:22 via jump@203.0.113.5:2200"
    `)
    expect(nodesOf('terraform-proxycommand/inventory.ini')).toMatchInlineSnapshot(`
     "kube-master-0 control-plane cloud-user@10.20.1.10:22 via ops@bastion.example:2222
     kube-worker-0 worker cloud-user@10.20.2.10:22 via ops@bastion.example:2222
     kube-worker-1 worker cloud-user@10.20.2.11:22 via ops@bastion.example:2222"
    `)
  })

  test('with the shell that Ansible has to be told of Windows', () => {
    const text = '[kube_control_plane]\ncp1\n[kube_node]\nw1\nw2 ansible_shell_type=powershell\n'
    expect(parseInventory(text).value?.nodes.map(({ os }) => os)).toEqual([undefined, undefined, 'windows'])
  })

  test('by kubernetes_role, as geerlingguy.kubernetes has it', () => {
    expect(nodesOf('geerlingguy/inventory')).toMatchInlineSnapshot(`
     "kube1 control-plane vagrant@192.168.56.2:22
     kube2 worker vagrant@192.168.56.3:22
     kube3 worker vagrant@kube3.example.test:22"
    `)
  })

  test('with groups, ranges and nesting; hosts without a role are no nodes', () => {
    expect(nodesOf('ranges-ini/hosts')).toMatchInlineSnapshot(`
     "m1.k8s.example control-plane root@m1.k8s.example:22
     m2.k8s.example control-plane root@m2.k8s.example:22
     m3.k8s.example control-plane root@m3.k8s.example:22
     w01.k8s.example worker ops@w01.k8s.example:2222 [storage]
     w04.k8s.example worker ops@w04.k8s.example:2222
     w07.k8s.example worker ops@w07.k8s.example:2222
     w10.k8s.example worker ops@w10.k8s.example:2222 [storage]
     gpu-a1.k8s.example worker ops@gpu-a1.k8s.example:10022 [gpu]
     gpu-a2.k8s.example worker ops@gpu-a2.k8s.example:10022 [gpu]
     gpu-b1.k8s.example worker ops@gpu-b1.k8s.example:10022 [gpu]
     gpu-b2.k8s.example worker ops@gpu-b2.k8s.example:10022 [gpu]
     gpu-c1.k8s.example worker ops@gpu-c1.k8s.example:10022 [gpu]
     gpu-c2.k8s.example worker ops@gpu-c2.k8s.example:10022 [gpu]"
    `)
    expect(nodesOf('yaml-nesting/hosts.yml')).toMatchInlineSnapshot(`
     "cp-1.eu.example control-plane west@cp-1.eu.example:2020 [eu, zz_late, eu_west, rack1]
     cp-2.eu.example control-plane west@cp-2.eu.example:2020 [eu, eu_west, rack1]
     cp-3.eu.example control-plane rack2@cp-3.eu.example:2020 [eu, eu_west, rack2]
     w-01.eu.example worker west@w-01.eu.example:2022 via ops@b1.example:22, west@b2.example:2200 [eu, eu_west, rack1]
     w-02.eu.example worker west@w-02.eu.example:2022 via ops@b1.example:22, west@b2.example:2200 [eu, eu_west, rack1]
     w-03.eu.example worker rack2@w-03.eu.example:2022 via ops@b1.example:22, rack2@b2.example:2200 [eu, eu_west, rack1, rack2]
     w-10.eu.example worker north@10.9.0.10:2020 via ops@b1.example:22, north@b2.example:2200 [eu, eu_north]"
    `)
    expect(nodesOf('yaml-anchors/inventory.yaml')).toMatchInlineSnapshot(`
     "alpha control-plane admin@2001:db8::10:22
     beta worker admin@2001:db8::11:22
     gamma worker admin@2001:db8::12:22"
    `)
    expect(nodesOf('external-etcd/inventory.ini')).toMatchInlineSnapshot(`
     "cp-01 control-plane deploy@10.5.1.1:22 via deploy@jump.example:22
     cp-02 control-plane deploy@10.5.1.2:22 via deploy@jump.example:22
     node-a worker deploy@10.5.2.2:2222 via deploy@jump.example:22
     node-b worker deploy@10.5.2.9:22 via deploy@jump.example:22"
    `)
    expect(nodesOf('exported-yaml/hosts.yaml')).toMatchInlineSnapshot(`
     "ip-10-0-1-5.ec2.internal control-plane root@10.0.1.5:22 [aws_ec2]
     ip-10-0-2-7.ec2.internal worker ec2-user@10.0.2.7:22 [aws_ec2]"
    `)
  })

  test('whose inputs win over everything, also over what cannot be understood', () => {
    const text = '[masters]\ncp1 ansible_user="{{ x }}" ansible_port=no ansible_ssh_common_args="-F y"\n'
    const overrides = { user: 'ci', port: 2222, jump: [] }
    const { value } = parseInventory(text, overrides)
    expect(value === undefined ? '' : shown(value)).toBe('cp1 control-plane ci@cp1:2222')
  })
})

function mistakes(text: string): string {
  return parseInventory(text).problems.map(formatProblem).join('\n')
}

describe('what cannot be understood', () => {
  test('all of it at once, each with its line', () => {
    const text = `[masters
[masters]
cp1 ansible_host="{{ lookup('env', 'CP1') }}" ansible_port=0
cp2 ansible_connection=local sudo
cp3 ansible_user="root admin" ansible_ssh_host=a ansible_host=b
cp4 ansible_host=10.0.0.4 ansible_ssh_common_args='-o ProxyCommand="nc -x proxy %h %p"'
cp[5:1]
cp_7
cp1:2222
[workers]
w1 ansible_host=10.0.0.4
W1 ansible_host='not closed
w2 kubernetes_role=boss
w3 ansible_ssh_common_args="-o HostName=other -J a b"
w4 ansible_ssh_common_args="-F ssh.cfg"
W4
[workers:child]
[nobody:vars]
ansible_user=x
[workers:children]
nowhere
masters
[masters:children]
workers
[masters:vars]
word
`
    expect(mistakes(text)).toMatchInlineSnapshot(`
     "line 1: got "[masters"; accepts the name of a host, with ranges such as node[1:3]
     line 3, cp1.ansible_host: got "{{ lookup('env', 'CP1') }}", a Jinja template, which only Ansible can fill in; accepts the value itself
     line 3, cp1.ansible_port: got "0"; accepts a port from 1 to 65535
     line 4: a word after the host has no "="; accepts name=value, a value with spaces in quotation marks
     line 4, cp2.ansible_connection: got "local"; accepts ssh: nodes are reached over SSH only
     line 5, cp3.ansible_ssh_host: is not what ansible_host says; accepts one of them
     line 5, cp3.ansible_user: got "root admin"; accepts the name of a user, such as root or ubuntu
     line 6, cp4.ansible_ssh_common_args: got "-o ProxyCommand=\\"nc -x proxy %h %p\\"", where ProxyCommand runs "nc"; accepts ssh -W %h:%p with user@host of the jump host; or set the input ssh-jump
     line 7: got "cp[5:1]"; the range [5:1] ends before it begins
     line 8, cp_7: got "cp_7"; accepts the name of the Node object: letters, digits, dashes and dots (kube_override_hostname wins over the host's name)
     line 9: a port at "cp1", which stands further up already; accepts it there, or as ansible_port
     line 11, w1: has the host and port of cp4 (line 6)
     line 12: a quotation mark (') is not closed; accepts a host and name=value, a value with spaces in quotation marks
     line 13, w2.kubernetes_role: got "boss"; accepts control_plane, master, node
     line 14, w3.ansible_ssh_common_args: got "-o HostName=other -J a b", where "b" is no option of ssh; or set the input ssh-jump
     line 15, w4.ansible_ssh_common_args: got "-F ssh.cfg", where -F is not understood; accepts ProxyJump, or ProxyCommand with ssh -W %h:%p; or set the input ssh-jump
     line 16, W4: the name "w4" stands in line 15 already
     line 17: unknown kind of section "child"; accepts vars, children, hosts
     line 18: the group "nobody" has variables only; accepts [nobody:vars] beside [nobody]
     line 21: the group "nowhere" has no section of its own, and is a child of workers
     line 24: the group "workers" contains "masters" already
     line 26: a line without "="; accepts name=value"
    `)
  })

  test('in YAML', () => {
    const text = `all:
  children:
    kube_control_plane:
      host: {cp1: {}}
      hosts: [cp2]
    kube_node:
      hosts:
        w1: {ansible_host: "{{ ip }}", ansible_port: 22.5, ansible_user: yes}
        w2: {ansible_host: [a], ansible_port: 022}
        w3: {ansible_user: !vault "x"}
        w4: 7
      vars: text
      children:
        kube_node: {}
`
    expect(mistakes(text)).toMatchInlineSnapshot(`
     "line 4, all.children.kube_control_plane.host: unknown key "host"; did you mean "hosts"?
     line 5, all.children.kube_control_plane.hosts: got a list; accepts a mapping of hosts
     line 8, w1.ansible_host: got "{{ ip }}", a Jinja template, which only Ansible can fill in; accepts the value itself
     line 8, w1.ansible_port: got "22.5"; accepts a port from 1 to 65535
     line 8, w1.ansible_user: got the boolean true; accepts a text, or the input ssh-user
     line 9, w2.ansible_host: got a list; accepts a text
     line 10, w3.ansible_user: got an encrypted value (!vault); accepts a text, or the input ssh-user
     line 11, all.children.kube_node.hosts.w4: got 7; accepts a mapping of the host's variables
     line 12, all.children.kube_node.vars: got "text"; accepts a mapping of variables
     line 14, all.children.kube_node.children.kube_node: the group "kube_node" contains "kube_node" already"
    `)
  })

  test('a template in a variable of a group is told once', () => {
    const text = '[masters]\ncp[1:3]\n[masters:vars]\nansible_user={{ user }}\n'
    expect(mistakes(text)).toMatchInlineSnapshot(
      `"line 4, ansible_user: got "{{ user }}", a Jinja template, which only Ansible can fill in; accepts the value itself, or the input ssh-user"`,
    )
  })

  test('no control plane, nothing at all, the configuration of a plugin', () => {
    expect(mistakes('[web]\na\n[db]\nb\n')).toMatchInlineSnapshot(
      `"has the groups web, db, none of which says what a control plane node is; accepts groups such as kube_control_plane and kube_node, masters and workers, or the variable kubernetes_role"`,
    )
    expect(mistakes('')).toMatchInlineSnapshot(
      `"names no host; accepts groups such as kube_control_plane and kube_node, masters and workers, or the variable kubernetes_role"`,
    )
    expect(mistakes('plugin: amazon.aws.aws_ec2\nregions: [a]\n')).toMatchInlineSnapshot(`
     "names no host; accepts groups such as kube_control_plane and kube_node, masters and workers, or the variable kubernetes_role
     line 1, plugin: is the configuration of an inventory plugin, which only Ansible can run; accepts what "ansible-inventory --list --yaml" prints"
    `)
    expect(mistakes('all: [\n')).toMatchInlineSnapshot(`
     "names no host; accepts groups such as kube_control_plane and kube_node, masters and workers, or the variable kubernetes_role
     line 2: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"
    `)
  })

  test('files of variables are named; what is encrypted as a whole is remembered', () => {
    const files = (kind: string, name: string) =>
      `${kind}/${name}` === 'group_vars/masters'
        ? [
            { path: 'group_vars/masters/a.yml', text: 'x: 1\nansible_port: "{{ p }}"\n' },
            { path: 'group_vars/masters/b.yml', text: '- a list\n' },
            { path: 'group_vars/masters/c.yml', text: '$ANSIBLE_VAULT;1.1;AES256\n6162\n' },
            { path: 'group_vars/masters/d.yml', problem: 'cannot be read' },
          ]
        : []
    const { problems } = parseInventory('[masters]\ncp1\n', {}, files)
    expect(problems.map(formatProblem).join('\n')).toMatchInlineSnapshot(`
     "group_vars/masters/d.yml: cannot be read
     group_vars/masters/b.yml, line 1: accepts a mapping of variables
     group_vars/masters/a.yml, line 2, ansible_port: got "{{ p }}", a Jinja template, which only Ansible can fill in; accepts the value itself, or the input ssh-port"
    `)
    const vault = { path: 'host_vars/cp1', text: '$ANSIBLE_VAULT;1.1;AES256\n6162\n' }
    const read = parseInventory('[masters]\ncp1\n', {}, (kind) => (kind === 'host_vars' ? [vault] : []))
    expect(read.value?.unreadFiles).toEqual(['host_vars/cp1'])
  })

  test('files of variables that lead out of the workspace', () => {
    const root = mkdtempSync(join(tmpdir(), 'vars-'))
    try {
      mkdirSync(join(root, 'workspace', 'group_vars'), { recursive: true })
      writeFileSync(join(root, 'secret'), 'ansible_port: 2222\n')
      symlinkSync(join(root, 'secret'), join(root, 'workspace', 'group_vars', 'masters.yml'))
      const files = varsBeside('inventory', join(root, 'workspace'))
      expect(parseInventory('[masters]\ncp1\n', {}, files).problems.map(formatProblem)).toEqual([
        'group_vars/masters.yml: got "group_vars/masters.yml"; accepts only a path that stays below the workspace',
      ])
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  test('passwords in a broken line are not repeated', () => {
    expect(
      mistakes("[masters]\ncp1 ansible_password='hunter2\ncp2 ansible_password=hunter2 hunter3\n"),
    ).not.toContain('hunter')
  })
})

test('a range of billions is refused, not unfolded', () => {
  expect(mistakes('[masters]\ncp[1:999999999]\nn[1:200][1:200]\n')).toMatchInlineSnapshot(`
   "line 2: got "cp[1:999999999]"; a range of more than 10000 hosts; accepts fewer
   line 3: got "n[1:200][1:200]"; a range of more than 10000 hosts; accepts fewer"
  `)
})

test('whatever the text, the answer is an inventory or problems, never an exception', () => {
  const word = fc.constantFrom(
    ...[
      '[',
      ']',
      'masters',
      ':children',
      ':vars',
      '\n',
      ' ',
      '=',
      '"',
      "'",
      '\\',
      '#',
      ';',
      'a[1:3]',
      ':22',
      'ansible_host',
      '{{',
    ],
    ...[
      'all:',
      'hosts:',
      '  ',
      'x: ',
      '-o ',
      '-J',
      '[a:',
      '__proto__',
      'constructor',
      'ansible_ssh_common_args',
      'ProxyCommand',
    ],
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const { value, problems } = parseInventory(`[masters]\ncp1 ${words.join('')}`)
      expect(value === undefined).toBe(problems.length > 0)
    }),
    { numRuns: 3000 },
  )
})
