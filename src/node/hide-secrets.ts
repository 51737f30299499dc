/** What stands where a value was. */
const hidden = '(hidden)'

// Values of environment variables can be anything: all are hidden. The dash, plus or space before is a diff's.
const environmentValue = /^([-+ ]?)(\s*)(-\s+)?value:\s*(\S.*)$/
const secretFlag = /(--[\w-]*(?:password|passwd|secret|token|credential)[\w-]*=)(?!\/)\S+/gi
const userInfo = /(\w:\/\/)[^\s/@]+@/g

/**
 * Manifests, or a diff of them, without what may be a secret: values of environment variables, passwords in addresses,
 * flags that hold a secret themselves. Paths of files stay.
 */
export function hideSecrets(text: string): string {
  /** Indentation of a value that goes on over the next lines. */
  let block: number | undefined
  const lines = text.split('\n').map((line) => {
    const indentation = /^[-+ ]?(\s*)/.exec(line)?.[1]?.length ?? 0
    if (block !== undefined && indentation > block)
      return `${line.slice(0, 1)}${' '.repeat(indentation)}${hidden}`
    block = undefined
    const [, sign = '', space = '', dash = '', value = ''] = environmentValue.exec(line) ?? []
    if (value !== '') {
      if (/^[|>]/.test(value)) block = space.length
      return `${sign}${space}${dash}value: ${hidden}`
    }
    return line.replace(secretFlag, `$1${hidden}`).replace(userInfo, `$1${hidden}@`)
  })
  return lines.join('\n')
}
