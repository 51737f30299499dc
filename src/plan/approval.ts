/**
 * What is known of the approval that the control plane waits for: the protection rules of its environment on GitHub.
 * `unnamed`: the workflow does not say which environment that is. `missing`: there is none of this name, and GitHub makes one
 * without rules when a job asks for it. `unreadable`: nothing can be said, which is not the same as not protected.
 */
export type Approval =
  | { readonly kind: 'unnamed' }
  | { readonly kind: 'missing'; readonly environment: string }
  | { readonly kind: 'unreadable'; readonly environment: string; readonly seen: string }
  | ProtectionRules

export interface ProtectionRules {
  readonly kind: 'rules'
  readonly environment: string
  /** People and teams, one of whom has to approve; 0: nobody is asked. */
  readonly reviewers: number
  /** Whether somebody else than the person who started the run has to approve. */
  readonly preventSelfReview: boolean
  /** Whether administrators may let a job through without an approval; undefined: GitHub did not say. */
  readonly adminsMayBypass: boolean | undefined
  /** Whether only some branches or tags may use the environment. */
  readonly branchesLimited: boolean
  /** Types of other rules, such as that of an app. */
  readonly others: readonly string[]
}
