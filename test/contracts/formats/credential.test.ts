import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  MAX_SCOPES,
  SCOPE_DEPTH,
  type Credential,
  bindingCommitment,
  credentialCommitment,
  scopeLeaf,
  scopePath,
  scopeRoot,
  secretDigest,
} from '../../../contracts/formats/credential.ts';
import { encodeJson } from '../../../contracts/formats/json.ts';
import { encodeNote, parseNote } from '../../../contracts/formats/note.ts';
import { hashIn } from '../../../contracts/formats/poseidon.ts';
import { seal } from '../../../contracts/formats/sealed.ts';
import {
  type Kept,
  MAX_SECRET_CHARS,
  openCredential,
  sealCredential,
} from '../../../contracts/formats/vault.ts';
import { type VaultEntry, parseVaultEntry } from '../../../contracts/formats/vault-entry.ts';
import { credential, note, opening, publicKey } from '../../vectors/sample.ts';
import { refusal, refusalOf } from './refusal.ts';

const other = publicKey(99);
const hex = (value: bigint): string => value.toString(16).padStart(64, '0');
const scopesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `scope-${String(i).padStart(2, '0')}`);

describe('a commitment to a credential', () => {
  it('is another one for each thing that it is to', () => {
    const changes: Partial<Credential>[] = [
      { network: 'mina:mainnet' },
      { service: other },
      { tab: other },
      { tab: null },
      { purpose: 'trigger' },
      { host: 'registry.example' },
      { host: null },
      { scopes: [] },
      { scopes: ['read:packages'] },
      { expiry: credential.expiry + 1 },
    ];
    const commitments = [
      credentialCommitment(credential, opening),
      ...changes.map((change) => credentialCommitment({ ...credential, ...change }, opening)),
      credentialCommitment(credential, { ...opening, blinding: opening.blinding + 1n }),
      credentialCommitment(credential, { ...opening, secret: secretDigest('another') }),
    ];
    expect(new Set(commitments).size).toBe(commitments.length);
    const bindings = changes.slice(0, 5).map((c) => bindingCommitment({ ...credential, ...c }));
    expect(new Set([bindingCommitment(credential), ...bindings]).size).toBe(6);
  });

  it('is refused for what has no one form', () => {
    const changes: Partial<Credential>[] = [
      { scopes: ['b', 'a'] },
      { scopes: ['a', 'a'] },
      { scopes: ['a b'] },
      { scopes: scopesOf(MAX_SCOPES + 1) },
      { host: 'Registry.example' },
      { host: '' },
      { expiry: 0 },
      { expiry: 2 ** 32 },
      { tab: 'B62' },
      { network: '' },
      { purpose: 'other' as 'job' },
    ];
    for (const change of changes)
      expect(
        refusal(() => credentialCommitment({ ...credential, ...change }, opening)),
        JSON.stringify(change)
      ).toBe('SHAPE');
    const full = { ...credential, scopes: scopesOf(MAX_SCOPES) };
    expect(refusal(() => credentialCommitment(full, opening))).toBeUndefined();
  });

  it('has a path for each of its scopes and for no other', () => {
    for (const count of [1, 5, MAX_SCOPES]) {
      const scopes = scopesOf(count);
      for (const wanted of scopes) {
        const { siblings, index } = scopePath(scopes, wanted);
        expect(siblings).toHaveLength(SCOPE_DEPTH);
        const root = siblings.reduce(
          (node, sibling, depth) =>
            (index >> depth) & 1
              ? hashIn('scopeNode', sibling, node)
              : hashIn('scopeNode', node, sibling),
          scopeLeaf(wanted)
        );
        expect(root).toBe(scopeRoot(scopes));
      }
      expect(refusal(() => scopePath(scopes, 'scope'))).toBe('SHAPE');
    }
  });
});

