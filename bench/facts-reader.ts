/** `node facts-reader.ts FOLDER`: reads the facts of all nodes of a folder with the action's own code, and nothing else. */
import pLimit from 'p-limit'
import { readFacts } from '../src/node/facts.ts'
import { remotesOf } from './nodes.ts'

const [folder = ''] = process.argv.slice(2)
const began = performance.now()
const limit = pLimit(40)
const facts = await Promise.all(remotesOf(folder).map((remote) => limit(() => readFacts(remote))))
if (facts.some(({ hostname }) => hostname === '')) throw new Error('facts without a name')
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }))
process.exit()
