export { type Workflow, type WorkflowStep, readWorkflow, expand };

import * as v from 'valibot';

const text = v.pipe(v.string(), v.maxLength(65_536));

/** The part of the workflow syntax that the embedded runner plays: one job. */
const WorkflowSchema = v.object({
  name: v.optional(text),
  'run-name': v.optional(text),
  on: v.object({
    workflow_dispatch: v.nullable(
      v.object({
        inputs: v.optional(
          v.record(text, v.nullable(v.object({ required: v.optional(v.boolean()) })))
        ),
      })
    ),
  }),
  jobs: v.pipe(
    v.record(
      text,
      v.object({
        'runs-on': v.union([text, v.array(text)]),
        'timeout-minutes': v.optional(v.number()),
        env: v.optional(v.record(text, v.union([text, v.number()]))),
        steps: v.array(
          v.union([
            v.object({ name: v.optional(text), run: text }),
            v.object({
              name: v.optional(text),
              uses: v.pipe(text, v.regex(/^actions\/(checkout|upload-artifact)@/)),
              with: v.optional(v.record(text, v.union([text, v.number()])), {}),
            }),
          ])
        ),
      })
    ),
    v.check((jobs) => Object.keys(jobs).length === 1, 'expected one job')
  ),
});
type Workflow = v.InferOutput<typeof WorkflowSchema>;
type WorkflowStep = Workflow['jobs'][string]['steps'][number];

/** @returns `undefined` for what is no workflow that can be dispatched and played here */
async function readWorkflow(file: Buffer): Promise<Workflow | undefined> {
  // Only checkouts run forges; an installed command line has no parser for their files.
  const { parse } = await import('yaml');
  try {
    return v.parse(WorkflowSchema, parse(file.toString()));
  } catch {
    return undefined;
  }
}

/** `${{ inputs.x }}` and `${{ github.x }}`, nothing else of the expression language. */
const expand = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/\$\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) => values[name] ?? '');
