import { Marked } from 'marked'

/** One step's summary, in the order of the run. */
export interface SummaryOfStep {
  readonly title: string
  /** Markdown as the action wrote it to GITHUB_STEP_SUMMARY. */
  readonly markdown: string
}

const style = `
body { font: 14px/1.5 system-ui, sans-serif; max-width: 1012px; margin: 2rem auto; padding: 0 1rem; color: #1f2328; }
section { border: 1px solid #d1d9e0; border-radius: 6px; padding: 0 1.5rem 1rem; margin-bottom: 1.5rem; }
h1 { font-size: 1.4rem; } table { border-collapse: collapse; margin: .75rem 0; } td, th { border: 1px solid #d1d9e0; padding: 4px 12px; text-align: left; }
pre { background: #f6f8fa; padding: 1rem; overflow-x: auto; border-radius: 6px; }
blockquote.alert { border-left: 4px solid #cf222e; margin-left: 0; padding-left: 1rem; }
.gantt { display: grid; grid-template-columns: max-content 1fr max-content; gap: 3px 12px; align-items: center; font-size: 12px; margin: 1rem 0; }
.gantt h4 { grid-column: 1 / -1; margin: .4rem 0 0; font-size: 13px; } .gantt span { color: #59636e; }
.gantt div { position: relative; height: 14px; background: #f6f8fa; border-radius: 3px; }
.gantt i { position: absolute; height: 100%; min-width: 2px; background: #54aeff; border-radius: 3px; }
.gantt i.crit { background: #ff8182; }
summary { cursor: pointer; }`

/** The summaries as one page, close to how GitHub shows them. Needs no network: the timeline is drawn here. */
export function summaryPage(steps: readonly SummaryOfStep[]): string {
  const marked = new Marked({
    gfm: true,
    renderer: {
      code: ({ text, lang }) =>
        lang === 'mermaid' ? gantt(text) : `<pre><code>${escape(text)}</code></pre>`,
      blockquote({ tokens }) {
        const body = this.parser.parse(tokens)
        const alert = body.replace(/\[!(\w+)\]\s*/, (_all, kind: string) => `<strong>${kind}</strong><br>`)
        return alert === body
          ? `<blockquote>${body}</blockquote>`
          : `<blockquote class="alert">${alert}</blockquote>`
      },
    },
  })
  const sections = steps.map(({ title, markdown }) => {
    return `<section><h1>${escape(title)}</h1>\n${marked.parse(markdown, { async: false })}</section>`
  })
  return `<!doctype html><meta charset="utf-8"><title>kubeadm-upgrade</title><style>${style}</style>\n${sections.join('\n')}\n`
}

/** The bars of the action's own gantt chart (src/report/timeline.ts); any other picture stays its text. */
function gantt(text: string): string {
  const bars = [...text.matchAll(/^ {2}(?:section (.+)|(\S+) :(crit, )?(\d+), (\d+)s)$/gm)]
  const end = Math.max(...bars.map((bar) => Number(bar[4] ?? 0) + Number(bar[5] ?? 0)))
  if (!text.startsWith('gantt') || end <= 0) return `<pre>${escape(text)}</pre>`
  const percent = (value = '0'): string => ((Number(value) / end) * 100).toFixed(2)
  const rows = bars.map(([, section, name = '', critical, start, length]) =>
    section === undefined
      ? `<span>${escape(name)}</span><div><i${critical === undefined ? '' : ' class="crit"'} style="left:${percent(start)}%;width:${percent(length)}%"></i></div><span>${length ?? ''} s</span>`
      : `<h4>${escape(section)}</h4>`,
  )
  return `<div class="gantt">${rows.join('')}</div>`
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)
}
