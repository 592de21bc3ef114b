import type { CheckLine } from './check-words.ts';

export { type Verdict, verdictOf };

interface Verdict {
  readonly tone: 'good' | 'bad';
  readonly title: string;
  /** What is shown by it, and what is not. */
  readonly text: string;
}

/**
 * The answer in words. It never says more than the checks do: they show publication and consistency, and
 * no check can show that a runner ran what it says it ran.
 *
 * @param jobs how many were checked, and how many of them are paid
 */
function verdictOf(
  findings: readonly CheckLine[],
  jobs: { readonly checked: number; readonly settled: number }
): Verdict {
  const failed = findings.filter(({ ok }) => !ok);
  if (failed.length > 0) {
    const names = [...new Set(failed.map(({ id }) => id))].join(', ');
    return {
      tone: 'bad',
      title: `${failed.length} of ${findings.length} checks ${failed.length === 1 ? 'fails' : 'fail'}: ${names}`,
      text: 'Do not rely on it. What failed, and what was held against what, stands in its line below.',
    };
  }
  const count = jobs.checked === 1 ? 'The receipt' : `All ${jobs.checked} receipts`;
  const paid =
    jobs.settled === jobs.checked
      ? 'paid by a proof'
      : jobs.settled === 0
        ? 'not paid yet'
        : `${jobs.settled} of them paid by a proof`;
  return {
    tone: 'good',
    title: `All ${findings.length} checks hold`,
    text:
      `${count} ${jobs.checked === 1 ? 'is' : 'are'} what was signed, published and priced, ${paid}. ` +
      'This shows publication and consistency. It does not show that the runner honestly ran the job: ' +
      'a runner can make up an output, and only another run of the same job tells.',
  };
}
