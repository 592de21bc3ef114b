import { serveProver } from '../../../oracle/prove/serve.ts';

const command = (value: unknown) => ({ command: JSON.stringify(value) });

/** A prover's process with work that a test can watch, in place of circuits. */
serveProver({
  // What a log's proof must not end in.
  log: ({ notes }) => Promise.resolve(command(notes.length) as never),
  async refund({ amount, terms }, { onProgress }) {
    onProgress({ what: `refunding with ${terms.length} bytes of terms`, done: 1, of: 2 });
    if (amount === 1n) throw new RangeError('one nanomina is too little');
    if (amount === 2n) process.kill(process.pid, 'SIGKILL');
    if (amount === 4n) process.send!({ type: 'done', id: 'four', result: null });
    if (amount === 5n)
      process.stderr.write('out of memory, says the prover\n', () => process.exit(9));
    if (amount >= 3n && amount <= 5n) await new Promise(() => setInterval(() => undefined, 1000));
    if (amount === 6n) return command(process.env);
    if (amount >= 1000n) await new Promise((done) => setTimeout(done, Number(amount - 1000n)));
    return command({ amount: amount.toString(), pid: process.pid });
  },
});
