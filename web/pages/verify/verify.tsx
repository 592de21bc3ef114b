import { useNavigate, useParams, useSearchParams } from '@solidjs/router';
import {
  type Component,
  Match,
  Show,
  Switch,
  createEffect,
  createSignal,
  on,
  onCleanup,
} from 'solid-js';
import { RequesterError } from '../../../requester/error.ts';
import type { Verification } from '../../../requester/verify.ts';
import { Button, LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Field } from '../../components/field.tsx';
import { FileInput } from '../../components/file-input.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { sentenceOf } from '../../components/sentence.ts';
import { TextInput } from '../../components/text-input.tsx';
import { Words } from '../../components/words.tsx';
import { useApp } from '../../store/app.tsx';
import { createVerification } from '../../store/verification.ts';
import { LogProof } from './log-proof.tsx';
import { Report } from './report.tsx';
import './verify.css';

type Where = { readonly log?: string; readonly service?: string; readonly tab?: string };

/** What a link says of it; one that says it twice says nothing. */
const whereIn = (search: Readonly<Record<string, unknown>>): Where =>
  Object.fromEntries(
    ['log', 'service', 'tab'].flatMap((name) =>
      typeof search[name] === 'string' ? [[name, search[name]]] : []
    )
  );

/** Services whose logs are looked through where nobody says which. */
const MOST_SERVICES = 20;

