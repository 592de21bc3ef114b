import { fromText } from './field.ts';

export { DOMAIN, type Domain };

/**
 * Every domain-separation prefix of version 1: the first element of each Poseidon input. Within a
 * domain the number of elements is fixed, so Poseidon's zero padding makes no two inputs collide.
 */
const DOMAIN = {
  terms: fromText('runproof/1/terms'),
  request: fromText('runproof/1/request'),
  extension: fromText('runproof/1/extension'),
  closing: fromText('runproof/1/closing'),
  key: fromText('runproof/1/key'),
  executionStart: fromText('runproof/1/execution/start'),
  executionPhase: fromText('runproof/1/execution/phase'),
  executionEnd: fromText('runproof/1/execution/end'),
  counter: fromText('runproof/1/perf/counter'),
  profile: fromText('runproof/1/perf/profile'),
  perfNode: fromText('runproof/1/perf/node'),
  body: fromText('runproof/1/body'),
  receipt: fromText('runproof/1/receipt'),
  log: fromText('runproof/1/log'),
  origin: fromText('runproof/1/origin'),
  credential: fromText('runproof/1/credential'),
  credentialBinding: fromText('runproof/1/credential/binding'),
  scope: fromText('runproof/1/credential/scope'),
  scopeNode: fromText('runproof/1/credential/node'),
  tabEntry: fromText('runproof/1/tabs/entry'),
  tabNode: fromText('runproof/1/tabs/node'),
  tabControl: fromText('runproof/1/tabs/control'),
} as const;

type Domain = keyof typeof DOMAIN;
