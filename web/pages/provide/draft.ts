import * as v from 'valibot';
import { MAX_PHASES } from '../../../contracts/formats/job.ts';
import type { Keyset } from '../../../contracts/formats/keyset.ts';

export { ServiceDraft, KeysetDraft, NO_DRAFT, keysetDraftOf };

const text = (most: number) => v.pipe(v.string(), v.maxLength(most));

/** A keyset as it stands in its fields. Lists have one entry a line. */
const KeysetDraft = v.strictObject({
  runner: text(200),
  payee: text(200),
  recipients: text(20_000),
  peers: text(20_000),
  endpoint: text(1_000),
  log: text(1_000),
});
type KeysetDraft = v.InferOutput<typeof KeysetDraft>;

/** A service as it stands in the form: whatever somebody has typed so far, right or not. */
const ServiceDraft = v.strictObject({
  name: text(200),
  description: text(20_000),
  licence: text(200),
  result: v.picklist(['public', 'sealed']),
  repository: text(1_000),
  commit: text(100),
  phases: v.pipe(
    v.array(v.strictObject({ name: text(100), script: text(40_000) })),
    v.minLength(1),
    v.maxLength(MAX_PHASES)
  ),
  outputs: text(20_000),
  /** JSON Schema, as text. */
  parameters: text(300_000),
  /** In MINA. */
  base: text(40),
  perSecond: text(40),
  seconds: text(20),
  /** In MiB, like `output` and `log`. */
  memory: text(20),
  processes: text(20),
  output: text(20),
  logSize: text(20),
  network: v.boolean(),
  keyset: KeysetDraft,
});
type ServiceDraft = v.InferOutput<typeof ServiceDraft>;

const NO_KEYSET: KeysetDraft = {
  runner: '',
  payee: '',
  recipients: '',
  peers: '',
  endpoint: '',
  log: '',
};

/** What an empty form begins with: a job that most repositories have, and limits that most fit in. */
const NO_DRAFT: ServiceDraft = {
  name: '',
  description: '',
  licence: 'Apache-2.0',
  result: 'public',
  repository: '',
  commit: '',
  phases: [{ name: 'build', script: '' }],
  outputs: 'dist',
  parameters: `{
  "type": "object",
  "properties": {
    "label": { "type": "string", "title": "Label", "maxLength": 64, "default": "" }
  },
  "additionalProperties": false
}`,
  base: '0.01',
  perSecond: '0.01',
  seconds: '600',
  memory: '2048',
  processes: '256',
  output: '64',
  logSize: '1',
  network: false,
  keyset: NO_KEYSET,
};

/** The fields of a keyset that is in use, to begin the next one with. */
const keysetDraftOf = (keyset: Keyset): KeysetDraft => ({
  runner: keyset.runner,
  payee: keyset.payee,
  recipients: keyset.recipients.join('\n'),
  peers: keyset.peers.join('\n'),
  endpoint: keyset.endpoint ?? '',
  log: keyset.log,
});
