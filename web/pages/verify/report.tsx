import { type Component, For, Index, Show, createMemo, createSignal } from 'solid-js';
import { Dynamic } from 'solid-js/web';
import { describeExit } from '../../../contracts/formats/job.ts';
import type { Finding, Verification } from '../../../requester/verify.ts';
import { Address } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Checks } from '../../components/checks/checks.tsx';
import { verdictOf } from '../../components/checks/verdict.ts';
import { Notice } from '../../components/notice.tsx';
import { Words } from '../../components/words.tsx';
import type { CarFinding } from '../../store/brought-car.ts';
import { type Group, groupsOf } from './groups.ts';

export { Report };

/** Jobs shown at once; those with a failed check stand first. */
const FEW = 5;

/** Every check as it is made, and the verdict once all are. */
function Report(props: {
  readonly carFindings: readonly CarFinding[];
  readonly findings: readonly Finding[];
  readonly answer: Verification | undefined;
  /** Offers the full proof of a log, where the page can make one. */
  readonly prover?: Component<{ readonly verification: Verification }> | undefined;
}) {
  const [isLong, setLong] = createSignal(false);
  const all = createMemo(() => [...props.carFindings, ...props.findings]);
  const groups = createMemo(() => groupsOf(props.carFindings, props.findings));
  const jobs = createMemo(() => groups().filter(({ kind }) => kind === 'job'));
  const shown = createMemo(() => [
    ...groups().filter(({ kind }) => kind !== 'job'),
    ...(isLong() ? jobs() : jobs().slice(0, FEW)),
  ]);
  const verdict = createMemo(() => {
    const { answer } = props;
    if (answer === undefined) return undefined;
    const settled = answer.jobs.filter(({ isSettled }) => isSettled).length;
    return verdictOf(all(), { checked: answer.jobs.length, settled });
  });
  return (
    <div class="report">
      <Show when={verdict()}>
        {(found) => (
          <Notice tone={found().tone} title={found().title}>
            {found().text}
          </Notice>
        )}
      </Show>
      <Show when={props.answer}>
        {(answer) => (
          <p class="report__place">
            <span>
              Tab <Address value={answer().tab} />
            </span>
            <span>
              Log <Words text={answer().repository} />
            </span>
          </p>
        )}
      </Show>
      <Index each={shown()}>
        {(group) => (
          <Checks
            title={titleOf(group())}
            findings={group().findings}
            aside={<JobFacts group={group()} answer={props.answer} />}
          />
        )}
      </Index>
      <Show when={jobs().length > FEW && !isLong()}>
        <Button onClick={() => setLong(true)}>
          Show {jobs().length - FEW} more {jobs().length - FEW === 1 ? 'job' : 'jobs'}
        </Button>
      </Show>
      <Show when={props.answer?.ok === true && props.prover}>
        {(prover) => <Dynamic component={prover()} verification={props.answer!} />}
      </Show>
    </div>
  );
}

const titleOf = ({ kind, sequence }: Group): string =>
  ({ car: 'The file', tab: 'Tab and log', service: 'Service', job: `Job ${sequence ?? ''}` })[kind];

/** What the job came to, beside its checks. */
function JobFacts(props: { readonly group: Group; readonly answer: Verification | undefined }) {
  const job = () =>
    props.answer?.jobs.find(({ entry }) => entry.note.receipt.sequence === props.group.sequence);
  return (
    <For each={job() === undefined ? [] : [job()!]}>
      {({ entry, isSettled }) => (
        <span class="row row--tight small">
          <span class="soft">{describeExit(entry.note.exitStatus)}</span>
          <Amount nanomina={entry.note.receipt.amount} />
          <Badge tone={isSettled ? 'good' : 'neutral'}>{isSettled ? 'Settled' : 'Pending'}</Badge>
        </span>
      )}
    </For>
  );
}
