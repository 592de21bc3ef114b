import { toHex } from '../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import type { Descriptor } from '../../contracts/formats/descriptor.ts';
import type { SignedRequest } from '../../contracts/formats/request.ts';
import type { JobOutcome } from '../driver/job.ts';
import { type PublishedFile, provenanceStatement } from '../result/statement.ts';

export { jobStatement, type StatementInput };

interface StatementInput {
  readonly descriptor: Descriptor;
  readonly request: SignedRequest;
  /** SHA-256 of the request block, hex. */
  readonly digest: string;
  readonly runner: string;
  readonly outcome: JobOutcome;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/**
 * Provenance of a job that was bought. Parameters and secrets are not in it: they are named by the
 * sealed envelope's CID.
 */
function jobStatement(input: StatementInput, files: readonly PublishedFile[]): object {
  const { descriptor, request, runner, outcome, startedAt, finishedAt } = input;
  const { repository, commit } = descriptor.source;
  const { peakMemoryBytes, sourceDigest } = outcome;
  const source = `git+${repository}`;
  const requestCid = rawCidOf(Buffer.from(input.digest, 'hex')).toString();
  return provenanceStatement({
    ...{ files, startedAt, finishedAt },
    build: {
      buildType: 'urn:runproof:job:1',
      externalParameters: {
        network: request.terms.network,
        service: request.terms.service,
        tab: request.terms.tab,
        sequence: request.sequence,
        request: requestCid,
        envelope: rawCidOf(request.envelope).toString(),
      },
      internalParameters: { driver: descriptor.driver, limits: descriptor.limits },
      resolvedDependencies: [
        {
          uri: `${source}@${commit}`,
          digest: {
            gitCommit: commit,
            // Where a forge's runner checked it out, nobody here has seen the archive.
            ...(sourceDigest.some((byte) => byte !== 0) && { sha256: toHex(sourceDigest) }),
          },
        },
      ],
    },
    builder: `urn:runproof:runner:${runner}`,
    invocation: requestCid,
    source: { name: source, digest: { gitCommit: commit } },
    // On a forge's runner the processes are of that runner, in a sandbox or not.
    monitored:
      descriptor.driver === 'local'
        ? 'urn:runproof:sandbox:bubblewrap'
        : `urn:runproof:${descriptor.driver}`,
    exitStatus: outcome.exitStatus,
    phases: outcome.phases,
    counters: outcome.counters,
    measured: peakMemoryBytes === undefined ? {} : { peakMemoryBytes },
  });
}
