import { execFileSync } from 'node:child_process'
import type { Command } from './command.ts'

/** ctr: images list and images import, of what Docker's format names. */
export const ctr: Command = (call) => {
  const [first, verb, file = ''] = call.args.filter((word, at) => at > 1 && !word.startsWith('-'))
  if (first === 'images' && verb === 'list') {
    call.out(...call.machine.images)
    return 0
  }
  if (first !== 'images' || verb !== 'import') {
    call.err(`No help topic for '${first ?? ''}'`)
    return 3
  }
  const manifest = execFileSync('tar', ['-xOf', call.machine.path(file), 'manifest.json'], {
    encoding: 'utf8',
  })
  for (const { RepoTags } of JSON.parse(manifest) as { RepoTags: string[] }[])
    for (const image of RepoTags) {
      call.machine.images.add(image)
      call.out(`unpacking ${image} (sha256:…)...done`)
    }
  return 0
}
