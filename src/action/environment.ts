import type { Approval, ProtectionRules } from '../plan/approval.ts'
import type { Answer, GitHub } from './github.ts'

/** Rules that GitHub has itself; others are those of apps. */
const ownRules = ['required_reviewers', 'wait_timer', 'branch_policy']

/** The part of an environment that is used; `can_admins_bypass` is answered, but not in GitHub's description of its API. */
interface Environment {
  readonly name: string
  readonly protection_rules?: readonly {
    readonly type: string
    readonly prevent_self_review?: boolean
    readonly reviewers?: readonly unknown[]
  }[]
  readonly deployment_branch_policy?: object | null
  readonly can_admins_bypass?: boolean
}

/**
 * What is known of the approval that the control plane waits for. Never throws.
 * https://docs.github.com/rest/deployments/environments
 * @param github undefined: there is no token
 * @param environment undefined: the workflow does not name it
 */
export async function readApproval(
  github: GitHub | undefined,
  environment: string | undefined,
): Promise<Approval> {
  if (environment === undefined) return { kind: 'unnamed' }
  if (github === undefined) return { kind: 'unreadable', environment, seen: 'there is no github-token' }
  const route = 'GET /environments/{environment_name}'
  const answer = await github.ask<Environment>(route, { environment_name: environment })
  if ('data' in answer) return rulesOf(environment, answer.data)
  if (answer.status !== 404) return { kind: 'unreadable', environment, seen: answer.seen }
  return (await isReadable(github))
    ? { kind: 'missing', environment }
    : { kind: 'unreadable', environment, seen: answer.seen }
}

/** Whether the token may look at environments at all: 404 alone may mean either. */
async function isReadable(github: GitHub): Promise<boolean> {
  const all: Answer<unknown> = await github.ask('GET /environments', { per_page: 1 })
  return 'data' in all
}

function rulesOf(environment: string, answer: Environment): ProtectionRules {
  const rules = answer.protection_rules ?? []
  const review = rules.find(({ type }) => type === 'required_reviewers')
  return {
    kind: 'rules',
    environment,
    reviewers: review?.reviewers?.length ?? 0,
    preventSelfReview: review?.prevent_self_review === true,
    adminsMayBypass: answer.can_admins_bypass,
    branchesLimited: (answer.deployment_branch_policy ?? null) !== null,
    others: rules.map(({ type }) => type).filter((type) => !ownRules.includes(type)),
  }
}
