import { toHex } from '../../contracts/formats/bytes.ts';
import type { PhaseRecord } from '../../contracts/formats/execution.ts';
import { describeExit } from '../../contracts/formats/job.ts';
import type { Counter } from '../../contracts/formats/perf.ts';
import { RESULT } from './layout.ts';

export { type PublishedFile, type Provenance, type Resource, provenanceStatement };

interface PublishedFile {
  /** Path in the result directory. */
  readonly name: string;
  /** SHA-256, hex, as published: of the ciphertext where it is sealed. */
  readonly sha256: string;
}

/** in-toto's ResourceDescriptor, as far as it is used here. */
interface Resource {
  readonly name?: string;
  readonly uri?: string;
  readonly digest: Readonly<Record<string, string>>;
}

/** What bought jobs and attested runs say of themselves; the rest of a statement is the same. */
interface Provenance {
  /** SLSA's `buildDefinition`. */
  readonly build: {
    readonly buildType: string;
    readonly externalParameters: object;
    readonly internalParameters: object;
    readonly resolvedDependencies: readonly Resource[];
  };
  readonly builder: string;
  /** CID of the request block or of the origin. */
  readonly invocation: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly files: readonly PublishedFile[];
  /** The subject where there are no outputs. */
  readonly source: Resource;
  /** What was measured: a URN. */
  readonly monitored: string;
  readonly exitStatus: number;
  readonly phases: readonly (PhaseRecord & { readonly peakMemoryBytes?: number })[];
  readonly counters: readonly Counter[];
  /** Further measurements, canonical JSON. */
  readonly measured: object;
}

/**
 * in-toto Statement v1 (https://in-toto.io/Statement/v1) with the SLSA provenance predicate v1
 * (https://slsa.dev/spec/v1.0/provenance). The runtime trace stands in a vendor field, with the names of
 * in-toto's runtime-trace predicate v0.1.
 */
function provenanceStatement(provenance: Provenance): object {
  const { files, source, build, builder, invocation, startedAt, finishedAt } = provenance;
  const isOutput = ({ name }: PublishedFile): boolean => name.startsWith(`${RESULT.outputs}/`);
  const outputs = files.filter(isOutput);
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: outputs.length === 0 ? [source] : outputs.map(resource),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: build,
      runDetails: {
        builder: { id: builder },
        metadata: {
          invocationId: invocation,
          startedOn: new Date(startedAt).toISOString(),
          finishedOn: new Date(finishedAt).toISOString(),
        },
        byproducts: files.filter((file) => !isOutput(file)).map(resource),
        runproof_runtimeTrace: runtimeTrace(provenance),
      },
    },
  };
}

const resource = ({ name, sha256 }: PublishedFile): Resource => ({ name, digest: { sha256 } });

const runtimeTrace = (trace: Provenance): object => ({
  monitor: { type: 'urn:runproof:perf:1' },
  monitoredProcess: { type: trace.monitored, event: describeExit(trace.exitStatus) },
  monitorLog: {
    process: trace.phases.map(({ name, script, exitStatus, peakMemoryBytes, ...phase }) => ({
      name,
      script: { sha256: toHex(script) },
      exitStatus,
      milliseconds: phase.milliseconds.toString(),
      taskClock: phase.taskClock.toString(),
      ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes }),
    })),
  },
  metadata: {
    ...trace.measured,
    counters: trace.counters.map(({ name, unit, value }) => ({
      ...{ name, unit },
      value: value?.toString() ?? null,
    })),
  },
});
