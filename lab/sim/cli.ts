/** `npm run sim -- up`: a simulated cluster that runs until it is interrupted. */
import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { faults, parseFault } from './faults.ts'
import { defaultVersion, Simulation } from './simulation.ts'

const usage = `usage: npm run sim -- up [options]

Starts a simulated kubeadm cluster: SSH servers on 127.0.0.0/8, no root, no network. Writes inventory.yaml, id_ed25519 and
known_hosts, and runs until it is interrupted.

  --control-planes N     default: 3
  --workers N            default: 3
  --version vX.Y.Z       default: ${defaultVersion}
  --time-scale S         seconds here for a second of a real cluster; default: 0.05
  --fault NAME[@NODE]    something that goes wrong; several are possible
  --folder FOLDER        default: .sim; it is emptied

Faults:
${Object.entries(faults)
  .map(([name, { description }]) => `  ${name.padEnd(20)} ${description}`)
  .join('\n')}
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'control-planes': { type: 'string', default: '3' },
    workers: { type: 'string', default: '3' },
    version: { type: 'string', default: defaultVersion },
    'time-scale': { type: 'string', default: '0.05' },
    fault: { type: 'string', multiple: true, default: [] },
    folder: { type: 'string', default: '.sim' },
    help: { type: 'boolean', default: false },
  },
})

if (positionals[0] === 'up' && !values.help) await up()
else {
  process.stdout.write(usage)
  process.exitCode = values.help ? 0 : 2
}

async function up(): Promise<void> {
  const wanted = values.fault.map(parseFault)
  const folder = resolve(values.folder)
  rmSync(folder, { recursive: true, force: true })
  const simulation = await Simulation.start({
    folder,
    controlPlanes: Number(values['control-planes']),
    workers: Number(values.workers),
    version: values.version,
    timeScale: Number(values['time-scale']),
  })
  for (const { fault, place } of wanted) fault.inject(simulation, place)
  for (const node of simulation.nodes.values())
    console.log(
      `${node.name.padEnd(5)} ssh -i ${values.folder}/id_ed25519 -p ${node.port} root@${node.address} /bin/sh -s`,
    )
  console.log(`Inventory: ${values.folder}/inventory.yaml. Ends with Ctrl-C.`)
  const stop = async (): Promise<void> => {
    await simulation.stop()
    rmSync(folder, { recursive: true, force: true })
    process.exit()
  }
  process.once('SIGINT', () => void stop())
  process.once('SIGTERM', () => void stop())
}
