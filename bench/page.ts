/** `node bench/page.ts`: puts the tables and curves of the last runs, .bench/NAME.md, into docs/performance.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const page = join(root, 'docs/performance.md')
const text = readFileSync(page, 'utf8').replace(
  /(<!-- measured (\S+) -->\n)[\s\S]*?(<!-- until here -->)/g,
  (whole, begin: string, name: string, end: string) => {
    const file = join(root, '.bench', `${name}.md`)
    return existsSync(file) ? `${begin}\n${readFileSync(file, 'utf8')}\n${end}` : whole
  },
)
writeFileSync(page, text)
