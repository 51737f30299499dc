import './shim.ts'
import { main } from './main.ts'
import { post } from './post.ts'
import { isPost, markPost } from './action/state.ts'

try {
  if (isPost()) {
    await post()
  } else {
    markPost()
    await main()
  }
} catch (error) {
  // Node would print the whole bundled line of the error.
  console.error(error instanceof Error ? `internal-error: ${error.message}` : error)
  process.exitCode = 1
}
