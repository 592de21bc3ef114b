import { For, Show, createMemo, createResource, createSignal } from 'solid-js';
import { Address } from '../../components/address.tsx';
import { Badge } from '../../components/badge.tsx';
import { Button, LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { sentenceOf } from '../../components/sentence.ts';
import { toast } from '../../components/toasts.tsx';
import { Words } from '../../components/words.tsx';
import { useApp } from '../../store/app.tsx';
import { publication, resumePublication } from '../../store/publish.ts';
import { ownServices } from './own-services.ts';
import { ServiceForm } from './service-form.tsx';
import './provide.css';

export { ProvideHome };

/** Services of the connected wallet, and the form for another one. */
function ProvideHome() {
  const app = useApp();
  const own = createMemo(() => ownServices(app.services.list(), app.wallet.address()));
  return (
    <Page
      title="Provide"
      lead="Sell runs on your own machine: publish what it does and what it costs, start the daemon, and be paid for what the proof shows."
    >
      <Unfinished />
      <Show when={own().length > 0}>
        <Card title="Your services" lead="Owned by the connected wallet." isFlush>
          <ul class="own-services">
            <For each={own()}>
              {(service) => (
                <li class="own-services__one">
                  <a href={`#/provide/${service.address}`}>
                    <Words text={service.descriptor.name} />
                  </a>
                  <Address value={service.address} hasCopy={false} />
                  <Badge tone={service.state.paused ? 'warn' : 'good'}>
                    {service.state.paused ? 'Paused' : 'Open'}
                  </Badge>
                  <span class="faint small">epoch {service.state.epoch}</span>
                </li>
              )}
            </For>
          </ul>
        </Card>
      </Show>
      <h2 class="provide-heading">A new service</h2>
      <ServiceForm />
    </Page>
  );
}

/** A publication that the page was left in the middle of. */
function Unfinished() {
  const app = useApp();
  const [left, { mutate }] = createResource(() => publication.read());
  const listing = createMemo(() => {
    const now = left();
    return now === undefined ? undefined : app.services.service(now.service);
  });
  const isThere = (): boolean => listing()?.().reading !== undefined;
  const [isSending, setSending] = createSignal(false);
  const sendAgain = async (before: NonNullable<ReturnType<typeof left>>): Promise<void> => {
    setSending(true);
    try {
      await resumePublication(app, before);
    } catch (error) {
      toast(sentenceOf(error), 'bad');
      mutate(await publication.read());
    } finally {
      setSending(false);
    }
  };
  const drop = (): void => {
    mutate(undefined);
    void publication.drop();
  };
  return (
    <Show when={left.state === 'ready' && left()}>
      {(now) => (
        <Notice
          tone={isThere() ? 'good' : 'warn'}
          title={
            <>
              <Words text={now().name} /> {isThere() ? 'is published' : 'was being published'}
            </>
          }
          actions={
            <>
              <Show
                when={isThere()}
                fallback={
                  <Button
                    size="small"
                    isBusy={isSending()}
                    onClick={() =>
                      void (now().command === undefined
                        ? app.services.refresh(now().service)
                        : sendAgain(now()))
                    }
                  >
                    {now().command === undefined ? 'Look again' : 'Send it again'}
                  </Button>
                }
              >
                <LinkButton
                  size="small"
                  variant="primary"
                  href={`#/provide/${now().service}`}
                  onClick={() => {
                    void app.services.add(now().service);
                    drop();
                  }}
                >
                  Open it
                </LinkButton>
              </Show>
              <Button size="small" variant="quiet" onClick={drop}>
                Put away
              </Button>
            </>
          }
        >
          <Address value={now().service} />{' '}
          {isThere()
            ? 'is in a block.'
            : now().stage === 'sending'
              ? 'was on its way when the page was left. Sent again it is the same service, never a second one.'
              : 'was not sent when the page was left. Your draft is below.'}
        </Notice>
      )}
    </Show>
  );
}
