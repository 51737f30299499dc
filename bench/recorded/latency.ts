import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A TCP port on `address` that leads to `port` there, each way `delay` milliseconds later. */
export function startDelay(
  address: string,
  port: number,
  delay: number,
): Promise<{ port: number; server: Server }> {
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: address, port, noDelay: true })
    carry(near, far, delay)
    carry(far, near, delay)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, () => resolve({ port: (server.address() as AddressInfo).port, server }))
  })
}

function carry(from: Socket, to: Socket, delay: number): void {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delay))
  from.on('close', () => setTimeout(() => to.destroy(), delay))
  from.on('error', () => undefined)
}
