import type { Command } from 'commander';
import { cidOf, rawCidOf } from '../../contracts/formats/cid.ts';
import { describeExit } from '../../contracts/formats/job.ts';
import { type Finding, type VerifiedJob, verify } from '../../requester/verify.ts';
import { verb } from './command.ts';
import { progressOf, requesterOf } from './requester.ts';

export { addVerifyCommand };

/** `verify`: is this what it says? No key and no account is needed. */
function addVerifyCommand(program: Command): void {
  verb<{ tab?: string; service?: string; log?: string }>(
    program,
    'verify <target>',
    'check a receipt or result (CID), a commit or a whole tab, one line a check; exit status 0 only if all hold',
    'verify bafkrei… --tab B62q… --log http://127.0.0.1:7412/log.git',
    async (cli, { tab, service, log }, target) => {
      const requester = await requesterOf(cli);
      const hints = {
        ...(tab === undefined ? {} : { tab }),
        ...(service === undefined ? {} : { service }),
        ...(log === undefined ? {} : { log }),
        ...(cli.settings.log === undefined ? {} : { knownLog: cli.settings.log }),
      };
      const verification = await verify(requester, target, hints, progressOf(cli));
      const { ok, findings, jobs, repository } = verification;
      for (const finding of findings) cli.output.line(lineOf(finding));
      const failed = findings.filter((finding) => !finding.ok).length;
      cli.output.result(
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
    .option('--log <repository>', 'the log repository it is in');
}

const lineOf = ({ id, ok, detail, sequence }: Finding): string =>
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
