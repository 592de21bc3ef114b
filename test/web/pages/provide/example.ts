import { generateKeyPair } from '../../../../contracts/chain/sign.ts';
import { NO_DRAFT, type ServiceDraft } from '../../../../web/pages/provide/draft.ts';

export { fullDraft };

/** A form that is filled in whole. */
const fullDraft = (): ServiceDraft => ({
  ...structuredClone(NO_DRAFT),
  name: ' Release build ',
  description: 'Builds a release.',
  repository: 'https://git.example/owner/project.git',
  commit: 'ABCDEF0123456789abcdef0123456789abcdef01',
  phases: [
    { name: 'build', script: 'make\r\nmake dist\r\n' },
    { name: 'check', script: 'make check' },
  ],
  outputs: 'dist\n\n out/app.tar \n',
  base: '0.5',
  perSecond: '0.000000001',
  keyset: {
    runner: generateKeyPair().publicKey,
    payee: generateKeyPair().publicKey,
    recipients: `age1pq1${'q'.repeat(60)}\n`,
    peers: '/dns4/ci.example/tcp/4443/wss/p2p/12D3KooW\n/ip4/203.0.113.7/tcp/4001/p2p/12D3KooW',
    endpoint: 'https://ci.example/runproof',
    log: 'https://git.example/owner/log.git',
  },
});
