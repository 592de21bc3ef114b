import type { LocalDescriptor } from '../../../contracts/formats/descriptor.ts';

export { quickService };

/** A job of a moment, whose form has every kind of field. */
const quickService = (repository: string, commit: string): LocalDescriptor => ({
  version: 1,
  name: 'Quick echo',
  description: 'Writes its parameters into a file and a few lines into its log.',
  source: { repository, commit },
  job: {
    phases: [
      {
        name: 'echo',
        script:
          'mkdir out\ncp "$RUNPROOF_PARAMETERS" out/parameters.json\n' +
          'for i in 1 2 3; do echo "line $i of the log"; done\nprintf \'<b>bold</b> \\033[31mred\\n\'',
      },
      { name: 'check', script: 'test -s out/parameters.json && sha256sum out/parameters.json' },
    ],
    outputs: ['out'],
  },
  driver: 'local',
  parameters: {
    type: 'object',
    properties: {
      greeting: {
        type: 'string',
        title: 'Greeting',
        minLength: 1,
        maxLength: 40,
        default: 'Hello',
      },
      tone: { type: 'string', title: 'Tone', enum: ['calm', 'loud'], default: 'calm' },
      times: { type: 'integer', title: 'Times', minimum: 1, maximum: 5, default: 1 },
      shout: { type: 'boolean', title: 'Shout', default: false },
    },
    required: ['greeting'],
    additionalProperties: false,
  },
  price: { base: '10000000', perSecond: '20000000', token: 'MINA' },
  limits: {
    seconds: 60,
    memoryBytes: 2 ** 28,
    processes: 64,
    outputBytes: 2 ** 20,
    logBytes: 2 ** 20,
    network: false,
  },
  result: 'public',
  licence: 'Apache-2.0',
});
