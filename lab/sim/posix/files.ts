import { basename, dirname, resolve } from 'node:path'
import { globToRegExp, hasPattern } from './pattern.ts'

type Entry =
  | { readonly kind: 'file'; pieces: string[]; size: number; changed: number; readonly inode: number }
  | { readonly kind: 'folder'; readonly entries: Map<string, Entry> }
  | { readonly kind: 'link'; readonly target: string }

type Folder = Extract<Entry, { kind: 'folder' }>
type File = Extract<Entry, { kind: 'file' }>

/** An error as Node's functions throw it. */
function systemError(code: string, text: string, path: string): Error {
  return Object.assign(new Error(`${text}: ${path}`), { code, syscall: 'open' })
}

interface Disk {
  readonly top: Folder
  inodes: number
  /** Counts changes: an order of time that does not need a clock. */
  changes: number
}

/**
 * The files of a machine, in memory. Contents are byte strings (a character is a byte), so that what is cut in the middle
 * of a character stays whole.
 */
export class Files {
  /** The current folder. */
  readonly folder: string
  private readonly disk: Disk

  constructor(folder = '/', disk?: Disk) {
    this.folder = folder
    this.disk = disk ?? { top: { kind: 'folder', entries: new Map() }, inodes: 0, changes: 0 }
  }

  /** The same files, seen from another folder. */
  from(folder: string): Files {
    return new Files(resolve(this.folder, folder), this.disk)
  }

  exists(path: string): boolean {
    return this.find(path) !== undefined
  }

  isFolder(path: string): boolean {
    return this.find(path)?.kind === 'folder'
  }

  isFile(path: string): boolean {
    return this.find(path)?.kind === 'file'
  }

  /** Bytes, number and order of the last change; undefined: no such file. */
  stat(path: string): { size: number; inode: number; changed: number } | undefined {
    const entry = this.find(path)
    if (entry === undefined) return undefined
    if (entry.kind === 'file') return entry
    // A folder changes with what comes into it.
    const files = entry.kind === 'folder' ? [...entry.entries.values()] : []
    const changed = Math.max(0, ...files.map((one) => (one.kind === 'file' ? one.changed : 0)))
    return { size: 0, inode: 0, changed }
  }

  /** @throws {Error} when it is not there or a folder */
  read(path: string): string {
    if (path === '/dev/null') return ''
    const entry = this.find(path)
    if (entry?.kind !== 'file') throw this.absent(path)
    // Many small appends are joined once, when somebody reads.
    const [text = ''] = entry.pieces
    if (entry.pieces.length < 2) return text
    entry.pieces = [entry.pieces.join('')]
    return entry.pieces[0] ?? ''
  }

  write(path: string, text: string): void {
    if (path !== '/dev/null') this.put(path, this.newFile([text]))
  }

  append(path: string, text: string): void {
    if (path === '/dev/null') return
    const entry = this.find(path)
    if (entry?.kind !== 'file') {
      this.put(path, this.newFile([text]))
      return
    }
    if (text === '') return
    entry.pieces.push(text)
    entry.size += text.length
    entry.changed = ++this.disk.changes
  }

  makeFolder(path: string, parents: boolean): void {
    if (this.isFolder(path) && parents) return
    if (this.exists(path)) throw systemError('EEXIST', 'File exists', path)
    const absolute = this.absolute(path)
    if (parents && absolute !== '/') this.makeFolder(dirname(absolute), true)
    this.put(path, { kind: 'folder', entries: new Map() })
  }

  removeFolder(path: string): void {
    if (this.names(path).length > 0) throw systemError('ENOTEMPTY', 'Directory not empty', path)
    this.remove(path, true)
  }

  remove(path: string, recursive: boolean): void {
    const { parent, name } = this.place(path)
    const entry = parent?.entries.get(name)
    if (entry?.kind === 'folder' && !recursive) throw systemError('EISDIR', 'Is a directory', path)
    parent?.entries.delete(name)
  }

  move(from: string, to: string): void {
    const { parent, name } = this.place(from)
    const entry = parent?.entries.get(name)
    if (entry === undefined) throw this.absent(from)
    parent?.entries.delete(name)
    this.put(this.isFolder(to) ? `${to}/${name}` : to, entry)
  }

  copy(from: string, to: string): void {
    this.write(this.isFolder(to) ? `${to}/${basename(from)}` : to, this.read(from))
  }

  link(path: string, target: string): void {
    this.put(path, { kind: 'link', target })
  }

  target(path: string): string {
    const { parent, name } = this.place(path)
    const entry = parent?.entries.get(name)
    if (entry?.kind !== 'link') throw this.absent(path)
    return entry.target
  }

  names(folder: string): string[] {
    const entry = this.find(folder)
    return entry?.kind === 'folder' ? [...entry.entries.keys()].toSorted() : []
  }

  /** Everything below a path, itself first. */
  tree(path: string): string[] {
    if (!this.exists(path)) return []
    return [path, ...this.names(path).flatMap((name) => this.tree(`${path.replace(/\/$/, '')}/${name}`))]
  }

  /** Paths that a pattern of the shell matches. */
  glob(pattern: string): string[] {
    let found = [pattern.startsWith('/') ? '/' : '']
    for (const step of pattern.split('/').filter((one) => one !== '')) {
      found = found.flatMap((folder) => {
        const at = (name: string): string =>
          `${folder}${folder === '' || folder.endsWith('/') ? '' : '/'}${name}`
        if (!hasPattern(step)) {
          const path = at(step.replace(/\\(.)/g, '$1'))
          return this.exists(path) ? [path] : []
        }
        const matcher = globToRegExp(step)
        return this.names(folder === '' ? '.' : folder)
          .filter((name) => matcher.test(name) && (!name.startsWith('.') || step.startsWith('.')))
          .map(at)
      })
    }
    return found
  }

  private absolute(path: string): string {
    return path.startsWith('/') && !path.includes('/.') && !path.includes('//')
      ? path
      : resolve(this.folder, path)
  }

  private find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.disk.top
    for (const name of this.absolute(path).split('/')) {
      if (name === '') continue
      if (entry?.kind === 'link') entry = this.find(entry.target)
      if (entry?.kind !== 'folder') return undefined
      entry = entry.entries.get(name)
    }
    return entry?.kind === 'link' ? this.find(entry.target) : entry
  }

  private place(path: string): { parent: Folder | undefined; name: string } {
    const absolute = this.absolute(path).replace(/(.)\/$/, '$1')
    const parent = this.find(dirname(absolute))
    return { parent: parent?.kind === 'folder' ? parent : undefined, name: basename(absolute) }
  }

  private put(path: string, entry: Entry): void {
    const { parent, name } = this.place(path)
    if (parent === undefined) throw this.absent(path)
    if (parent.entries.get(name)?.kind === 'folder' && entry.kind === 'file')
      throw systemError('EISDIR', 'Is a directory', path)
    parent.entries.set(name, entry)
  }

  private newFile(pieces: string[]): File {
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
    return { kind: 'file', pieces, size, changed: ++this.disk.changes, inode: ++this.disk.inodes }
  }

  private absent(path: string): Error {
    return systemError('ENOENT', 'No such file or directory', path)
  }
}
