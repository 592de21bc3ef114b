import { join } from 'node:path';
import type { Descriptor } from '../../contracts/formats/descriptor.ts';
import { ROOT } from '../site/checkout.ts';
import type { DriverName } from './forge.ts';
import { WORKFLOW } from './workflow.ts';

export { SITE_PATH, appService, dependencies };

/** Where the site lies in a result of {@link appService}. */
const SITE_PATH = ['outputs', 'dist', 'site'];

const PHASES = {
  phases: [
    {
      name: 'build',
      script: 'node bin/build.mjs --out dist --parameters "$RUNPROOF_PARAMETERS"',
    },
    {
      name: 'check',
      script:
        'test ! -e dist/runproof.mjs || node --check dist/runproof.mjs\n' +
        'if grep -q \'"checksums":true\' "$RUNPROOF_PARAMETERS"; then\n' +
        "  find dist -type f | LC_ALL=C sort | xargs -d '\\n' sha256sum\nfi\n" +
        'node --import tsx scripts/site/cid.ts dist/site',
    },
  ],
  outputs: ['dist'],
};

/** What the demo sells: this app, built from this repository's own source. */
const appService = (
  repository: string,
  commit: string,
  driver: DriverName = 'local'
): Descriptor => ({
  ...(driver === 'local'
    ? { driver, job: PHASES }
    : {
        driver,
        job: { workflow: WORKFLOW[driver], ref: 'refs/heads/main', outputs: ['dist'] },
      }),
  version: 1,
  name: 'Runproof, built from source',
  description:
    'Builds the app that you may be reading this in, and the command line, from their own source, ' +
    'without network. The same commit gives the same bytes, so the CID of what you get is that of ' +
    'the page that anybody else has built.',
  source: { repository, commit },
  parameters: {
    type: 'object',
    properties: {
      title: {
        type: 'string',
        title: "Page's title",
        description: 'In the browser’s tab. Any other than this one gives another CID.',
        minLength: 1,
        maxLength: 60,
        default: 'Runproof',
      },
      include: {
        type: 'string',
        title: 'What to build',
        description: 'The app alone takes less time.',
        enum: ['app and command line', 'app'],
        default: 'app and command line',
      },
      checksums: {
        type: 'boolean',
        title: 'List checksums',
        description: 'Writes the SHA-256 of every file into the log.',
        default: false,
      },
    },
    additionalProperties: false,
  },
  price: { base: '10000000', perSecond: '20000000', token: 'MINA' },
  limits: {
    seconds: 300,
    memoryBytes: 3 * 2 ** 30,
    processes: 256,
    outputBytes: 64 * 2 ** 20,
    logBytes: 2 ** 20,
    network: false,
  },
  result: 'public',
  licence: 'Apache-2.0',
});

/** The provider's dependencies, read-only where Node looks for them from the work folder. */
const dependencies = { source: join(ROOT, 'node_modules'), target: '/job/work/node_modules' };
