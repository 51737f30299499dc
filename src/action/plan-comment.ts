import type { GitHub } from './github.ts'

/** What became of a plan's comment, as a sentence for the log. */
export interface CommentEnding {
  readonly written: boolean
  readonly said: string
}

interface Comment {
  readonly id: number
  readonly html_url: string
  readonly body?: string
  readonly user: { readonly login: string } | null
}

const perPage = 100
/** Pages of comments that are looked through; GitHub has no more than 2,500 comments on a pull request. */
const maxPages = 25

/**
 * Writes the plan's comment on a pull request: the one that the same token's owner wrote before, found by its first line, or a
 * new one. Comments of others are left alone, whatever stands in them. Never throws: without it the plan is in the summary.
 */
export async function writeComment(
  github: GitHub | undefined,
  { pullRequest, marker, body }: { pullRequest: number; marker: string; body: string },
): Promise<CommentEnding> {
  if (github === undefined) return notWritten('there is no github-token')
  const own = await findOwn(github, pullRequest, marker)
  if ('seen' in own) return notWritten(own.seen)
  const answer =
    own.id === undefined
      ? await github.ask<Comment>('POST /issues/{issue_number}/comments', { issue_number: pullRequest, body })
      : await github.ask<Comment>('PATCH /issues/comments/{comment_id}', { comment_id: own.id, body })
  if ('seen' in answer) return notWritten(answer.seen)
  const verb = own.id === undefined ? 'put into' : 'updated in'
  return { written: true, said: `The plan was ${verb} the pull request: ${answer.data.html_url}` }
}

function notWritten(seen: string): CommentEnding {
  return {
    written: false,
    said: `The plan could not be put into the pull request (${seen}); it is in the summary of this job. The token needs permissions: {pull-requests: write}; runs of pull requests from forks and of Dependabot have a token that only reads.`,
  }
}

/** The comment that an earlier run wrote with a token of the same owner; id undefined: there is none yet. */
async function findOwn(
  github: GitHub,
  pullRequest: number,
  marker: string,
): Promise<{ id: number | undefined } | { seen: string }> {
  const login = await github.login()
  if ('seen' in login) return login
  const isOwn = ({ user, body }: Comment): boolean =>
    user?.login === login.data && (body ?? '').startsWith(marker)
  for (let page = 1; page <= maxPages; page++) {
    const answer = await github.ask<Comment[]>('GET /issues/{issue_number}/comments', {
      issue_number: pullRequest,
      per_page: perPage,
      page,
    })
    if ('seen' in answer) return answer
    const own = answer.data.find(isOwn)
    if (own !== undefined || answer.data.length < perPage) return { id: own?.id }
  }
  return { id: undefined }
}
