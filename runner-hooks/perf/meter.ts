export { SAMPLES_PER_SECOND, meterCommand, samplingOptions };

import { EVENTS } from './events.ts';

/** Not 100, which would beat with timers of 10 ms. */
const SAMPLES_PER_SECOND = 99;
/** Longer jobs are sampled less often, so that a day's profile is not a gigabyte. */
const MAX_SAMPLES = 500_000;

/**
 * How `perf record` samples. By cpu-clock, which every machine has, in user space only, and unwinding by
 * frame pointers: the dwarf way copies stack memory into the recording, secrets included (threat K1).
 * No build ids, which would have perf parse the job's files on the host, and no watch on BPF programs,
 * whose thread takes a second to end.
 * @param seconds the longest the job may take
 * @param known what is to be said of processes that ran before
 */
function samplingOptions(seconds: number, known: 'no' | 'task,mmap' = 'no'): string[] {
  const frequency = Math.max(1, Math.min(SAMPLES_PER_SECOND, Math.floor(MAX_SAMPLES / seconds)));
  return [
    ...['--quiet', '--no-buildid', '--no-buildid-cache', '--no-bpf-event', `--synth=${known}`],
    ...['--event', 'cpu-clock:u', '--freq', `${frequency}`, '--call-graph', 'fp'],
  ];
}

/**
 * The command line that counts and samples whatever is appended to it, children included.
 *
 * `perf stat` is the inner one, so that it counts the job and not the recorder.
 * @param files where perf writes, outside the sandbox
 * @param seconds the longest the job may take
 */
function meterCommand(files: { stat: string; samples: string }, seconds: number): string[] {
  const counting = ['-j', '--event', Object.keys(EVENTS).join(',')];
  return [
    ...['perf', 'record', ...samplingOptions(seconds), '--output', files.samples, '--'],
    ...['setpriv', '--pdeathsig', 'KILL', '--'],
    ...['perf', 'stat', ...counting, '--output', files.stat, '--'],
  ];
}
