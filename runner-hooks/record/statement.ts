export { runStatement };

import { rawCidOf } from '../../contracts/formats/cid.ts';
import { originDigest } from '../../contracts/formats/origin.ts';
import { type PublishedFile, provenanceStatement } from '../result/statement.ts';
import type { RunResult } from './result.ts';

/**
 * Provenance of a run that nobody bought. It names no key: the receipt that is signed names the
 * directory that this stands in. The subject is the outputs, or where there are none the source commit.
 *
 * @param omitted paths of outputs that were not published, masked
 */
function runStatement(
  { origin, phases, counters, end, startedAt, finishedAt }: Omit<RunResult, 'needles'>,
  files: readonly PublishedFile[],
  omitted: readonly string[]
): object {
  const { forge, host, repository, commit, workflow, run, attempt, job, event, actor, fork, ref } =
    origin;
  const source = `git+https://${host}/${repository}`;
  return provenanceStatement({
    ...{ files, startedAt, finishedAt, phases, counters },
    build: {
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
    builder: 'urn:runproof:attested-runner:1',
    invocation: rawCidOf(originDigest(origin)).toString(),
    source: { name: source, digest: { gitCommit: commit } },
    monitored: `urn:runproof:${forge}`,
    exitStatus: end.exitStatus,
    measured: { omitted },
  });
}
