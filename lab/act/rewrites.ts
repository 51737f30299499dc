import { parse, stringify } from 'yaml'

/*
 * What act (github.com/nektos/act, in host mode) cannot do of the shipped workflows, and what stands there instead. Nothing
 * else is changed: jobs, needs, conditions, matrix, inputs, secrets and outputs are those that users get.
 */

interface Step {
  id?: string
  name?: string
  if?: string
  uses?: string
  run?: string
  with?: Record<string, string>
  env?: Record<string, string>
  'continue-on-error'?: boolean
}

interface Job {
  uses?: string
  steps?: Step[]
  needs?: unknown
  if?: string
  strategy?: { matrix?: unknown; 'max-parallel'?: unknown }
}

export interface Workflow {
  on: unknown
  concurrency?: { queue?: string }
  jobs: Record<string, Job>
}

interface Rewrite {
  readonly reason: string
  readonly apply: (workflow: Workflow, maxUnavailable: number) => void
}

/** Where the stand-in of upload-artifact puts things; the variable is given to act. */
export const artifactsVariable = 'ACT_ARTIFACTS'

const rewrites: readonly Rewrite[] = [
  {
    reason: 'act refuses a workflow with concurrency.queue, and has no queues',
    apply: ({ concurrency }) => {
      delete concurrency?.queue
    },
  },
  {
    reason: 'act reads max-parallel as a number, without evaluating it: the number that the plan will say',
    apply: ({ jobs }, maxUnavailable) => {
      for (const { strategy } of Object.values(jobs))
        if (strategy?.['max-parallel'] !== undefined) strategy['max-parallel'] = maxUnavailable
    },
  },
  {
    reason: 'no network: the reusable workflow is in the same repository here',
    apply: (workflow) => {
      for (const job of Object.values(workflow.jobs))
        if (job.uses !== undefined) job.uses = job.uses.replace(/^[\w-]+\/[\w-]+\/(.*)@.*$/, './$1')
    },
  },
  {
    reason:
      'no network: the action is in the repository at the place where it would be checked out, or is used from there',
    apply: eachSteps((steps) =>
      steps
        .filter((step) => step.with?.['path'] !== '.kubeadm-upgrade')
        .map((step) =>
          step.uses?.startsWith('kubeadm-upgrade/kubeadm-upgrade@') === true
            ? { ...step, uses: './.kubeadm-upgrade' }
            : step,
        ),
    ),
  },
  {
    reason: 'no artifact service: artifacts are folders',
    apply: eachSteps((steps) =>
      steps.map((step) => {
        if (step.uses?.startsWith('actions/upload-artifact@') === true) return upload(step)
        return step.uses?.startsWith('actions/download-artifact@') === true ? download(step) : step
      }),
    ),
  },
]

/** The first line of `path` is a folder; every `!` line is a path in it that is left out. */
function upload({ name = '', with: inputs = {} }: Step): Step {
  const [folder = '', ...left] = (inputs['path'] ?? '').trim().split('\n')
  return {
    name,
    if: 'always()',
    env: { NAME: inputs['name'] ?? '', FOLDER: folder },
    run: [
      `to="$${artifactsVariable}/$NAME"`,
      'rm -rf "$to"',
      'cp -r "$FOLDER" "$to"',
      ...left.map((line) => `rm -rf "$to/${line.replace(`!${folder}/`, '')}"`),
    ].join('\n'),
  }
}

/** Into an empty folder, since on this machine jobs share what is a fresh one on a runner. */
function download({ name = '', with: inputs = {} }: Step): Step {
  return {
    name,
    env: { NAME: inputs['name'] ?? '', TO: inputs['path'] ?? '' },
    'continue-on-error': true,
    run: `rm -rf "$TO" && mkdir -p "$TO" && cp -r "$${artifactsVariable}/$NAME/." "$TO"`,
  }
}

function eachSteps(change: (steps: Step[]) => Step[]): Rewrite['apply'] {
  return (workflow) => {
    for (const job of Object.values(workflow.jobs)) if (job.steps !== undefined) job.steps = change(job.steps)
  }
}

/** A shipped workflow as act can run it. @param maxUnavailable what its caller asks for, as a number */
export function forAct(text: string, maxUnavailable: number): string {
  const workflow = parse(text) as Workflow
  for (const { apply } of rewrites) apply(workflow, maxUnavailable)
  return stringify(workflow, { aliasDuplicateObjects: false })
}

/**
 * The workflow that remains when one job of a run is run again: GitHub gives it the outputs that the other jobs had then, and
 * does not look at its condition again.
 * @param outputs of the jobs it needs: job → output → value
 * @param matrix the entry of the matrix that is run again
 */
export function onlyJob(
  text: string,
  name: string,
  outputs: Readonly<Record<string, Readonly<Record<string, string>>>>,
  matrix: object,
): string {
  const workflow = parse(text) as Workflow
  const job = workflow.jobs[name]
  if (job === undefined) throw new Error(`The workflow has no job ${name}`)
  delete job.needs
  delete job.if
  job.strategy = { matrix: { include: [matrix] } }
  workflow.jobs = { [name]: job }
  const called = workflow.on as { workflow_call?: { outputs?: unknown } }
  delete called.workflow_call?.outputs
  return stringify(workflow, { aliasDuplicateObjects: false }).replace(
    /\$\{\{ needs\.([\w-]+)\.outputs\.([\w-]+) \}\}/g,
    (_all, other: string, output: string) => JSON.stringify(outputs[other]?.[output] ?? ''),
  )
}
