import { useNavigate } from '@solidjs/router';
import { Show, createSignal } from 'solid-js';
import { PROTOCOL } from '../../../contracts/formats/protocol.ts';
import type { Descriptor } from '../../../contracts/formats/descriptor.ts';
import type { Keyset } from '../../../contracts/formats/keyset.ts';
import { Amount } from '../../components/amount.tsx';
import { Button, LinkButton } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Address, Cid } from '../../components/address.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { KeyValue } from '../../components/key-value.tsx';
import { Notice } from '../../components/notice.tsx';
import { sentenceOf } from '../../components/sentence.ts';
import { Steps } from '../../components/steps.tsx';
import { toast } from '../../components/toasts.tsx';
import { usualFee } from '../../components/usual-fee.ts';
import { Words } from '../../components/words.tsx';
import { WalletConnect } from '../../shell/wallet-connect.tsx';
import { useApp } from '../../store/app.tsx';
import { type Publication, publishService } from '../../store/publish.ts';
import { publishSteps } from './publish-steps.ts';
import type { Block, Read } from './read-draft.ts';

export { PublishPanel };

/** Nanomina, for the owner's update and the service's. */
const FEE = usualFee(2);

/** What will be published, byte for byte, and the button that does it. */
function PublishPanel(props: {
  readonly descriptor: Read<Descriptor>;
  readonly keyset: Read<Keyset>;
  readonly isKept: boolean;
  readonly onClear: () => void;
  readonly onPublished: () => void;
  /** Somebody wants to publish, and fields are wrong or missing. */
  readonly onMissing: () => void;
}) {
  const app = useApp();
  const navigate = useNavigate();
  const [isOpen, setOpen] = createSignal(false);
  const [stage, setStage] = createSignal<Publication>();
  const [error, setError] = createSignal<string>();
  const [isOver, setOver] = createSignal(false);
  /** It failed after it was sent: only the chain knows. Trying again sends the very same once more. */
  const mayBeSent = (): boolean =>
    error() !== undefined && stage()?.stage === 'sending' && !isOver();
  const wrong = (): number =>
    Object.keys({ ...props.descriptor.errors, ...props.keyset.errors }).length;
  const whole = (): string | undefined =>
    props.descriptor.errors?.[''] ?? props.keyset.errors?.[''];
  const [isRunning, setRunning] = createSignal(false);

  async function publish(descriptor: Descriptor, keyset: Keyset): Promise<void> {
    setError(undefined);
    setStage(undefined);
    setRunning(true);
    try {
      const service = await publishService(
        app,
        { descriptor, keyset },
        { onStage: (publication) => setStage(publication) }
      );
      props.onPublished();
      toast('The service is published.');
      navigate(`/provide/${service}`);
    } catch (cause) {
      setOver((cause as { readonly code?: unknown }).code === 'NO_EFFECT');
      setError(sentenceOf(cause));
    } finally {
      setRunning(false);
    }
  }

  return (
    <Card title="Publish" isRaised>
      <div class="stack">
        <KeyValue
          isNarrow
          rows={[
            {
              key: 'Descriptor',
              value: <BlockLine read={props.descriptor} />,
            },
            { key: 'Keyset', value: <BlockLine read={props.keyset} /> },
            { key: 'New account', value: <Amount nanomina={PROTOCOL.accountCreationFee} /> },
            {
              key: 'Network fee',
              value: (
                <>
                  <span class="faint">about </span>
                  <Amount nanomina={FEE} />
                </>
              ),
            },
          ]}
        />
        <Show when={whole()}>{(sentence) => <Notice tone="bad">{sentence()}</Notice>}</Show>
        <Show when={app.settings().upload === ''}>
          <Notice
            tone="warn"
            title="No place to upload to"
            actions={
              <LinkButton size="small" href="#/settings">
                Settings
              </LinkButton>
            }
          >
            The two blocks have to be on IPFS before the account names them. Name an upload address.
          </Notice>
        </Show>
        <Button
          variant="primary"
          size="large"
          isWide
          isBusy={isRunning()}
          onClick={() => {
            if (props.descriptor.block === undefined || props.keyset.block === undefined)
              props.onMissing();
            else setOpen(true);
          }}
        >
          Review and publish
        </Button>
        <div class="row row--apart row--tight small faint" aria-live="polite">
          <span>
            {wrong() === 0
              ? 'All fields are right.'
              : `${wrong() === 1 ? 'One field' : `${wrong()} fields`} to fill in.`}
            {props.isKept ? ' Draft kept here.' : ''}
          </span>
          <Show when={props.isKept}>
            <Button size="small" variant="quiet" onClick={() => props.onClear()}>
              Start over
            </Button>
          </Show>
        </div>
      </div>
      <Show when={props.descriptor.block && props.keyset.block ? props : undefined} keyed>
        <Dialog
          isOpen={isOpen()}
          title="Publish this service"
          onClose={() => {
            if (!isRunning()) {
              setOpen(false);
              setStage(undefined);
              setError(undefined);
            }
          }}
          actions={
            <Show when={!isRunning()}>
              <Button
                onClick={() => {
                  setOpen(false);
                  setStage(undefined);
                  setError(undefined);
                }}
              >
                Back to the form
              </Button>
              <Show when={app.wallet.status() === 'connected' || mayBeSent()}>
                <Button
                  variant="primary"
                  disabled={app.settings().upload === ''}
                  onClick={() =>
                    void publish(props.descriptor.block!.value, props.keyset.block!.value)
                  }
                >
                  {error() === undefined ? 'Publish for 1 MINA and the fee' : 'Try again'}
                </Button>
              </Show>
            </Show>
          }
        >
          <div class="stack">
            <Show
              when={stage()}
              fallback={
                <>
                  <Show when={error()}>
                    {(sentence) => (
                      <Notice tone="bad" title="Nothing was sent">
                        {sentence()}
                      </Notice>
                    )}
                  </Show>
                  <p class="soft">
                    These bytes are what people review. The account will name them by their SHA-256,
                    and the descriptor can never be changed: a new price or commit is a new service.
                  </p>
                  <BlockText title="Descriptor" block={props.descriptor.block!} />
                  <BlockText title="Keyset, epoch 0" block={props.keyset.block!} />
                </>
              }
            >
              {(now) => (
                <>
                  <Steps steps={publishSteps(now(), error())} />
                  <Show when={mayBeSent()}>
                    <Notice tone="warn" title="It may be on its way">
                      Trying again sends the same transaction, so <Address value={now().service} />{' '}
                      is published once, however often you do.
                    </Notice>
                  </Show>
                </>
              )}
            </Show>
            <Show when={app.wallet.status() !== 'connected'}>
              <WalletConnect />
            </Show>
          </div>
        </Dialog>
      </Show>
    </Card>
  );
}

const BlockLine = (props: { readonly read: Read<unknown> }) => (
  <Show when={props.read.block} fallback={<span class="faint">not complete</span>}>
    {(block) => (
      <>
        <Cid value={block().cid} hasCopy={false} />
        <span class="faint"> · {block().bytes.length.toLocaleString('en')} bytes</span>
      </>
    )}
  </Show>
);

/** JSON for people; the block itself has no blanks. */
const BlockText = (props: { readonly title: string; readonly block: Block<unknown> }) => (
  <div class="block-text">
    <div class="row row--apart row--tight">
      <h3>{props.title}</h3>
      <Cid value={props.block.cid} />
    </div>
    <pre class="block-text__json" tabIndex={0}>
      <Words text={JSON.stringify(props.block.value, null, 2)} isBlock />
    </pre>
  </div>
);
