/** Shows a step's output as the web page of a run does: commands to the runner become groups and errors, or nothing. */
export class RunnerLog {
  private rest = ''
  private depth = ''
  private readonly print: (line: string) => void

  constructor(print: (line: string) => void) {
    this.print = print
  }

  write(text: string): void {
    const lines = (this.rest + text).split('\n')
    this.rest = lines.pop() ?? ''
    for (const line of lines) this.line(line)
  }

  private line(line: string): void {
    const command = /^::([a-z-]+)(?: [^:]*)?::(.*)$/.exec(line)
    if (command === null) {
      this.print(`${this.depth}${line}`)
      return
    }
    const [, name = '', value = ''] = command
    const text = decode(value)
    if (name === 'group') {
      this.print(`▼ ${text}`)
      this.depth = '  '
    } else if (name === 'endgroup') this.depth = ''
    else if (name === 'error' || name === 'warning' || name === 'notice')
      this.print(`${name.charAt(0).toUpperCase()}${name.slice(1)}: ${text}`)
  }
}

/** Of @actions/core: percent, carriage return and line feed are escaped in a command's value. */
function decode(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}
