import { Match, Show, Switch, createResource, createSignal, onCleanup, onMount } from 'solid-js';
import { genesisId } from '../../../contracts/formats/log-commit.ts';
import type { ClaimFinding } from '../../../requester/log-claim.ts';
import type { Verification } from '../../../requester/verify.ts';
import { Button } from '../../components/button.tsx';
import { Checks } from '../../components/checks/checks.tsx';
import { CommandLine } from '../../components/copy.tsx';
import { Notice } from '../../components/notice.tsx';
import { sentenceOf } from '../../components/sentence.ts';
import { Steps } from '../../components/steps.tsx';
import { Words } from '../../components/words.tsx';
import { useApp } from '../../store/app.tsx';
import { proveCommand } from '../../store/command-lines.ts';
import { isolateFor, proverAvailability, provenLog, takeIntentOf } from '../../store/proving.ts';

export { LogProof };

/** More take a browser longer than anybody waits: about a minute or two each. */
const MOST_JOBS = 8;

/**
 * Proves the settled log in the page, with the circuit that settled it. The checks above have compared
 * the same things one by one; this asks nobody to believe that they are the right ones.
 */
function LogProof(props: { readonly verification: Verification }) {
  const app = useApp();
  const [availability] = createResource(proverAvailability);
  const [step, setStep] = createSignal('');
  const [since, setSince] = createSignal<number>();
  const [findings, setFindings] = createSignal<readonly ClaimFinding[]>([]);
  const [problem, setProblem] = createSignal<unknown>();
  const [refused, setRefused] = createSignal<readonly string[]>([]);
  let running: AbortController | undefined;
  onCleanup(() => running?.abort());

  const settled = () => props.verification.jobs.filter(({ isSettled }) => isSettled);
  const isWhole = (): boolean =>
    settled()[0]?.entry.commit.parent === genesisId(props.verification.tab);
  /** For whoever hears the page; a failure is told by its notice. */
  const said = (): string =>
    since() !== undefined ? step() : findings().length > 0 ? 'The proof is made.' : '';
  const intent = (): string => `prove the log of ${props.verification.tab}`;

  const prove = async (): Promise<void> => {
    const { signal } = (running = new AbortController());
    setSince(Date.now());
    setStep('');
    setProblem(undefined);
    setFindings([]);
    setRefused([]);
    try {
      if ((await proverAvailability()).kind === 'after-reload') {
        const now = await isolateFor(intent());
        if (now.kind === 'unavailable') throw new Error(now.message);
      }
      const notes = settled().map(({ entry }) => entry.note);
      const told = await provenLog(app, notes, {
        signal,
        onProgress: ({ what, done, of }) => setStep(of > 1 ? `${what}, ${done} of ${of}` : what),
        onRefused: (file) => setRefused((before) => [...before, file]),
      });
      setFindings(told);
    } catch (error) {
      if (!signal.aborted) setProblem(error);
    } finally {
      setSince(undefined);
    }
  };
  onMount(() => {
    if (takeIntentOf(intent())) void prove();
  });

  return (
    <section class="stack">
      <h2>Prove it yourself</h2>
      <p class="soft">
        Makes the proof that the contract was paid by, in this page, and compares what it says with
        the chain. Takes some minutes, about 3 GB of memory and no wallet.
      </p>
      <p class="unseen" role="status">
        {said()}
      </p>
      <Switch>
        <Match when={availability()?.kind === 'unavailable' && availability()} keyed>
          {(why) => (
            <Notice tone="info" title="This page cannot prove here">
              {'message' in why ? why.message : ''} The checks above hold without it.
              <ByCommand tab={props.verification.tab} />
            </Notice>
          )}
        </Match>
        <Match when={settled().length === 0}>
          <p class="soft">Nothing of this log is settled yet.</p>
        </Match>
        <Match when={!isWhole()}>
          <p class="soft">
            A proof begins at the log’s genesis.{' '}
            <a href={`#/verify/${props.verification.tab}`}>Verify the whole tab</a> first.
          </p>
        </Match>
        <Match when={settled().length > MOST_JOBS}>
          <p class="soft">
            {settled().length} jobs are more than a page can prove: it manages {MOST_JOBS}. The
            checks above hold without it.
          </p>
          <ByCommand tab={props.verification.tab} />
        </Match>
        <Match when={since()} keyed>
          {(began) => (
            <>
              <Steps
                steps={[
                  {
                    ...{ label: 'Prove the log', state: 'running', since: began },
                    detail: <Words text={step()} />,
                  },
                ]}
              />
              <div>
                <Button onClick={() => running?.abort()}>Stop</Button>
              </div>
            </>
          )}
        </Match>
        <Match when={availability()}>
          <div>
            <Button onClick={() => void prove()}>
              Prove {settled().length} {settled().length === 1 ? 'job' : 'jobs'} in this page
            </Button>
          </div>
        </Match>
      </Switch>
      <Show when={refused().length > 0}>
        <Notice tone="warn" title="Key files were swapped">
          <Words text={refused().join(', ')} /> came otherwise than this release was built with, and
          were not used.
        </Notice>
      </Show>
      <Show when={problem()}>
        {(error) => (
          <Notice tone="bad" title="It could not be proven">
            <Words text={sentenceOf(error())} />
          </Notice>
        )}
      </Show>
      <Show when={findings().length > 0}>
        <Checks title="The proof" findings={findings()} />
      </Show>
    </section>
  );
}

const ByCommand = (props: { readonly tab: string }) => {
  const app = useApp();
  return (
    <div class="stack stack--tight">
      <p class="small soft">The command line makes the same proof:</p>
      <CommandLine line={proveCommand(app.settings(), props.tab)} />
    </div>
  );
};
