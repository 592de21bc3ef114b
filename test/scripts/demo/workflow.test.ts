import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { githubWorkflow, gitlabPipeline } from '../../../scripts/demo/workflow.ts';
import { readWorkflow } from '../../../scripts/network/github/workflow.ts';
import { readPipelineFile } from '../../../scripts/network/gitlab/pipeline-file.ts';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const [onGithub, onGitlab] = [...README.matchAll(/^ *```yaml\n([^`]+?)^ *```$/gm)].map(([, text]) =>
  text!.replaceAll(/^ {3}/gm, '')
);

it('plays on the embedded GitHub what README has a provider write', async () => {
  const [, checkout, run, upload] = /steps:\n +- (.+)\n +- (.+)\n +- ([^$]+)/.exec(onGithub!)!;
  const written = githubWorkflow([checkout!, run!, upload!.replaceAll(/^ +/gm, '').trim()]);
  expect(parse(written)).toEqual(parse(onGithub!));
  expect(await readWorkflow(Buffer.from(onGithub!))).toBeDefined();
});

it('plays on the embedded GitLab what README has a provider write', async () => {
  const { build } = parse(onGitlab!) as { build: { script: string[] } };
  expect(parse(gitlabPipeline(build.script, ['dist']))).toEqual(parse(onGitlab!));
  expect(await readPipelineFile(Buffer.from(onGitlab!))).toMatchObject({ seconds: 3_600 });
});
