import type { Command } from 'commander';
import { cidOf, rawCidOf } from '../../contracts/formats/cid.ts';
import { describeExit } from '../../contracts/formats/job.ts';
import { type Finding, type VerifiedJob, verify } from '../../requester/verify.ts';
import { verb } from './command.ts';
import { CliError } from './error.ts';
import { Output } from './output.ts';
import { progressOf, requesterOf } from './requester.ts';
import { formatOf, isLocal, verifyRun } from './verify-run.ts';

export { addVerifyCommand, lineOf };

type Shown = Pick<Finding, 'ok' | 'detail' | 'sequence'> & { readonly id: string };

interface Options {
  readonly tab?: string;
  readonly service?: string;
  readonly log?: string;
  readonly runner?: string;
  readonly policy?: string;
  readonly source?: string;
  readonly format?: string;
}

/** `verify`: is this what it says? No key and no account is needed. */
function addVerifyCommand(program: Command): void {
  verb<Options>(
    program,
    'verify <target>',
    'check a receipt, result or note (CID), a commit, a tab or a runner, one line a check; ' +
      'exit status 0 if all hold, 1 if not, 2 if it could not be looked at',
    'verify $(git rev-parse HEAD) --log . --policy policy.json',
    async (cli, { tab, service, log, format: asked, ...ofRuns }, target) => {
      const format = formatOf(asked, cli.output.isJson);
      const output = format === 'json' ? new Output(true) : cli.output;
      const runs = { ...ofRuns, ...(log === undefined ? {} : { log }), format };
      const isOfRun = ofRuns.runner ?? ofRuns.policy ?? ofRuns.source ?? isLocal(log);
      if (tab === undefined && service === undefined) {
        const isGuess = !isOfRun && format !== 'slsa';
        if (await verifyRun({ ...cli, output }, target, runs, isGuess)) return;
      } else if (isOfRun || format === 'slsa')
        throw new CliError(
          'USAGE',
          'A tab has no policy, runner or statement to verify; leave --tab and --service out.'
        );
      const requester = await requesterOf(cli);
      const hints = {
        ...(tab === undefined ? {} : { tab }),
        ...(service === undefined ? {} : { service }),
        ...(log === undefined ? {} : { log }),
        ...(cli.settings.log === undefined ? {} : { knownLog: cli.settings.log }),
      };
      const verification = await verify(requester, target, hints, progressOf(cli));
      const { ok, findings, jobs, repository } = verification;
      for (const finding of findings) output.line(lineOf(finding));
      const failed = findings.filter((finding) => !finding.ok).length;
      output.result(
        { ok, tab: verification.tab, repository, checks: findings, jobs: jobs.map(jsonOf) },
        [
          ['tab', verification.tab],
          ['jobs', `${jobs.length}, ${jobs.filter(({ isSettled }) => isSettled).length} settled`],
          ['checks', ok ? `all ${findings.length} hold` : `${failed} of ${findings.length} FAIL`],
        ]
      );
      if (!ok) process.exitCode = 1;
    }
  )
    .option('--tab <tab>', 'the tab it belongs to')
    .option('--service <address>', 'the service it belongs to, whose keyset names the log')
    .option(
      '--log <repository>',
      'the repository with its log: an address, or a clone on this machine'
    )
    .option('--runner <key>', 'the runner whose log it is in, for runs that nobody bought')
    .option(
      '--policy <file>',
      'what such a run has to be: runners, sources, branches, budgets (JSON)'
    )
    .option('--source <folder>', 'a clone of its source, if that is another than --log')
    .option('--format <format>', 'text, json, or slsa: the in-toto statements alone');
}

/** Of a check, as it stands in a terminal. */
const lineOf = ({ id, ok, detail, sequence }: Shown): string =>
  `${ok ? 'ok  ' : 'FAIL'}  ${(sequence === undefined ? id : `${sequence} ${id}`).padEnd(20)}  ${detail}`;

const jsonOf = ({ entry, isSettled }: VerifiedJob) => ({
  sequence: entry.note.receipt.sequence,
  commit: entry.id,
  receipt: String(rawCidOf(entry.commit.receipt)),
  result: String(cidOf('dag-pb', entry.note.receipt.result)),
  exit: describeExit(entry.note.exitStatus),
  amount: entry.note.receipt.amount,
  settled: isSettled,
});
