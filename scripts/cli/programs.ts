/** What the command line proves by itself: a bundle of its own, since it is the one with o1js in it. */
export { proveActiveTab, verifyActiveTabProof } from '../../contracts/programs/prove-active-tab.ts';
export {
  proveCredential,
  verifyCredentialProof,
} from '../../contracts/programs/prove-credential.ts';
export { compileProgram } from '../../contracts/zkapps/compile-all.ts';
