import { Field, Poseidon } from 'o1js';
import { DOMAIN, type Domain } from '../formats/domain.ts';

export { hashIn };

/**
 * Poseidon with the domain's prefix in front; equal to the function of the same name in `formats`.
 * Rows: 13 for each two elements.
 */
const hashIn = (domain: Domain, ...input: Field[]): Field =>
  Poseidon.hash([Field(DOMAIN[domain]), ...input]);
