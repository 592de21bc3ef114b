import * as v from 'valibot';
import { sha256 } from '@noble/hashes/sha2.js';
import { parseMina } from '../../../contracts/formats/amount.ts';
import { rawCidOf } from '../../../contracts/formats/cid.ts';
import {
  type Descriptor,
  DescriptorSchema,
  encodeDescriptor,
} from '../../../contracts/formats/descriptor.ts';
import { FormatError } from '../../../contracts/formats/error.ts';
import { type Keyset, KeysetSchema, encodeKeyset } from '../../../contracts/formats/keyset.ts';
import type { KeysetDraft, ServiceDraft } from './draft.ts';

export { type Errors, type Block, type Read, readDescriptor, readKeyset, linesOf };

/** One sentence a field, by the field's id; `''` is the block as a whole. */
type Errors = Readonly<Record<string, string>>;

/** A block as it will be published. */
interface Block<T> {
  readonly value: T;
  readonly bytes: Uint8Array;
  readonly cid: string;
}

type Read<T> =
  | { readonly block: Block<T>; readonly errors?: undefined }
  | { readonly block?: undefined; readonly errors: Errors };

const MEBIBYTE = 2 ** 20;

/** What a descriptor's own parser would say of the form, beside the fields it says it of. */
function readDescriptor(draft: ServiceDraft): Read<Descriptor> {
  const parameters = readJson(draft.parameters);
  return read(
    DescriptorSchema,
    {
      version: 1,
      name: draft.name.trim(),
      description: draft.description.trim(),
      source: { repository: draft.repository.trim(), commit: draft.commit.trim().toLowerCase() },
      job: {
        // A browser's text area may give line ends of its own.
        phases: draft.phases.map(({ name, script }) => ({
          name: name.trim(),
          script: script.replaceAll('\r\n', '\n').trimEnd(),
        })),
        outputs: linesOf(draft.outputs),
      },
      driver: 'local',
      parameters: parameters.value,
      price: { base: nanomina(draft.base), perSecond: nanomina(draft.perSecond), token: 'MINA' },
      limits: {
        seconds: whole(draft.seconds),
        memoryBytes: whole(draft.memory) * MEBIBYTE,
        processes: whole(draft.processes),
        outputBytes: whole(draft.output) * MEBIBYTE,
        logBytes: whole(draft.logSize) * MEBIBYTE,
        network: draft.network,
      },
      result: draft.result,
      licence: draft.licence.trim(),
    },
    encodeDescriptor,
    parameters.error === undefined ? {} : { parameters: parameters.error }
  );
}

/** @param epoch 0 for a new service, else one more than the service is in */
const readKeyset = (draft: KeysetDraft, epoch: number): Read<Keyset> =>
  read(
    KeysetSchema,
    {
      version: 1,
      epoch,
      recipients: linesOf(draft.recipients),
      runner: draft.runner.trim(),
      payee: draft.payee.trim(),
      peers: linesOf(draft.peers),
      endpoint: draft.endpoint.trim() === '' ? null : draft.endpoint.trim(),
      log: draft.log.trim(),
    },
    encodeKeyset
  );

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Digits only: `Number` would take `1e9`, `0x10` and nothing at all. */
const whole = (text: string): number =>
  /^[0-9]{1,10}$/.test(text.trim()) ? Number(text.trim()) : NaN;

function nanomina(text: string): string {
  try {
    return String(parseMina(text.trim()));
  } catch (error) {
    if (error instanceof FormatError) return '';
    throw error;
  }
}

function readJson(text: string): { readonly value: unknown; readonly error?: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { value: undefined, error: `This is no JSON: ${(error as SyntaxError).message}.` };
  }
}

function read<const S extends v.GenericSchema>(
  schema: S,
  candidate: unknown,
  encode: (value: v.InferOutput<S>) => Uint8Array,
  known: Errors = {}
): Read<v.InferOutput<S>> {
  const result = v.safeParse(schema, candidate);
  if (!result.success) {
    const errors: Record<string, string> = { ...known };
    // The first thing that is wrong with a field is the one to mend first.
    for (const issue of result.issues) {
      const path = v.getDotPath(issue) ?? '';
      errors[fieldOf(path)] ??= sentenceFor(path, issue.message);
    }
    return { errors };
  }
  try {
    const bytes = encode(result.output);
    return {
      block: { value: result.output, bytes, cid: String(rawCidOf(sha256(bytes))) },
    };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { errors: { '': `This cannot be published: ${error.message}.` } };
  }
}

/** Lists are one field, whichever line is wrong. */
const fieldOf = (path: string): string =>
  /^(job\.outputs|recipients|peers|parameters)\b/.exec(path)?.[0] ?? path;

/** What is expected of a field, since a schema's own words are for programs. */
const EXPECTED: readonly (readonly [RegExp, string])[] = [
  [/^name$/, 'Write a name of 1 to 80 characters.'],
  [/^description$/, 'Say what it does, in at most 8,192 characters.'],
  [/^licence$/, 'Name a licence, such as Apache-2.0.'],
  [/^source\.repository$/, 'Write an http(s) address of a git repository, without user name.'],
  [/^source\.commit$/, 'Write the whole commit id: 40 hex digits.'],
  [/^job\.phases\.\d+\.name$/, 'Write a short lower-case name, such as build.'],
  [/^job\.phases\.\d+\.script$/, 'Write a script of at most 16,384 characters.'],
  [
    /^price\.(base|perSecond)$/,
    'Write MINA such as 0.25, with at most nine decimals; a CPU second at most 68.719476735.',
  ],
  [/^limits\.seconds$/, 'Write 1 to 604,800 seconds, in digits.'],
  [/^limits\.memoryBytes$/, 'Write 16 to 1,048,576 MiB, in digits.'],
  [/^limits\.processes$/, 'Write 1 to 65,536, in digits.'],
  [/^limits\.outputBytes$/, 'Write 0 to 1,048,576 MiB, in digits.'],
  [/^limits\.logBytes$/, 'Write 0 to 1,024 MiB, in digits.'],
  [/^(runner|payee)$/, 'Write a Mina address: it begins with B62 and has 55 characters.'],
  [/^recipients$/, 'Write 1 to 4 recipients that begin with age1pq1, one a line.'],
  [/^endpoint$/, 'Write an http(s) address without user name, or nothing.'],
  [/^log$/, 'Write an http(s) address of a git repository, without user name.'],
];

function sentenceFor(path: string, message: string): string {
  const line = /^(job\.outputs|recipients|peers)\.(\d+)$/.exec(path);
  if (line?.[1] === 'job.outputs')
    return `Line ${Number(line[2]) + 1} is no plain path below the work folder, such as dist or out/app.tar.`;
  if (line?.[1] === 'peers')
    return `Line ${Number(line[2]) + 1} is no multiaddress, such as /dns4/ci.example/tcp/4001/p2p/12D3….`;
  if (line?.[1] === 'recipients')
    return `Line ${Number(line[2]) + 1} is no post-quantum age recipient: it has to begin with age1pq1.`;
  if (path === 'job.outputs') return 'At most 64 outputs.';
  if (path === 'peers') return 'At most 16 addresses.';
  if (path.startsWith('parameters')) return `${capital(message)}.`;
  return EXPECTED.find(([field]) => field.test(path))?.[1] ?? `${capital(message)}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
