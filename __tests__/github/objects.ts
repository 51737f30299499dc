/** GitHub's objects with all that its description requires; only what the tests are about can be chosen. */

export interface StoredComment {
  readonly id: number
  readonly login: string
  body: string
}

export interface EnvironmentOptions {
  /** Number of required reviewers; 0: no such rule. Default: 1. */
  readonly reviewers?: number
  /** Default: true. */
  readonly preventSelfReview?: boolean
  /** undefined: GitHub does not say. */
  readonly adminsMayBypass?: boolean | undefined
  /** Default: true. */
  readonly branchesLimited?: boolean
  /** A rule of an app or a wait timer beside. */
  readonly others?: readonly string[]
}

const created = '2026-11-01T09:00:00Z'

function userOf(login: string): object {
  const url = `https://api.github.com/users/${login}`
  return {
    login,
    id: 41898282,
    node_id: 'MDM6Qm90NDE4OTgyODI=',
    avatar_url: 'https://avatars.githubusercontent.com/in/15368',
    gravatar_id: '',
    url,
    html_url: `https://github.com/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
    site_admin: false,
  }
}

export function commentOf(repository: string, { id, login, body }: StoredComment): object {
  const url = `https://api.github.com/repos/${repository}/issues`
  return {
    id,
    node_id: `IC_${id}`,
    url: `${url}/comments/${id}`,
    html_url: `https://github.com/${repository}/pull/7#issuecomment-${id}`,
    issue_url: `${url}/7`,
    user: userOf(login),
    created_at: created,
    updated_at: created,
    author_association: 'NONE',
    body,
    performed_via_github_app: null,
  }
}

export function environmentOf(
  repository: string,
  name: string,
  {
    reviewers = 1,
    preventSelfReview = true,
    adminsMayBypass,
    branchesLimited = true,
    others = [],
  }: EnvironmentOptions = {},
): object {
  const rule = (type: string, more: object = {}): object => ({ id: 1, node_id: 'GA_1', type, ...more })
  const people = Array.from({ length: reviewers }, (_, at) => ({
    type: 'User',
    reviewer: userOf(`reviewer-${at}`),
  }))
  return {
    id: 161088068,
    node_id: 'EN_1',
    name,
    url: `https://api.github.com/repos/${repository}/environments/${name}`,
    html_url: `https://github.com/${repository}/deployments/activity_log?environments_filter=${name}`,
    created_at: created,
    updated_at: created,
    ...(adminsMayBypass !== undefined && { can_admins_bypass: adminsMayBypass }),
    protection_rules: [
      ...(reviewers === 0
        ? []
        : [rule('required_reviewers', { prevent_self_review: preventSelfReview, reviewers: people })]),
      ...(branchesLimited ? [rule('branch_policy')] : []),
      ...others.map((type) => rule(type)),
    ],
    deployment_branch_policy: branchesLimited
      ? { protected_branches: false, custom_branch_policies: true }
      : null,
  }
}
