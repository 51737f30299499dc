import { describe, expect, test } from '@jest/globals'
import { codeBlock, escapeMarkdown, neutralise } from '../../src/report/neutralise.ts'

describe('text of a node in the log', () => {
  test.each([
    ['a workflow command', '::set-output name=x::y'],
    ['an indented one', '  ::add-mask::secret'],
    ['one on a later line', 'fine\n::error::boo'],
    ['one after a carriage return', 'fine\r::error::boo'],
    ['the old form', 'x ##[command]rm'],
  ])('%s is no command', (_what, text) => {
    expect(neutralise(text)).not.toMatch(/^\s*::|##\[/m)
  })

  test('terminal escapes and direction marks are gone', () => {
    expect(neutralise('\u001b[31mred\u001b[0m \u001b]0;title\u0007bell\u202etxt')).toBe('red belltxt')
  })

  test('what is harmless stays as it is', () => {
    expect(neutralise('a::b [upgrade] "v1.37.1" \u00fc\tx')).toBe('a::b [upgrade] "v1.37.1" \u00fc\tx')
  })
})

test('text of a node in a table cell is neither markup nor HTML nor a new cell', () => {
  expect(escapeMarkdown('a|b <img src=x> [x](y) `c` @team #12\n# h')).toBe(
    'a\\|b &lt;img src=x&gt; \\[x\\](y) \\`c\\` \\@\u200bteam \\#\u200b12<br>\\# h',
  )
})

test('text of a node cannot close its block', () => {
  const block = codeBlock('```\n# title\n````')
  expect(block.split('\n')[0]).toBe('`````text')
  expect(block.split('\n').at(-1)).toBe('`````')
})
