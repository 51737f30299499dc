/**
 * Builds dist/: one file, from a copy of src/ in which the node scripts stand as text. ncc alone would ship them as files
 * with hashes for names. The result depends on the sources and the lock file only, not on the folder.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const copy = join(root, '.build')
/** All that dist/ holds. */
const expected = ['index.js', 'licenses.txt', 'package.json']

function inline(file: string): void {
  const source = readFileSync(file, 'utf8')
  const inlined = source.replace(
    /loadScript\(\s*'([^']+)',\s*new URL\('([^']+\.(?:sh|ps1))', import\.meta\.url\),?\s*\)/g,
    (_call, name: string, path: string) => {
      const text = readFileSync(join(dirname(file), path), 'utf8')
      const shell = path.endsWith('.ps1') ? `, shell: 'powershell'` : ''
      return `{ name: ${JSON.stringify(name)}, text: ${JSON.stringify(text)}${shell} }`
    },
  )
  if (inlined !== source) writeFileSync(file, `// @ts-nocheck: loadScript is no longer used here\n${inlined}`)
}

rmSync(copy, { recursive: true, force: true })
try {
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
  cpSync(join(root, 'tsconfig.json'), join(copy, 'tsconfig.json'))
  for (const file of globSync(join(copy, 'src/**/*.ts'))) inline(file)
  const ncc = join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js')
  const options = ['--out', join(copy, 'dist'), '--minify', '--license', 'licenses.txt', '--no-cache']
  execFileSync(process.execPath, [ncc, 'build', join(copy, 'src/index.ts'), ...options], {
    cwd: copy,
    stdio: 'inherit',
  })
  // A helper for Windows' Pageant that ncc takes from ssh2; nothing on a runner's Linux reads it.
  rmSync(join(copy, 'dist/pagent.exe'), { force: true })
  // A second copy of a package, which a damaged node_modules has, comes with files of its own.
  const more = readdirSync(join(copy, 'dist')).filter((name) => !expected.includes(name))
  if (more.length > 0)
    throw new Error(`The bundle came with ${more.join(', ')}: is node_modules as npm ci makes it?`)
  // Renamed at the end: whoever runs the bundle meanwhile finds the old one or the new one.
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  renameSync(join(copy, 'dist'), join(root, 'dist'))
} finally {
  rmSync(copy, { recursive: true, force: true })
}
