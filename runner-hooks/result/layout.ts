export { RESULT };

/** Where the parts of a result lie in its directory. */
const RESULT = {
  outputs: 'outputs',
  log: 'log.txt',
  counters: 'perf/counters.json',
  profile: 'perf/profile.speedscope.json',
  statement: 'statement.json',
} as const;
