/**
 * Text of a node made harmless for a log line: no terminal escapes or control characters, no workflow command.
 * The runner takes a line that starts with `::` for a command, and `##[` anywhere in a line.
 */
export function neutralise(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- control characters are what is removed
      .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g, '')
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
      .replace(/^(\s*):(?=:)/gm, '$1\u200b:')
      .replaceAll('##[', '#\u200b#[')
  )
}

/** Text of a node inside HTML. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return neutralise(text).replace(/[&<>"]/g, (character) => entities[character] ?? '')
}

/** Text of a node for a Markdown sentence or table cell, never at a line's start: nothing in it is markup, link or mention. */
export function escapeMarkdown(text: string): string {
  return (
    escapeHtml(text)
      .replace(/[\\`*_[\]#|~@]/g, '\\$&')
      // GitHub looks for mentions and issues after the Markdown, where the backslash is gone.
      .replace(/@(?=\w)|#(?=\d)/g, '$&\u200b')
      // Addresses become links by themselves; those of the documentation that our own texts name may.
      .replace(/:(?=\/\/(?!kubernetes\.io\/))/g, '&#58;')
      .replace(/www\./gi, (start) => `${start.slice(0, 3)}&#46;`)
      .replace(/\r?\n/g, '<br>')
  )
}

/** Text of a node as a fenced block that it cannot close. */
export function codeBlock(text: string, language = 'text'): string {
  const clean = neutralise(text).trimEnd()
  const longest = Math.max(2, ...[...clean.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${clean}\n${fence}`
}
