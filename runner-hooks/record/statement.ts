export { type RunStatement, runStatement };

import { toHex } from '../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import { describeExit } from '../../contracts/formats/job.ts';
import { originDigest } from '../../contracts/formats/origin.ts';
import type { PublishedFile } from '../daemon/statement.ts';
import type { RunResult } from './result.ts';

interface RunStatement extends Omit<RunResult, 'needles'> {
  readonly files: readonly PublishedFile[];
  /** Paths of outputs that were not published, masked. */
  readonly omitted: readonly string[];
}

const OUTPUTS = 'outputs/';

/**
 * in-toto Statement v1 (https://in-toto.io/Statement/v1) with the SLSA provenance predicate v1
 * (https://slsa.dev/spec/v1.0/provenance). It names no key: the receipt that is signed names the
 * directory that this stands in. The subject is the outputs, or where there are none the source commit.
 */
function runStatement({
  origin,
  phases,
  counters,
  end,
  files,
  omitted,
  ...times
}: RunStatement): object {
  const { forge, host, repository, commit, workflow, run, attempt, job, event, actor, fork, ref } =
    origin;
  const source = `git+https://${host}/${repository}`;
  const resource = ({ name, sha256 }: PublishedFile) => ({ name, digest: { sha256 } });
  const outputs = files.filter(({ name }) => name.startsWith(OUTPUTS));
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject:
      outputs.length > 0
        ? outputs.map(resource)
        : [{ name: source, digest: { gitCommit: commit } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:runproof:run:1',
        externalParameters: { forge, host, repository, ref, event, workflow: workflow.path },
        internalParameters: { run, attempt, job, actor, fork },
        resolvedDependencies: [
          { uri: `${source}@${ref}`, digest: { gitCommit: commit } },
          ...(workflow.sha256 === null
            ? []
            : [{ name: workflow.path, digest: { sha256: workflow.sha256 } }]),
        ],
      },
      runDetails: {
        builder: { id: 'urn:runproof:attested-runner:1' },
        metadata: {
          invocationId: rawCidOf(originDigest(origin)).toString(),
          startedOn: new Date(times.startedAt).toISOString(),
          finishedOn: new Date(times.finishedAt).toISOString(),
        },
        byproducts: files.filter(({ name }) => !name.startsWith(OUTPUTS)).map(resource),
        runproof_runtimeTrace: {
          monitor: { type: 'urn:runproof:perf:1' },
          monitoredProcess: { type: `urn:runproof:${forge}`, event: describeExit(end.exitStatus) },
          monitorLog: {
            process: phases.map((phase) => ({
              name: phase.name,
              script: { sha256: toHex(phase.script) },
              exitStatus: phase.exitStatus,
              milliseconds: phase.milliseconds.toString(),
              taskClock: phase.taskClock.toString(),
            })),
          },
          metadata: {
            omitted,
            counters: counters.map(({ name, unit, value }) => ({
              ...{ name, unit },
              value: value?.toString() ?? null,
            })),
          },
        },
      },
    },
  };
}
