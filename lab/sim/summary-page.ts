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
blockquote.alert { border-left: 4px solid #cf222e; margin-left: 0; padding-left: 1rem; } .kind { color: #cf222e; }
.gantt { display: grid; grid-template-columns: max-content 1fr max-content; gap: 3px 12px; align-items: center; font-size: 12px; margin: 1rem 0; }
.gantt h4 { grid-column: 1 / -1; margin: .4rem 0 0; font-size: 13px; } .gantt span { color: #59636e; }
.gantt div { position: relative; height: 14px; background: #f6f8fa; border-radius: 3px; }
.gantt i { position: absolute; height: 100%; min-width: 2px; background: #54aeff; border-radius: 3px; }
.gantt i.crit { background: #ff8182; }
summary { cursor: pointer; }`

/**
 * The summaries as one page, close to how GitHub shows them.
 * @param mermaid address of Mermaid's script for browsers; without it the timeline is drawn here, with nothing to load
 */
export function summaryPage(steps: readonly SummaryOfStep[], mermaid?: string): string {
  const marked = new Marked({
    gfm: true,
    renderer: {
      code({ text, lang }) {
        if (lang !== 'mermaid') return `<pre><code>${escape(text)}</code></pre>`
        return mermaid === undefined ? gantt(text) : `<div class="mermaid">${escape(text)}</div>`
      },
      blockquote({ tokens }) {
        const body = this.parser.parse(tokens)
        const alert = body.replace(/\[!(\w+)\]\s*/, (_all, kind: string) => {
          const word = kind.charAt(0) + kind.slice(1).toLowerCase()
          return `<strong class="kind">${word}</strong><br>`
        })
        return alert === body
          ? `<blockquote>${body}</blockquote>`
          : `<blockquote class="alert">${alert}</blockquote>`
      },
    },
  })
  const sections = steps.map(({ title, markdown }) => {
    return `<section><h1>${escape(title)}</h1>\n${marked.parse(markdown, { async: false })}</section>`
  })
  const script = mermaid === undefined ? '' : `<script src="${escape(mermaid)}"></script>\n`
  return `<!doctype html><meta charset="utf-8"><title>kubeadm-upgrade</title><style>${style}</style>\n${sections.join('\n')}\n${script}`
}

/** The bars of the action's own gantt chart (src/report/timeline.ts); any other picture stays its text. */
function gantt(text: string): string {
  const bars = [...text.matchAll(/^ {2}(?:section (.+)|(\S+) :(crit, )?(\d+), (\d+)s)$/gm)]
  const steps = bars.filter((bar) => bar[1] === undefined)
  const start = Math.min(...steps.map((bar) => Number(bar[4])))
  const end = Math.max(...steps.map((bar) => Number(bar[4]) + Number(bar[5]) * 1000))
  if (!text.startsWith('gantt') || steps.length === 0) return `<pre>${escape(text)}</pre>`
  const percent = (milliseconds: number): string => ((milliseconds / (end - start)) * 100).toFixed(2)
  const rows = bars.map(([, section, name = '', critical, from, length]) =>
    section === undefined
      ? `<span>${escape(name)}</span><div><i${critical === undefined ? '' : ' class="crit"'} style="left:${percent(Number(from) - start)}%;width:${percent(Number(length) * 1000)}%"></i></div><span>${length ?? ''} s</span>`
      : `<h4>${escape(section)}</h4>`,
  )
  return `<div class="gantt">${rows.join('')}</div>`
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)
}