describe('a secret in the vault', () => {
  const secret = 'not a real one';
  const kept: Kept = { credential, secret, blinding: opening.blinding };
  let identity: string;
  let recipients: string[];
  let block: Uint8Array;
  let entry: VaultEntry;
  beforeAll(async () => {
    identity = await generateHybridIdentity();
    recipients = [await identityToRecipient(identity)];
    ({ block, entry } = await sealCredential(kept, { recipients, epoch: 3 }));
  });

  it('opens to what was put, for whoever has a key', async () => {
    expect(parseVaultEntry(block)).toEqual(entry);
    expect(await openCredential(entry, [identity], credential)).toEqual(kept);
    expect(entry.commitment).toBe(hex(credentialCommitment(credential, opening)));
    expect(await refusalOf(openCredential(entry, [], credential))).toBe('ENVELOPE');
    const stranger = await generateHybridIdentity();
    expect(await refusalOf(openCredential(entry, [stranger], credential))).toBe('ENVELOPE');
  });

  it('K1: shows neither itself nor where and for what it is good', () => {
    const text = Buffer.from(block).toString();
    const digest = Buffer.from(opening.secret).toString('hex');
    for (const word of [secret, digest, 'registry', 'packages', hex(opening.blinding)])
      expect(text).not.toContain(word);
  });

  it('K3: is refused for another service, tab, network or purpose than it is bound to', async () => {
    for (const change of [
      { service: other },
      { tab: other },
      { tab: null },
      { network: 'mina:mainnet' },
      { purpose: 'trigger' as const },
    ]) {
      const wanted = { ...credential, ...change };
      expect(await refusalOf(openCredential(entry, [identity], wanted))).toBe('COMMITMENT');
      // A thief relabels the block: what is sealed still says what it was for.
      const { service, tab, network, purpose } = wanted;
      const relabelled = { ...entry, service, tab, network, purpose };
      expect(await refusalOf(openCredential(relabelled, [identity], wanted))).toBe('COMMITMENT');
    }
  });

  it('K3: is refused where it opens to something else than its commitment says', async () => {
    const swapped = await sealCredential({ ...kept, secret: 'another' }, { recipients, epoch: 3 });
    for (const changed of [
      { ...entry, sealed: swapped.entry.sealed },
      { ...entry, commitment: swapped.entry.commitment },
    ])
      expect(await refusalOf(openCredential(changed, [identity], credential))).toBe('COMMITMENT');
    for (const change of [
      { host: 'elsewhere.example' },
      { expiry: credential.expiry + 1 },
      { scopes: [] },
      { blinding: hex(1n) },
    ]) {
      const content = {
        version: 1,
        ...credential,
        secret,
        blinding: hex(opening.blinding),
        ...change,
      };
      const sealed = Buffer.from(await seal(encodeJson(content), recipients)).toString('base64');
      expect(
        await refusalOf(openCredential({ ...entry, sealed }, [identity], credential)),
        JSON.stringify(change)
      ).toBe('COMMITMENT');
    }
  });

  it('I4: has its fields, within their bounds', () => {
    const parse = (change: object): unknown =>
      refusal(() => parseVaultEntry(encodeJson({ ...entry, ...change })));
    expect(parse({})).toBeUndefined();
    for (const change of [
      { version: 2 },
      { extra: 1 },
      { epoch: -1 },
      { epoch: 2 ** 32 },
      { commitment: 'ff'.repeat(32) },
      { commitment: entry.commitment.slice(1) },
      { tab: undefined },
      { service: 'B62' },
    ])
      expect(parse(change), JSON.stringify(change)).toBe('SHAPE');
    expect(refusal(() => parseVaultEntry(new Uint8Array(2 ** 20)))).toBe('SIZE');
  });

  it('may be as long as a secret of an envelope, and is not empty', async () => {
    const to = { recipients, epoch: 3 };
    const long = { ...kept, secret: '\u0001'.repeat(MAX_SECRET_CHARS) };
    const { entry: sealed } = await sealCredential(long, to);
    expect(await openCredential(sealed, [identity], credential)).toEqual(long);
    for (const text of ['', 'x'.repeat(MAX_SECRET_CHARS + 1)])
      expect(await refusalOf(sealCredential({ ...kept, secret: text }, to))).toBe('SHAPE');
  });
});

describe('a note', () => {
  const [one, two] = ['11'.repeat(32), '22'.repeat(32)] as const;

  it('names the credentials that the runner opened', () => {
    const withTwo = { ...note, credentials: [one, two] };
    expect(parseNote(encodeNote(withTwo))).toEqual(withTwo);
    expect(parseNote(encodeNote(note))).toEqual(note);
  });

  it('I4: names each once, in order, and at most eight', () => {
    const write = (credentials: string[]): unknown =>
      refusal(() => encodeNote({ ...note, credentials }));
    expect(write([two, one])).toBe('ENCODING');
    expect(write([one, one])).toBe('ENCODING');
    const many = Array.from({ length: 9 }, (_, i) => `${i}0`.repeat(32));
    expect(write(many)).toBe('SIZE');
    expect(write(many.slice(1))).toBeUndefined();
    const text = Buffer.from(encodeNote({ ...note, credentials: [one, two] })).toString();
    const lines = text.split('\n');
    const first = lines.findIndex((line) => line.startsWith('credential '));
    [lines[first], lines[first + 1]] = [lines[first + 1]!, lines[first]!];
    expect(refusal(() => parseNote(Buffer.from(lines.join('\n'))))).toBe('ENCODING');
  });
});
