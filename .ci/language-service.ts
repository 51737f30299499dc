/**
 * GitHub's own language service for workflows, which editors use: what it says of workflows and action.yml. Steps that use
 * this action are checked against action.yml, and jobs that call the reusable workflow against that.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { parse } from 'yaml'
import { root } from './docs.ts'

/** What it says wrongly, as patterns of its messages, with the reason. */
const gaps = [
  /^Unable to resolve action `actions\/[\w-]+@/, // the action.yml of others would have to be fetched from GitHub
]

const own = 'kubeadm-upgrade/kubeadm-upgrade'

/** It imports JSON as bundlers allow it; Node wants to be told. */
function allowJsonImports(): void {
  registerHooks({
    load: (url, context, next) =>
      next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
  })
}

/** @param files below `folder`. @returns a line for everything that is wrong */
export async function languageServiceProblems(folder: string, files: readonly string[]): Promise<string[]> {
  allowJsonImports()
  const { validate } = await import('@actions/languageservice')
  const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as never
  const problems: string[] = []
  for (const file of files) {
    // The reusable workflow uses the action from where it has checked it out.
    const text = readFileSync(join(folder, file), 'utf8').replaceAll('./.kubeadm-upgrade', `${own}@main`)
    const found = await validate(TextDocument.create(`file:///${file}`, 'yaml', 0, text), {
      actionsMetadataProvider: {
        fetchActionMetadata: ({ owner, name }) =>
          Promise.resolve(`${owner}/${name}` === own ? action : undefined),
      },
      fileProvider: {
        getFileContent: (reference) => {
          const name = 'repository' in reference ? `${reference.owner}/${reference.repository}` : own
          if (name !== own) throw new Error(`${name} is not here`)
          return Promise.resolve({
            name: reference.path,
            content: readFileSync(join(root, reference.path), 'utf8'),
          })
        },
      },
    })
    for (const { message, range } of found) {
      const said = typeof message === 'string' ? message : message.value
      if (!gaps.some((gap) => gap.test(said)))
        problems.push(`${file}:${range.start.line + 1}:${range.start.character + 1}: ${said}`)
    }
  }
  return problems
}
