import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import {
  type RunnerChange,
  changeRunner,
  chooseRunner,
  readRunners,
} from '../../../runner-hooks/install/runner-table.ts';

/** As `gitlab-runner register` writes it, with what people add. */
const CONFIG = `concurrent = 4
check_interval = 0 # often

[session_server]
  session_timeout = 1800

# The small one.
[[runners]]
  name = "small"
  url = "https://gitlab.example/"
  id = 7
  token = "glrt-aaaa"
  token_obtained_at = 2026-01-02T03:04:05Z
  executor = "shell" # as it always was
  [runners.cache]
    MaxUploadedArchiveSize = 0

# The big one.
[[runners]]
  name = 'big "one"'
  url = "https://gitlab.example/"
  token = "glrt-bbbb"
  executor = "docker"
  pre_build_script = """
echo [[runners]]
echo "executor = 'x'"
"""
  [runners.docker]
    image = "alpine" # [[runners]]
`;

const CHANGE: RunnerChange = {
  values: { executor: 'custom' },
  table: {
    name: 'custom',
    values: { run_exec: '/x/entry.sh', run_args: ['run'], graceful_kill_timeout: 60 },
  },
  comment: 'ours',
};
const code = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('a runner’s table in config.toml', () => {
  it('is changed in place, and no other byte of the file', () => {
    const changed = changeRunner(CONFIG, 0, CHANGE);
    expect(changed).toBe(
      CONFIG.replace(
        '  executor = "shell" # as it always was\n',
        `  executor = "custom" # ours
  [runners.custom] # ours
    run_exec = "/x/entry.sh"
    run_args = ["run"]
    graceful_kill_timeout = 60
`
      )
    );
    expect(parse(changed).runners).toMatchObject([
      { executor: 'custom', custom: { run_args: ['run'] }, cache: {} },
      { executor: 'docker' },
    ]);
  });

  it('has a value put in the place of one of several lines', () => {
    const changed = changeRunner(CONFIG, 1, {
      values: { pre_build_script: 'one\ntwo "three"', post_build_script: 'four' },
      comment: 'ours',
    });
    expect(changed).toContain(
      '  pre_build_script = "one\\ntwo \\"three\\"" # ours\n  post_build_script = "four" # ours\n  [runners.docker]\n'
    );
  });

  it('is left alone where a look-alike line stands in a value', () => {
    const config = CONFIG.replace('echo [[runners]]\n', '[[runners]]\n');
    expect(readRunners(config)).toHaveLength(2);
    expect(code(() => changeRunner(config, 1, CHANGE))).toBe('TARGET');
  });

  it.each([
    ['inline', 'runners = [{ name = "a", executor = "shell" }]\n'],
    ['with a dotted key', '[[runners]]\n"executor" = "shell"\nname = "a"\n'],
    [
      'without a value to a line',
      "[[runners]]\nname = '''\nexecutor = 1\n'''\nexecutor = 'shell'\n",
    ],
  ])('is left alone where it is written %s', (_, config) => {
    expect(code(() => changeRunner(config, 0, CHANGE))).toBe('TARGET');
  });

  it('works without an end to the last line, and with Windows’ ends', () => {
    const config = '[[runners]]\nname = "a"\nexecutor = "shell"';
    expect(parse(changeRunner(config, 0, CHANGE))).toMatchObject({
      runners: [{ name: 'a', executor: 'custom', custom: { run_args: ['run'] } }],
    });
    expect(changeRunner(CONFIG.replaceAll('\n', '\r\n'), 0, CHANGE)).toContain(
      '  executor = "custom" # ours'
    );
  });

  it('is chosen by name or token, and by nothing where there is one', () => {
    const runners = readRunners(CONFIG);
    expect(chooseRunner(runners, { name: 'small' })).toBe(0);
    expect(chooseRunner(runners, { tokenPrefix: 'glrt-b' })).toBe(1);
    expect(chooseRunner(runners.slice(1), {})).toBe(0);
    for (const which of [
      {},
      { name: 'none' },
      { tokenPrefix: 'glrt' },
      { name: 'small', tokenPrefix: 'glrt-b' },
    ])
      expect(code(() => chooseRunner(runners, which))).toBe('TARGET');
    expect(code(() => readRunners('concurrent = '))).toBe('TARGET');
    expect(code(() => readRunners('runners = 3'))).toBe('TARGET');
  });
});
