/** The container images: made of the built binaries, pushed to the registry's storage, once a machine. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildOwn, revisionOf, tagOf, type Binaries } from '../build/binaries.ts'
import { step } from '../output.ts'
import { CACHE, HERE } from '../paths.ts'
import { run } from '../shell.ts'

/** The demo web server that runs on the workers of every lab. */
export const WEB_IMAGE = 'registry.lab/web:1'

const OCI = join(CACHE, 'oci')
export const REGISTRY_STORAGE = join(CACHE, 'registry')

interface ImageSource {
  /** Such as registry.k8s.io/kube-apiserver:v1.36.4. */
  reference: string
  /** Fills the image's root folder. */
  fill: (root: string) => Promise<unknown>
  entrypoint?: string[]
  /** Of an image of our own, whose contents change under the same reference. */
  revision?: string
}

/** @param base the node image, which kube-proxy's iptables come from */
export async function buildImages(all: readonly Binaries[], base: string): Promise<void> {
  const sources = [
    {
      reference: WEB_IMAGE,
      fill: copy(await buildOwn(join(HERE, 'images/web')), 'web'),
      entrypoint: ['/web'],
      revision: await revisionOf(join(HERE, 'images/web')),
    },
    ...(await Promise.all(all.map((binaries) => sourcesOf(binaries, base)))).flat(),
  ]
  // Versions share images, such as pause.
  const distinct = [...new Map(sources.map((source) => [source.reference, source])).values()]
  const missing = distinct.filter((source) => !existsSync(markOf(source)))
  if (missing.length === 0) return
  await mkdir(OCI, { recursive: true })
  await step(`make ${missing.length} images and push them to the registry`, async () => {
    for (const source of missing) await makeImage(source)
    await run(
      [join(HERE, 'images/push.sh'), REGISTRY_STORAGE, OCI, ...missing.map((each) => each.reference)],
      {
        log: join(CACHE, 'logs/push.log'),
        what: 'pushing images',
      },
    )
    for (const source of missing) await writeFile(markOf(source), '')
  })
}

async function sourcesOf(binaries: Binaries, base: string): Promise<ImageSource[]> {
  const { images, kubernetes } = binaries
  const named = (name: string): string => images.find((each) => each.includes(`/${name}:`)) ?? name
  const component = (name: string): ImageSource => ({
    reference: named(name),
    fill: copy(join(kubernetes, name), `usr/local/bin/${name}`),
  })
  return [
    component('kube-apiserver'),
    component('kube-controller-manager'),
    component('kube-scheduler'),
    {
      reference: named('kube-proxy'),
      fill: (root: string) =>
        run([join(HERE, 'images/kube-proxy.sh'), base, join(kubernetes, 'kube-proxy'), root]),
    },
    {
      reference: named('etcd'),
      fill: (root: string) =>
        run([
          'sh',
          '-c',
          'mkdir -p "$2/usr/local/bin" && cp "$1"/* "$2/usr/local/bin/"',
          'sh',
          binaries.etcd,
          root,
        ]),
    },
    {
      reference: named('coredns'),
      fill: copy(join(binaries.coredns, 'coredns'), 'coredns'),
      entrypoint: ['/coredns'],
    },
    {
      reference: `registry.k8s.io/pause:${tagOf(images, 'pause')}`,
      fill: copy(await buildOwn(join(HERE, 'images/pause')), 'pause'),
      entrypoint: ['/pause'],
      revision: await revisionOf(join(HERE, 'images/pause')),
    },
  ]
}

function copy(file: string, to: string): (root: string) => Promise<unknown> {
  return (root) => run(['install', '-D', file, join(root, to)])
}

/** The file that says that an image was pushed; its OCI layout is needed only until then. */
function markOf({ reference, revision }: ImageSource): string {
  const name = [reference, revision].filter(Boolean).join('-')
  return join(OCI, `${name.replaceAll(/[/:]/g, '_')}.pushed`)
}

/** Writes an OCI layout with one uncompressed layer; skopeo compresses it on the way to the registry. */
async function makeImage(source: ImageSource): Promise<void> {
  const layout = join(OCI, source.reference.replaceAll(/[/:]/g, '_'))
  const root = `${layout}.root`
  await rm(layout, { recursive: true, force: true })
  await rm(root, { recursive: true, force: true })
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true })
  for (const folder of ['etc', 'run', 'tmp', 'usr/local/bin'])
    await mkdir(join(root, folder), { recursive: true })
  await source.fill(root)

  const tar = `${layout}.tar`
  await run([
    'tar',
    '-C',
    root,
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '-cf',
    tar,
    '.',
  ])
  await rm(root, { recursive: true })
  const layer = await run(['sha256sum', tar]).then((line) => line.slice(0, 64))
  const layerSize = (await stat(tar)).size
  await run(['mv', tar, join(layout, 'blobs/sha256', layer)])

  const config = await blob(layout, {
    architecture: 'amd64',
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...(source.entrypoint ? { Entrypoint: source.entrypoint } : {}),
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    history: [{ created_by: source.reference }],
  })
  const manifest = await blob(layout, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${layer}`, size: layerSize },
    ],
  })
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const index = {
    schemaVersion: 2,
    manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', ...manifest }],
  }
  await writeFile(join(layout, 'index.json'), JSON.stringify(index))
}

async function blob(layout: string, content: unknown): Promise<{ digest: string; size: number }> {
  const text = JSON.stringify(content)
  const digest = createHash('sha256').update(text).digest('hex')
  await writeFile(join(layout, 'blobs/sha256', digest), text)
  return { digest: `sha256:${digest}`, size: Buffer.byteLength(text) }
}
