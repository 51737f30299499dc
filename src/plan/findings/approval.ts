import type { Policy } from '../../inventory/policy.ts'
import type { Approval, ProtectionRules } from '../approval.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'

const blocksIf = 'With `approval.required` in the policy it blocks.'

export const approvalCatalogue = {
  'environment-unnamed': {
    severity: 'warns',
    looks: `The policy has \`approval.required\`, and the workflow does not say under which environment the control plane is upgraded. ${blocksIf}`,
    todo: 'Set the variable `KUBEADM_UPGRADE_ENVIRONMENT` on the steps of the plan and of the control plane to the name of the environment of the job that upgrades the control plane; the reusable workflow does so by itself.',
  },
  'environment-unreadable': {
    severity: 'warns',
    looks: `GitHub did not give the protection rules of the environment, so that nothing can be said about the approval. It says the same, 404, for "you may not look" as for "there is none", so this is not the same as not protected. ${blocksIf}`,
    todo: 'Give the job `permissions: {actions: read}`, and the action a `github-token` that may read environments.',
  },
  'environment-missing': {
    severity: 'warns',
    looks: `The repository has no environment of this name. GitHub makes one, without any rule, when a job asks for it: nobody would be asked. ${blocksIf}`,
    todo: 'Make the environment, with required reviewers ([gates](gates.md#environments)), or correct its name in the workflow.',
  },
  'environment-no-reviewers': {
    severity: 'warns',
    looks: `The environment has no required reviewers: the control plane is upgraded without anybody's approval. Private repositories have this rule on GitHub Enterprise Cloud only. ${blocksIf}`,
    todo: 'Add required reviewers to the environment ([gates](gates.md#environments)).',
  },
  'environment-self-review': {
    severity: 'warns',
    looks: `Whoever started the run may approve it. ${blocksIf}`,
    todo: 'Switch on "Prevent self-review" in the environment.',
  },
  'environment-admins-bypass': {
    severity: 'warns',
    looks: `Administrators of the repository may let the job through without an approval. GitHub does not say it in every answer; then it is not looked at. ${blocksIf}`,
    todo: 'Switch off "Allow administrators to bypass configured protection rules" in the environment.',
  },
  'environment-any-branch': {
    severity: 'warns',
    looks: `A workflow of any branch may use the environment and its secrets: whoever can push a branch can ask for the key with a workflow of their own. ${blocksIf}`,
    todo: 'Limit the environment to the default branch ("Deployment branches and tags").',
  },
} as const satisfies Catalogue

type Id = keyof typeof approvalCatalogue
const finding = findingsOf(approvalCatalogue)

/** What is wrong with the approval of the control plane; nothing outside of GitHub, where there is none. */
export function approvalFindings(approval: Approval | undefined, policy: Policy): Finding[] {
  if (approval === undefined) return []
  const { required } = policy.approval
  if (approval.kind === 'unnamed' && !required) return []
  return Object.entries(saidOf(approval)).flatMap(([id, seen]) => {
    if (seen === false) return []
    const found = finding(id as Id, undefined, seen, remedies[id as Id])
    return { ...found, severity: required ? ('blocks' as const) : found.severity }
  })
}

/** What was seen, by the id of its finding; false: nothing. */
function saidOf(approval: Approval): Partial<Record<Id, string | false>> {
  switch (approval.kind) {
    case 'unnamed':
      return {
        'environment-unnamed':
          'The policy requires an approval, and the workflow does not name the environment that asks for it.',
      }
    case 'missing':
      return {
        'environment-missing': `There is no environment ${approval.environment}; GitHub would make it without any rule.`,
      }
    case 'unreadable':
      return {
        'environment-unreadable': `The rules of the environment ${approval.environment} could not be read: ${approval.seen}`,
      }
    case 'rules':
      return saidOfRules(approval)
  }
}

function saidOfRules(rules: ProtectionRules): Partial<Record<Id, string | false>> {
  const name = `The environment ${rules.environment}`
  const others = rules.others.length === 0 ? '' : ` (it has other rules: ${rules.others.join(', ')})`
  return {
    'environment-no-reviewers': rules.reviewers === 0 && `${name} asks nobody for an approval${others}.`,
    'environment-self-review':
      rules.reviewers > 0 &&
      !rules.preventSelfReview &&
      `${name} lets those who started a run approve it themselves.`,
    'environment-admins-bypass':
      rules.adminsMayBypass === true && `${name} lets administrators go on without an approval.`,
    'environment-any-branch': !rules.branchesLimited && `${name} may be used from any branch.`,
  }
}

/** As the summary says it, without the links of the page. */
const remedies: Record<Id, string> = {
  'environment-unnamed': 'Set KUBEADM_UPGRADE_ENVIRONMENT on the step to the name of the environment.',
  'environment-unreadable':
    'Give the job permissions: {actions: read}, and a github-token that may read environments.',
  'environment-missing': 'Make the environment with required reviewers, or correct its name.',
  'environment-no-reviewers': 'Add required reviewers to the environment.',
  'environment-self-review': 'Switch on "Prevent self-review" in the environment.',
  'environment-admins-bypass': 'Do not let administrators bypass the rules of the environment.',
  'environment-any-branch': 'Limit the environment to the default branch.',
}
