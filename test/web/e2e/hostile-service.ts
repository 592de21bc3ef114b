import type { Descriptor } from '../../../contracts/formats/descriptor.ts';
import { quickService } from './quick-service.ts';

export { hostileService, HOSTILE_NAME, INTRUSION };

/** Runs where a stranger's words are taken for a page. */
const INTRUSION = '<img src=x onerror="window.intruder=1">';
/** Markup, terminal codes, and marks that turn what follows around. */
const HOSTILE_NAME = `${INTRUSION}\u001b[31m\u202eREVERSED`;

const lines = [
  INTRUSION,
  '<script>window.intruder=1</script>',
  '\\033]8;;javascript:window.intruder=1\\033\\\\click\\033]8;;\\033\\\\',
  '\\033[2J\\033[31mred\\033[0m',
  '\\342\\200\\256desrever',
  'javascript:window.intruder=1',
];

/** Everything in it that a provider may choose is meant to do harm; its log is as long as asked for. */
const hostileService = (repository: string, commit: string): Descriptor => {
  const quick = quickService(repository, commit);
  return {
    ...quick,
    name: HOSTILE_NAME,
    description: `${HOSTILE_NAME}\n[click](javascript:window.intruder=1) <script>window.intruder=1</script>`,
    licence: INTRUSION,
    job: {
      phases: [
        {
          name: 'harm',
          script: [
            `printf '${lines.join('\\n')}\\n'`,
            "mkdir out; echo '<script>window.intruder=1</script>' > 'out/<img src=x onerror=1>.html'",
            'megabytes=$(tr -dc 0-9 < "$RUNPROOF_PARAMETERS")',
            // `yes` ends by a signal, which would end the phase.
            `(yes 'one of very many lines, with <b>markup</b> in it' || :) | head -c "$megabytes"000000`,
            'echo; echo the last line',
          ].join('\n'),
        },
      ],
      outputs: ['out'],
    },
    parameters: {
      type: 'object',
      properties: {
        megabytes: {
          type: 'integer',
          title: INTRUSION,
          description: HOSTILE_NAME,
          minimum: 0,
          maximum: 100,
          default: 0,
        },
      },
      required: ['megabytes'],
      additionalProperties: false,
    },
    limits: { ...quick.limits, logBytes: 120_000_000 },
  };
};
