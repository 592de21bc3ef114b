import { toHex } from '../../contracts/formats/bytes.ts';
import { rawCidOf } from '../../contracts/formats/cid.ts';
import type { Descriptor } from '../../contracts/formats/descriptor.ts';
import type { SignedRequest } from '../../contracts/formats/request.ts';
import type { JobOutcome } from '../driver/job.ts';

export { provenanceStatement, type StatementInput, type PublishedFile };

interface PublishedFile {
  /** Path in the result directory. */
  readonly name: string;
  /** SHA-256, hex, as published: of the ciphertext where it is sealed. */
  readonly sha256: string;
}

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
  readonly files: readonly PublishedFile[];
}

const OUTPUTS = 'outputs/';

/**
 * in-toto Statement v1 (https://in-toto.io/Statement/v1) with the SLSA provenance predicate v1
 * (https://slsa.dev/spec/v1.0/provenance). The runtime trace stands in a vendor field, with the
 * names of in-toto's runtime-trace predicate v0.1. Parameters and secrets are not in it: they are
 * named by the sealed envelope's CID.
 */
function provenanceStatement(input: StatementInput): object {
  const { descriptor, request, outcome } = input;
  const { repository, commit } = descriptor.source;
  const resource = ({ name, sha256 }: PublishedFile) => ({ name, digest: { sha256 } });
  const requestCid = rawCidOf(Buffer.from(input.digest, 'hex')).toString();
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: input.files.filter(({ name }) => name.startsWith(OUTPUTS)).map(resource),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
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
            uri: `git+${repository}@${commit}`,
            digest: { gitCommit: commit, sha256: toHex(outcome.sourceDigest) },
          },
        ],
      },
      runDetails: {
        builder: { id: `urn:runproof:runner:${input.runner}` },
        metadata: {
          invocationId: requestCid,
          startedOn: new Date(input.startedAt).toISOString(),
          finishedOn: new Date(input.finishedAt).toISOString(),
        },
        byproducts: input.files.filter(({ name }) => !name.startsWith(OUTPUTS)).map(resource),
        runproof_runtimeTrace: runtimeTrace(outcome),
      },
    },
  };
}

const runtimeTrace = ({ exitStatus, phases, counters, peakMemoryBytes }: JobOutcome): object => ({
  monitor: { type: 'urn:runproof:perf:1' },
  monitoredProcess: { type: 'urn:runproof:sandbox:bubblewrap', event: `exit ${exitStatus}` },
  monitorLog: {
    process: phases.map((phase) => ({
      name: phase.name,
      script: { sha256: toHex(phase.script) },
      exitStatus: phase.exitStatus,
      milliseconds: phase.milliseconds.toString(),
      taskClock: phase.taskClock.toString(),
      peakMemoryBytes: phase.peakMemoryBytes,
    })),
  },
  metadata: {
    peakMemoryBytes,
    counters: counters.map(({ name, unit, value }) => ({
      name,
      unit,
      value: value?.toString() ?? null,
    })),
  },
});
