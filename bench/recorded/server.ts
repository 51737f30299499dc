/**
 * `node server.ts FOLDER WORKERS DELAY`: a simulated cluster of three control plane nodes and many workers that answer from
 * recordings; a process of its own, so that what the contestants use can be told apart. Says `ready` to its parent, and
 * ends with it.
 */
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ssh2, { type Connection } from 'ssh2'
import { stringify } from 'yaml'
import { knownHostsEntry } from '../../lab/sim/keys.ts'
import { Machine } from '../../lab/sim/model/machine.ts'
import { Simulation } from '../../lab/sim/simulation.ts'
import { Answers, type Likeness } from './answers.ts'
import { startDelay } from './latency.ts'

const [folder = '', workers = '1', delay = '0'] = process.argv.slice(2)
const simulation = await Simulation.start({ folder, controlPlanes: 3, workers: 1 })
const { cluster } = simulation
const first = cluster.machine('w1')
const sim = fileURLToPath(new URL('../../lab/sim', import.meta.url))
const answers = new Answers({
  name: first.name,
  machineId: first.machineId,
  sandbox: first.sandbox,
  env: {
    PATH: [join(sim, 'node-bin'), join(folder, 'bin'), join(sim, 'bin'), '/usr/bin', '/bin'].join(':'),
    HOME: first.sandbox,
    SIM_ROOT: first.sandbox,
    SIM_NODE: first.name,
  },
})

interface Address {
  name: string
  host: string
  port: number
  role: string
}
const addresses: Address[] = [...cluster.machines.values()].map(({ name, address, role }) => {
  return { name, host: address, port: simulation.node(name).port, role }
})
for (let number = 2; number <= Number(workers); number++) addresses.push(await addWorker(number))
if (Number(delay) > 0)
  for (const address of addresses)
    address.port = (await startDelay(address.host, address.port, Number(delay) / 2)).port

const policy = { timeouts: { settle: '0s', lock: '4s' } }
writeFileSync(join(folder, 'inventory.yaml'), stringify({ cluster: 'recorded', nodes: addresses, policy }))
writeFileSync(
  join(folder, 'known_hosts'),
  addresses.map(({ host, port }) => `${knownHostsEntry(host, port, simulation.hostKey)}\n`).join(''),
)
process.once('disconnect', () => process.exit())
process.send?.('ready')

/** A machine of the model that shares the first worker's files, and an SSH server for it. */
async function addWorker(number: number): Promise<Address> {
  const name = `w${number}`
  const serial = number + 3
  const id = serial.toString(16).padStart(12, '0')
  const machine = new Machine({
    name,
    role: 'worker',
    address: `127.0.${10 + Math.floor(serial / 250)}.${1 + (serial % 250)}`,
    sandbox: first.sandbox,
    etcdRoot: '',
    machineId: `5a1d00000000400080${id}00`.padEnd(32, '0').slice(0, 32),
    uid: `5a1d0000-0000-4000-8000-${id}`,
    version: first.kubelet.version,
    now: cluster.time.now(),
  })
  machine.kubelet.server = first.kubelet.server
  for (const [key, value] of first.packages) machine.packages.set(key, { ...value })
  cluster.machines.set(name, machine)
  const like = cluster.store.find('Node', undefined, 'w1')
  if (like === undefined) throw new Error('there is no w1')
  const labels = { ...like.metadata.labels, 'kubernetes.io/hostname': name }
  cluster.store.create({
    ...like,
    metadata: { ...like.metadata, name, uid: machine.uid, resourceVersion: '', labels },
  })
  const proxy = cluster.pods.find((pod) => pod.name === 'kube-proxy-w1')
  if (proxy !== undefined)
    cluster.pods.push({
      ...proxy,
      name: `kube-proxy-${name}`,
      uid: `${machine.uid.slice(0, -4)}ffff`,
      node: name,
    })
  return { name, host: machine.address, port: await serve(machine), role: 'worker' }
}

function serve(machine: Machine): Promise<number> {
  let ssh: ssh2.Server | undefined
  const listener = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    if (ssh === undefined) {
      ssh = new ssh2.Server({ hostKeys: [simulation.hostKey.privateKey] })
      ssh.on('connection', (connection) => answer(connection, machine))
    }
    ssh.injectSocket(socket)
  })
  return new Promise((resolve) => {
    listener.listen(0, machine.address, () => resolve((listener.address() as AddressInfo).port))
  })
}

/** Whoever has a key is let in: the handshake costs the same, and who may log in is not what is measured. */
function answer(connection: Connection, likeness: Likeness): void {
  connection.on('error', () => undefined)
  connection.on('authentication', (attempt) =>
    attempt.method === 'publickey' ? attempt.accept() : attempt.reject(['publickey']),
  )
  connection.on('session', (accept) => {
    accept().once('exec', (acceptExec) => {
      const channel = acceptExec()
      const chunks: Buffer[] = []
      channel.on('error', () => undefined)
      channel.on('data', (chunk: Buffer) => chunks.push(chunk))
      channel.once('end', () => {
        void answers.of(Buffer.concat(chunks).toString(), likeness).then(({ code, stdout, stderr }) => {
          channel.write(stdout)
          channel.stderr.write(stderr)
          channel.exit(code)
          channel.end()
        })
      })
    })
  })
}
