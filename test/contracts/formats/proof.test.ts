import { describe, expect, it } from 'vitest';
import { credentialCommitment, bindingCommitment } from '../../../contracts/formats/credential.ts';
import {
  MAX_PROOF_BYTES,
  activeTabOutput,
  contextOf,
  credentialOutput,
  parseActiveTabProof,
  parseCredentialProof,
} from '../../../contracts/formats/proof.ts';
import { MODULUS } from '../../../contracts/formats/field.ts';
import { credential, opening } from '../../vectors/sample.ts';
import { refusal } from './refusal.ts';

const { network, service, tab, purpose } = credential;
const claim = {
  ...{ network, service, tab, purpose, host: null, scope: null, until: 0, sameAs: null },
  commitment: String(credentialCommitment(credential, opening)),
};
const proof = { version: 1, program: 'credential', claim, proof: 'AAAA' };
const ofTab = {
  version: 1,
  program: 'active-tab',
  claim: { tabs: '1', minimum: '2', slot: 3, context: 'the lounge, today' },
  proof: 'AAAA',
};

describe('a file with a proof', () => {
  it('is read as it was written', () => {
    expect(parseCredentialProof(structuredClone(proof))).toEqual(proof);
    expect(parseActiveTabProof(structuredClone(ofTab))).toEqual(ofTab);
  });

  it('I4: has its fields, within their bounds, and says nothing in one way only', () => {
    for (const change of [
      { version: 2 },
      { program: 'active-tab' },
      { extra: 1 },
      { proof: 'no base 64' },
      { proof: 'A'.repeat(MAX_PROOF_BYTES + 4) },
      { claim: { ...claim, sameAs: '0' } },
      { claim: { ...claim, commitment: '0' } },
      { claim: { ...claim, commitment: String(MODULUS) } },
      { claim: { ...claim, sameAs: '01' } },
      { claim: { ...claim, scope: 'a b' } },
      { claim: { ...claim, host: 'Registry.example' } },
      { claim: { ...claim, until: -1 } },
      { claim: { ...claim, tab: 'B62' } },
    ])
      expect(
        refusal(() => parseCredentialProof({ ...proof, ...change })),
        JSON.stringify(change)
      ).toBe('SHAPE');
    for (const change of [
      { tabs: '-1' },
      { minimum: String(1n << 64n) },
      { slot: 2 ** 32 },
      { context: '' },
      { context: 'x'.repeat(1_025) },
    ])
      expect(
        refusal(() => parseActiveTabProof({ ...ofTab, claim: { ...ofTab.claim, ...change } })),
        JSON.stringify(change)
      ).toBe('SHAPE');
  });

  it('claims, element by element, what a verifier computes from its words', () => {
    expect(credentialOutput(parseCredentialProof(proof).claim)).toEqual([
      ...[credentialCommitment(credential, opening), bindingCommitment(credential)],
      ...[0n, 0n, 0n, 0n, 0n],
    ]);
    const { claim: said } = parseActiveTabProof(ofTab);
    expect(activeTabOutput(said)).toEqual([1n, 2n, 3n, contextOf(said.context)]);
    expect(contextOf(said.context)).not.toBe(contextOf('the lounge, tomorrow'));
    expect(contextOf(said.context)).toBeLessThan(1n << 248n);
  });
});
