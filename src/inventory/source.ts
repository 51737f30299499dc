import { readFileSync, realpathSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'

/** A text that an input gave, and what to call it: a path below the workspace, or undefined when the input was the text. */
export interface Source {
  readonly text: string
  readonly path: string | undefined
}

/**
 * The text that an input means: the value itself when it has a newline, else the file of that path below the workspace.
 * A path that leaves the workspace is refused, also by way of a symbolic link: in a pull request's job the checkout is what its
 * author wrote. Never throws: `problem` says what was got and what is accepted.
 * @param workspace GITHUB_WORKSPACE
 */
export function readSource(value: string, workspace: string | undefined): Source | { problem: string } {
  if (value.includes('\n')) return { text: value, path: undefined }
  const got = `got ${JSON.stringify(value)}`
  if (workspace === undefined || workspace === '')
    return { problem: `${got}, a path, but GITHUB_WORKSPACE is not set; accepts the text itself then` }
  try {
    const root = realpathSync(workspace)
    const file = realpathSync(resolve(root, value))
    if (!isBelow(file, root)) return { problem: `${got}; accepts only a path that stays below the workspace` }
    return { text: readFileSync(file, 'utf8'), path: relative(root, file) }
  } catch (error) {
    return {
      problem: `${got}, ${describe(error)}; accepts the path of a file below the workspace, or its text with a newline in it`,
    }
  }
}

function isBelow(file: string, root: string): boolean {
  const path = relative(root, file)
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}

function describe(error: unknown): string {
  const code = (error as { code?: unknown }).code
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return 'but there is no such file in the workspace (is actions/checkout missing?)'
  if (code === 'EISDIR') return 'which is a folder'
  return `which cannot be read (${String(code)})`
}
