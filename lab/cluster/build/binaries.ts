/** Builds what the lab runs from the Go module proxy, once a machine, keyed by version below the cache. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { step } from '../output.ts'
import { CACHE, HERE } from '../paths.ts'
import { run } from '../shell.ts'

/** The CNI plugins' own version; any from 1.2.0 on satisfies the kubelet's package. */
export const CNI_VERSION = 'v1.9.1'

export interface Binaries {
  version: string
  /** Folder with kubeadm, kubelet, kubectl and the four components. */
  kubernetes: string
  etcd: string
  coredns: string
  /** What this version's kubeadm says it pulls, such as registry.k8s.io/pause:3.10.2. */
  images: string[]
}

/** @param versions in the order of need; what is built already takes no time */
export async function buildBinaries(versions: readonly string[]): Promise<Binaries[]> {
  const all: Binaries[] = []
  for (const version of versions) {
    const kubernetes = await built('kubernetes', version)
    const images = await imagesOf(kubernetes, version)
    all.push({
      version,
      kubernetes,
      etcd: await built('etcd', `v${tagOf(images, 'etcd').replace(/-\d+$/, '')}`),
      coredns: await built('coredns', tagOf(images, 'coredns')),
      images,
    })
  }
  await built('cni', CNI_VERSION)
  // Several GB a version, and of no use before the next version is wanted.
  await run([join(HERE, 'build/clean.sh')], { env: { LAB_CACHE: CACHE } })
  return all
}

/** Builds one thing unless it is there. The scripts make the folder appear only when it is complete. */
async function built(what: 'kubernetes' | 'etcd' | 'coredns' | 'cni', version: string): Promise<string> {
  const out = join(CACHE, 'bin', what, version)
  if (existsSync(out)) return out
  const log = join(CACHE, 'logs', `${what}-${version}.log`)
  rmSync(log, { force: true })
  await step(
    `build ${what} ${version}`,
    () =>
      run([join(HERE, 'build', `${what}.sh`), version, out], {
        env: { LAB_CACHE: CACHE },
        log,
        what: `building ${what} ${version}`,
        next: 'see the end of the log; does `go env GOPROXY` name a proxy that this machine reaches, and is the disk full?',
      }),
    () => `${compiledPackages(log)} packages compiled`,
  )
  return out
}

/** Our own programs are tiny; Go's cache decides whether there is anything to do. */
export async function buildOwn(source: string): Promise<string> {
  const out = join(CACHE, 'bin/own', await revisionOf(source), basename(source))
  if (!existsSync(out)) {
    await run([join(HERE, 'build/own.sh'), source, out], {
      env: { LAB_CACHE: CACHE },
      what: `building ${source}`,
      log: join(CACHE, 'logs/own.log'),
    })
  }
  return join(out, basename(source))
}

/** Short hash of a program of ours: an edited one is built and pushed anew. */
export async function revisionOf(source: string): Promise<string> {
  const text = await readFile(join(source, 'main.go'))
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

async function imagesOf(kubernetes: string, version: string): Promise<string[]> {
  const argv = [join(kubernetes, 'kubeadm'), 'config', 'images', 'list', '--kubernetes-version', version]
  return (await run(argv)).trim().split('\n')
}

/** @param name last part of the image's path */
export function tagOf(images: readonly string[], name: string): string {
  const image = images.find((each) => each.includes(`/${name}:`))
  if (image === undefined) throw new Error(`kubeadm lists no image ${name}: ${images.join(', ')}`)
  return image.slice(image.lastIndexOf(':') + 1)
}

function compiledPackages(log: string): number {
  if (!existsSync(log)) return 0
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('go: ')).length
}
