import { Field, UInt32 } from 'o1js';
import { describe, expect, it } from 'vitest';
import { proven } from '../../circuit/method.ts';
import {
  type Credential as Plain,
  type Opening,
  bindingCommitment,
  credentialCommitment,
  hostDigest,
  scopeLeaf,
  secretDigest,
} from '../../../contracts/formats/credential.ts';
import { halves } from '../../../contracts/formats/field.ts';
import { Credential, CredentialClaim, Shown } from '../../../contracts/programs/credential.ts';
import { Credential as Opened, Scope } from '../../../contracts/provable/credential.ts';
import { credential, opening, publicKey } from '../../vectors/sample.ts';

const [show] = [Credential.rawMethods.show];
type Inputs = Parameters<typeof show>;
const { host, scopes, expiry } = credential;

/** The same secret, put again for another tab. */
const again: Plain = { ...credential, tab: publicKey(99), scopes: [], expiry: 1 };
const openingAgain: Opening = { ...opening, blinding: 77n };

interface Choice {
  readonly value?: Plain;
  readonly opened?: Opening;
  readonly shown?: Shown;
  readonly scope?: Scope;
  readonly until?: number;
  readonly other?: Opened;
}
const inputs = ({
  value = credential,
  opened = opening,
  shown = Shown.of({ host: true, scope: true, sameAs: true }),
  scope = Scope.from(scopes, scopes[1]!),
  until = expiry,
  other = Opened.from(again, openingAgain),
}: Choice = {}): Inputs => [Opened.from(value, opened), shown, scope, UInt32.from(until), other];

const TYPES = [Opened, Shown, Scope, UInt32, Opened] as const;
/** In order: commitment, binding, host in halves, scope, until, sameAs. */
const claim = (...given: Inputs): Promise<bigint[]> => proven(TYPES, show, given, CredentialClaim);

describe('a claim about a credential', () => {
  it('says what the formats say of it', async () => {
    const said = await claim(...inputs());
    expect(said).toEqual([
      credentialCommitment(credential, opening),
      bindingCommitment(credential),
      ...halves(hostDigest(host!)),
      scopeLeaf(scopes[1]!),
      BigInt(expiry),
      credentialCommitment(again, openingAgain),
    ]);
  });

  it('says nothing that is not to be shown', async () => {
    const said = await claim(
      ...inputs({
        shown: Shown.of(),
        scope: Scope.none(),
        until: 0,
        other: Opened.from(credential, opening),
      })
    );
    expect(said.slice(2)).toEqual([0n, 0n, 0n, 0n, 0n]);
    expect(said[0]).toBe(credentialCommitment(credential, opening));
  });

  it('of a credential for no host shows none', async () => {
    const value = { ...credential, host: null };
    const said = await claim(...inputs({ value, shown: Shown.of({ host: true }) }));
    expect(said.slice(2, 4)).toEqual([0n, 0n]);
  });

  it('is refused for an expiry that comes earlier', async () => {
    await expect(claim(...inputs({ until: expiry + 1 }))).rejects.toThrow(/expires earlier/);
    await expect(claim(...inputs({ until: expiry - 1 }))).resolves.toBeDefined();
  });

  it('is refused for a scope that it has not, whatever path is given', async () => {
    const only = Shown.of({ scope: true });
    const foreign = Scope.from(['read:packages', 'zzz'], 'zzz');
    const atOurPlace = Scope.from(scopes, scopes[1]!);
    atOurPlace.leaf = foreign.leaf;
    const turned = Scope.from(scopes, scopes[1]!);
    turned.isRight[0] = turned.isRight[0]!.not();
    for (const scope of [foreign, atOurPlace, turned])
      await expect(claim(...inputs({ shown: only, scope }))).rejects.toThrow(/none of the/);
    const none = Scope.from(scopes, scopes[0]!);
    await expect(claim(...inputs({ shown: only, scope: none }))).resolves.toBeDefined();
  });

  it('is refused where the other commitment is to another secret', async () => {
    for (const secret of [
      secretDigest('another'),
      opening.secret.map((b, i) => (i === 31 ? b ^ 1 : b)),
    ])
      await expect(
        claim(...inputs({ other: Opened.from(again, { ...openingAgain, secret }) }))
      ).rejects.toThrow(/different secrets/);
  });

  it('O7: with any input changed is refused, or is about another commitment', async () => {
    const honest = await claim(...inputs());
    let tried = 0;
    for (const [i, type] of TYPES.entries()) {
      const codec = type as unknown as {
        toFields: (value: unknown) => Field[];
        fromFields: (fields: Field[]) => unknown;
      };
      const fields = codec.toFields(inputs()[i]);
      for (const at of fields.keys()) {
        const isFlag = type === Shown || (type === Scope && at >= 5);
        const change = isFlag ? Field(1).sub(fields[at]!) : fields[at]!.add(1);
        const given = inputs();
        const changed = codec.fromFields(fields.with(at, change));
        (given as unknown[])[i] = changed;
        const said = await claim(...given).catch(() => undefined);
        tried++;
        if (said === undefined) continue;
        // A flag that is off shows less, and the rest commits to other things.
        if (isFlag && type === Shown)
          expect(
            said.every((x, k) => x === 0n || x === honest[k]),
            `flag ${at}`
          ).toBe(true);
        else
          expect([said[0], said.at(-1)], `input ${i}, ${at}`).not.toEqual([
            honest[0],
            honest.at(-1),
          ]);
      }
    }
    expect(tried).toBe(8 + 3 + 9 + 1 + 8);
  });
});
