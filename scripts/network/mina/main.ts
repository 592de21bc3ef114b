import { MinaNetworkError } from './errors.ts';
import { type MinaOptions, startMina } from './mina.ts';

/**
 * A network in a process of its own, for `spawn.ts`: options as JSON in the first argument, one line of
 * JSON on standard output when it is ready or can't be, and it ends when standard input does, so
 * that it never outlives whoever started it.
 */
const say = (message: unknown): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

try {
  const options = JSON.parse(process.argv[2] ?? '{}') as MinaOptions;
  const network = await startMina(options);
  const { graphql, archive, accountManager, networkId } = network;
  let stopping: Promise<void> | undefined;
  const end = (): void => {
    stopping ??= network.stop().then(() => process.exit(0));
  };
  process.stdin.on('end', end).on('error', end).resume();
  process.on('SIGTERM', end).on('SIGINT', end);
  say({ graphql, archive, accountManager, networkId });
} catch (error) {
  const code = error instanceof MinaNetworkError ? error.code : undefined;
  say({ error: error instanceof Error ? error.message : String(error), code });
  process.exit(1);
}
