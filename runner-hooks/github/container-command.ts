export { type ContainerCommand, parseCommand, commandMasks };

import * as v from 'valibot';

const text = v.nullish(v.string(), undefined);
const environment = v.nullish(v.record(v.string(), text));
const Container = v.object({
  environmentVariables: environment,
  registry: v.nullish(v.object({ password: text })),
});
/** The parts of a container hook's input that secrets can be in. */
const CommandSchema = v.object({
  command: v.picklist(['prepare_job', 'cleanup_job', 'run_script_step', 'run_container_step']),
  responseFile: text,
  args: v.nullish(
    v.object({
      ...Container.entries,
      container: v.nullish(Container),
      services: v.nullish(v.array(Container)),
    })
  ),
});
type ContainerCommand = v.InferOutput<typeof CommandSchema>;

/** `undefined` for what we do not know: then it is the delegate's alone. */
function parseCommand(input: Uint8Array): ContainerCommand | undefined {
  try {
    return v.parse(CommandSchema, JSON.parse(new TextDecoder().decode(input)));
  } catch {
    return undefined;
  }
}

/** What the runner itself sets, and what is the same on every machine. */
const OPEN = /^(GITHUB_|RUNNER_)|^(CI|HOME|PATH|PWD|LANG|SHELL|NODE_ENV)$/;
const SHORTEST = 8;

/**
 * Every value that a container is given and that could be a secret: a workflow may hand one in under any
 * name, so all are hidden that are not the runner's own.
 */
function commandMasks({ args }: ContainerCommand): string[] {
  const containers = [args, args?.container, ...(args?.services ?? [])];
  const values = containers.flatMap((container) => [
    container?.registry?.password,
    ...Object.entries(container?.environmentVariables ?? {}).flatMap(([name, value]) =>
      OPEN.test(name) && !name.endsWith('TOKEN') ? [] : [value]
    ),
  ]);
  return [...new Set(values)].filter(
    (value): value is string =>
      typeof value === 'string' && value.length >= SHORTEST && !/^(true|false|[0-9]+)$/.test(value)
  );
}
