export { WORKFLOW, githubWorkflow, gitlabPipeline };

/** Where each forge looks for what to run. */
const WORKFLOW = { github: '.github/workflows/market.yml', gitlab: '.gitlab-ci.yml' } as const;

/**
 * A workflow as a service's, with these steps.
 * @param steps each an entry of the list, in YAML and from its left edge
 */
const githubWorkflow = (steps: readonly string[]): string => `name: Market
run-name: Runproof \${{ inputs.runproof_ticket }}
on:
  workflow_dispatch:
    inputs:
      runproof_ticket:
        required: true
jobs:
  build:
    runs-on: [self-hosted, runproof]
    steps:
${steps.map((step) => `      - ${step.replaceAll('\n', '\n        ')}\n`).join('')}`;

/** A pipeline as a service's, with this script, a command a line. */
const gitlabPipeline = (script: readonly string[], artifacts: readonly string[] = []): string =>
  `build:
  tags: [runproof]
  script:
${script.map((command) => `    - ${command.replaceAll('\n', '\n      ')}\n`).join('')}${
    artifacts.length === 0 ? '' : `  artifacts:\n    paths: [${artifacts.join(', ')}]\n`
  }`;