/** Is this what it says? Needs a node and a gateway, and neither wallet nor isolation. */
export default function Verify(props: {
  readonly prover?: Component<{ readonly verification: Verification }>;
}) {
  const app = useApp();
  const params = useParams<{ target?: string }>();
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const verification = createVerification(
    () => app.requester(),
    () =>
      app.services
        .list()
        .map(({ address }) => address)
        .slice(0, MOST_SERVICES)
  );
  const [target, setTarget] = createSignal(params.target ?? '');
  const [where, setWhere] = createSignal(whereIn(search));
  const [car, setCar] = createSignal<File>();
  const isRunning = (): boolean => verification.state() === 'running';
  const hints = (): Where =>
    Object.fromEntries(
      Object.entries(where()).flatMap(([key, value]) => {
        const text = value.trim();
        return text === '' ? [] : [[key, text]];
      })
    );

  const ask = (): void => {
    void verification.ask({ target: target().trim(), hints: hints(), car: car() });
  };
  // A link asks by itself, once it is known whom to ask.
  createEffect(
    on([() => params.target, () => app.isReady(), () => search.log], ([linked, isReady]) => {
      if (linked === undefined || !isReady) return;
      setTarget(linked);
      setWhere(whereIn(search));
      ask();
    })
  );
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const text = target().trim();
    const query = new URLSearchParams(hints()).toString();
    const to = `/verify/${encodeURIComponent(text)}${query === '' ? '' : `?${query}`}`;
    // What can be linked to is; a file cannot.
    if (car() === undefined && text !== '' && `#${to}` !== location.hash) navigate(to);
    else ask();
  };
  const take = (file: File | undefined): void => {
    setCar(file);
    if (file !== undefined) ask();
  };
  const onDrop = (event: DragEvent): void => {
    const file = event.dataTransfer?.files[0];
    if (file === undefined || event.defaultPrevented) return;
    event.preventDefault();
    take(file);
  };
  const onDragOver = (event: DragEvent): void => event.preventDefault();
  document.addEventListener('drop', onDrop);
  document.addEventListener('dragover', onDragOver);
  onCleanup(() => {
    document.removeEventListener('drop', onDrop);
    document.removeEventListener('dragover', onDragOver);
  });

  return (
    <Page
      title="Verify"
      lead="Hold a receipt, a commit, a whole tab or a file against the chain, the git log and IPFS. No wallet, no account; nobody is believed."
    >
      <Card isRaised>
        <form class="verify__form" onSubmit={submit}>
          <Field
            label="What do you hold?"
            hint="CID of a receipt (bafkrei…) or result (bafybei…), a commit of a log, or a tab’s address (B62…)"
          >
            {(control) => (
              <div class="verify__target">
                <TextInput
                  {...control}
                  isMono
                  icon="verify"
                  value={target()}
                  onValue={setTarget}
                  autofocus={params.target === undefined}
                />
                <Show
                  when={isRunning()}
                  fallback={
                    <Button
                      type="submit"
                      variant="primary"
                      disabled={target().trim() === '' && car() === undefined}
                    >
                      Verify
                    </Button>
                  }
                >
                  <Button onClick={() => verification.stop()}>Stop</Button>
                </Show>
              </div>
            )}
          </Field>
          <Field
            label="Or a CAR file"
            isOptional
            hint="Its blocks are checked in place of those from gateways; up to 512 MiB, and it stays in this browser"
          >
            {(control) => (
              <FileInput
                {...control}
                accept=".car,application/vnd.ipld.car"
                name={car()?.name}
                prompt="or drop it anywhere on this page"
                onFile={take}
              />
            )}
          </Field>
          <details class="verify__where" open={Object.keys(hints()).length > 0}>
            <summary>Where to look</summary>
            <div class="verify__hints">
              <Field
                label="Log repository"
                isOptional
                hint="http(s) address of the provider’s git log"
              >
                {(control) => (
                  <TextInput
                    {...control}
                    isMono
                    value={where().log ?? ''}
                    onValue={(log) => setWhere({ ...where(), log })}
                  />
                )}
              </Field>
              <Field label="Service" isOptional hint="Its keyset names the log">
                {(control) => (
                  <TextInput
                    {...control}
                    isMono
                    value={where().service ?? ''}
                    onValue={(service) => setWhere({ ...where(), service })}
                  />
                )}
              </Field>
              <Field label="Tab" isOptional hint="The only one to look through">
                {(control) => (
                  <TextInput
                    {...control}
                    isMono
                    value={where().tab ?? ''}
                    onValue={(tab) => setWhere({ ...where(), tab })}
                  />
                )}
              </Field>
            </div>
          </details>
        </form>
      </Card>
      <p class="verify__step" role="status">
        <Show when={isRunning()}>
          <span class="verify__wheel" aria-hidden="true" />
          <Words text={`${verification.step()} …`} />
        </Show>
      </p>
      <Switch>
        <Match when={verification.state() === 'failed'}>
          <Notice
            tone="bad"
            title="It could not be verified"
            actions={
              <>
                <Button size="small" icon="refresh" onClick={ask}>
                  Try again
                </Button>
                <LinkButton size="small" icon="gear" href="#/settings">
                  Settings
                </LinkButton>
              </>
            }
          >
            <Words text={sentenceOf(verification.problem())} />
            <Show when={isMiss(verification.problem())}>
              <p>Say which service or log it belongs to under “Where to look”.</p>
            </Show>
          </Notice>
        </Match>
        <Match when={verification.state() === 'idle'}>
          <WhatItShows />
        </Match>
      </Switch>
      <Report
        carFindings={verification.carFindings()}
        findings={verification.findings()}
        answer={verification.answer()}
        prover={props.prover ?? LogProof}
      />
    </Page>
  );
}

const isMiss = (error: unknown): boolean =>
  error instanceof RequesterError && error.code === 'NOT_FOUND';

/** Before anything was asked: what an answer will mean. */
const WhatItShows = () => (
  <div class="verify__meaning">
    <section>
      <h2>What the checks show</h2>
      <ul>
        <li>This key signed this receipt, for this signed request.</li>
        <li>The receipt is the block with this CID, and the outputs are those it commits to.</li>
        <li>It stands in one unbroken git history that the chain’s head goes through.</li>
        <li>The amount follows from the counters and the agreed price, and is paid once.</li>
      </ul>
    </section>
    <section>
      <h2>What they cannot show</h2>
      <ul>
        <li>That the runner honestly ran the job: a runner can make up an output.</li>
        <li>That counters are what the hardware counted.</li>
        <li>That a source does what its name says.</li>
      </ul>
    </section>
  </div>
);
