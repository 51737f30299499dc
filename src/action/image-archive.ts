import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Failure } from '../failure.ts'
import type { ImageArchive } from '../node/images.ts'

const block = 512

/**
 * An archive of images on the runner. @param path of the file, as the policy names it
 * @throws {Failure} `invalid-input` when it cannot be read, is no archive of images, or names none
 */
export async function openImageArchive(path: string): Promise<ImageArchive> {
  try {
    const { size } = await stat(path)
    // Opened for each piece: nobody has to remember to close it.
    const read = async (offset: number, length: number): Promise<Buffer> => {
      const file = await open(path)
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
        return buffer.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    }
    const names = await namesIn(read, size)
    if (names.length === 0)
      throw new Error('it names no image with its registry (neither manifest.json nor index.json does)')
    return { sha256: await sha256Of(path), size, names, read }
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error)
    throw new Failure('invalid-input', `images.archive of the policy cannot be used: ${path}.`, {
      seen,
      next: 'Give the path of a tar that docker save, skopeo (docker-archive:) or ctr images export made, not compressed.',
    })
  }
}

/** Walks the headers of the tar: names stand in two small files of it, whatever its size. */
async function namesIn(read: ImageArchive['read'], size: number): Promise<string[]> {
  const names = new Set<string>()
  for (let at = 0; at + block <= size;) {
    const header = await read(at, block)
    const name = header.subarray(0, 100).toString('utf8').replace(/\0.*$/s, '')
    const length = Number.parseInt(header.subarray(124, 136).toString('latin1'), 8)
    if (name === '') break
    if (Number.isNaN(length) || header.subarray(257, 262).toString('latin1') !== 'ustar')
      throw new Error('it is no tar')
    if (/^(\.\/)?(manifest|index)\.json$/.test(name) && length < 16 * 1024 * 1024)
      for (const image of namesOf(JSON.parse((await read(at + block, length)).toString('utf8'))))
        names.add(image)
    at += block + Math.ceil(length / block) * block
  }
  return [...names].filter(isComplete).toSorted()
}

/** With its registry: others are loaded under a name that containerd makes up. */
function isComplete(name: string): boolean {
  return /^[^/]*[.:][^/]*\//.test(name)
}

/** Of the two formats: Docker's manifest.json, and the index.json of OCI as containerd annotates it. */
function namesOf(document: unknown): string[] {
  const docker = Array.isArray(document) ? (document as { RepoTags?: string[] | null }[]) : []
  const { manifests = [] } = (Array.isArray(document) ? {} : document) as {
    manifests?: { annotations?: Record<string, string> }[]
  }
  return [
    ...docker.flatMap(({ RepoTags }) => RepoTags ?? []),
    ...manifests.flatMap(({ annotations }) => annotations?.['io.containerd.image.name'] ?? []),
  ]
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
