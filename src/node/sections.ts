/**
 * Splits what our scripts print into named sections: a line that starts with the record separator (0x1e) names a
 * section, the raw text up to the next one is its content. Text before the first is dropped.
 */
export function parseSections(text: string): Map<string, string> {
  const sections = new Map<string, string>()
  for (const part of text.split('\u001e').slice(1)) {
    const end = part.indexOf('\n')
    sections.set(end < 0 ? part : part.slice(0, end), end < 0 ? '' : part.slice(end + 1))
  }
  return sections
}
