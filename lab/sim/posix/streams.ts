import type { Files } from './files.ts'
import type { Redirection, Word } from './syntax.ts'

/** What a command reads: text that is there as a whole, taken piece by piece. */
export class Input {
  private text: string

  constructor(text: string) {
    this.text = text
  }

  /** The next line without its end; undefined at the end. */
  line(): string | undefined {
    if (this.text === '') return undefined
    const end = this.text.indexOf('\n')
    const line = end < 0 ? this.text : this.text.slice(0, end)
    this.text = end < 0 ? '' : this.text.slice(end + 1)
    return line
  }

  rest(): string {
    const { text } = this
    this.text = ''
    return text
  }
}

export interface Stream {
  readonly input?: Input
  write(text: string): void
}

export const nothing: Stream = { input: new Input(''), write: () => undefined }

/** A stream that keeps what is written to it. */
export function collector(): Stream & { text(): string } {
  const pieces: string[] = []
  return { write: (text) => void pieces.push(text), text: () => pieces.join('') }
}

/** The streams of a command with its redirections, one after the other. @throws {Error} of the files */
export async function redirect(
  before: ReadonlyMap<number, Stream>,
  redirections: readonly Redirection[],
  files: Files,
  expand: (word: Word) => Promise<string>,
): Promise<Map<number, Stream>> {
  const streams = new Map(before)
  for (const { fd, operator, target } of redirections) {
    const path = await expand(target)
    if (operator === '>&' || operator === '<&') {
      const other = path === '-' ? undefined : streams.get(Number(path))
      if (other === undefined) streams.delete(fd)
      else streams.set(fd, other)
    } else if (operator === '<') streams.set(fd, { ...nothing, input: new Input(files.read(path)) })
    else {
      if (operator === '>') files.write(path, '')
      else files.append(path, '')
      streams.set(fd, { write: (text) => files.append(path, text) })
    }
  }
  return streams
}
