import {
  Match,
  Show,
  Switch,
  createEffect,
  createResource,
  createSignal,
  on,
  onMount,
} from 'solid-js';
import { createStore, reconcile, unwrap } from 'solid-js/store';
import type { ServiceReading } from '../../../requester/service.ts';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { CommandLine } from '../../components/copy.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Notice } from '../../components/notice.tsx';
import { WalletConnect } from '../../shell/wallet-connect.tsx';
import { useApp } from '../../store/app.tsx';
import { pauseCommand, rotateCommand } from '../../store/command-lines.ts';
import { createKept } from '../../store/kept.ts';
import { proverAvailability, takeIntentOf } from '../../store/proving.ts';
import { KeysetDraft, keysetDraftOf } from './draft.ts';
import { FormProvider, createFormState, focusFirstError } from './form.tsx';
import { KeysetFields } from './keyset-fields.tsx';
import { isOwner } from './own-services.ts';
import { ProvingSteps } from './proving-steps.tsx';
import { type Proving, createProving } from './proving.ts';
import { readKeyset } from './read-draft.ts';
import { TextBlock } from './text-block.tsx';

export { OwnerPanel };

const kept = createKept('rotation', KeysetDraft);

/** What only the owner can do, and what it takes: a proof, made here or by the command line. */
function OwnerPanel(props: { readonly reading: ServiceReading }) {
  const app = useApp();
  const [open, setOpen] = createSignal<'pause' | 'rotate'>();
  const proving = createProving(app);
  const service = (): string => props.reading.address;
  const paused = (): boolean => props.reading.state.paused;
  const owns = (): boolean => isOwner(props.reading, app.wallet.address());
  onMount(() => {
    for (const kind of ['pause', 'rotate'] as const)
      if (takeIntentOf(`${kind} ${props.reading.address}`)) setOpen(kind);
  });
  // On its state alone: what is read anew is the service that this panel shows, which would go in circles.
  createEffect(
    on(proving.state, (state) => {
      if (state === 'done') void app.services.refresh(service());
    })
  );
  const close = (): void => {
    if (proving.state() === 'running') return;
    setOpen(undefined);
    proving.reset();
  };
  return (
    <Card
      title="As its owner"
      lead={
        owns()
          ? 'The connected wallet owns this service.'
          : 'Another wallet owns this service; it has to be connected to change anything here.'
      }
      isRaised
    >
      <div class="tab-actions">
        <div class="tab-actions__one">
          <div class="tab-actions__what">
            <p>{paused() ? 'Go on' : 'Pause'}</p>
            <p class="small soft">
              {paused()
                ? 'Take new tabs and jobs again.'
                : 'Take no new tabs and jobs; what runs is settled as agreed.'}
            </p>
          </div>
          <Button onClick={() => setOpen('pause')}>{paused() ? 'Go on' : 'Pause'}</Button>
        </div>
        <div class="tab-actions__one">
          <div class="tab-actions__what">
            <p>Rotate keys</p>
            <p class="small soft">
              Another runner, recipients, payee or addresses: the next epoch.
            </p>
          </div>
          <Button onClick={() => setOpen('rotate')}>Rotate</Button>
        </div>
      </div>
      <Dialog
        isOpen={open() === 'pause'}
        title={paused() ? 'Go on' : 'Pause this service'}
        onClose={close}
        actions={
          <ProveButton
            proving={proving}
            isOwned={owns()}
            label={paused() ? 'Prove and go on' : 'Prove and pause'}
            onClose={close}
            onProve={() =>
              void proving.run(`pause ${service()}`, async (requester, options) => {
                const { pauseService } = await import('../../../requester/service.ts');
                await pauseService(requester, service(), !paused(), options);
              })
            }
          />
        }
      >
        <Show when={proving.state() === 'idle'} fallback={<ProvingSteps proving={proving} />}>
          <div class="stack">
            <p class="soft">
              {paused()
                ? 'The service is offered again. Tabs that were open stay as they are.'
                : 'Nobody can open a tab or order a job until you go on. Jobs that were accepted run and are settled; tabs can be topped up, extended, closed and refunded.'}{' '}
              It costs the network fee of about 0.03 MINA.
            </p>
            <ByCommand line={pauseCommand(app.settings(), service(), !paused())} />
            <NeedsOwner isOwned={owns()} />
          </div>
        </Show>
      </Dialog>
      <RotateDialog
        reading={props.reading}
        proving={proving}
        isOpen={open() === 'rotate'}
        isOwned={owns()}
        onClose={close}
      />
    </Card>
  );
}

/** The next epoch's keyset, filled in with this one's. */
function RotateDialog(props: {
  readonly reading: ServiceReading;
  readonly proving: Proving;
  readonly isOpen: boolean;
  readonly isOwned: boolean;
  readonly onClose: () => void;
}) {
  const app = useApp();
  const epoch = (): number => props.reading.state.epoch + 1;
  const service = (): string => props.reading.address;
  const [draft, setDraft] = createStore<KeysetDraft>({
    ...keysetDraftOf(props.reading.keyset),
    recipients: '',
  });
  let form!: HTMLDivElement;
  onMount(() => {
    void kept.read(`${service()}/${epoch()}`).then((before) => {
      if (before !== undefined) setDraft(reconcile(before));
    });
  });
  const keyset = () => readKeyset(draft, epoch());
  const state = createFormState(() => keyset().errors ?? {});
  const prove = (): void => {
    const { block } = keyset();
    if (block === undefined) {
      state.showAll();
      focusFirstError(form);
      return;
    }
    void props.proving.run(`rotate ${service()}`, async (requester, options) => {
      const { rotateService } = await import('../../../requester/service.ts');
      await rotateService(requester, service(), block.value, options);
      await kept.drop(`${service()}/${epoch()}`);
    });
  };
  return (
    <Dialog
      isOpen={props.isOpen}
      title={`Keys of epoch ${epoch()}`}
      onClose={() => props.onClose()}
      actions={
        <ProveButton
          proving={props.proving}
          isOwned={props.isOwned}
          label="Prove and rotate"
          onClose={() => props.onClose()}
          onProve={prove}
        />
      }
    >
      <Show
        when={props.proving.state() === 'idle'}
        fallback={<ProvingSteps proving={props.proving} />}
      >
        <div ref={form} class="stack">
          <p class="soft">
            The daemon needs the new keys before you rotate: add them to <code>provider.json</code>{' '}
            and keep the old epoch’s there until its jobs are done.
          </p>
          <FormProvider state={state}>
            <KeysetFields
              draft={draft}
              epoch={epoch()}
              onChange={(patch) => {
                setDraft(patch);
                void kept.write(`${service()}/${epoch()}`, structuredClone(unwrap(draft)));
              }}
            />
          </FormProvider>
          <Show when={keyset().errors?.['']}>
            {(error) => <Notice tone="bad">{error()}</Notice>}
          </Show>
          <Show when={keyset().block}>
            {(block) => (
              <>
                <TextBlock
                  name="keyset.json"
                  text={`${JSON.stringify(block().value, null, 2)}\n`}
                />
                <ByCommand line={rotateCommand(app.settings(), service())} />
              </>
            )}
          </Show>
          <NeedsOwner isOwned={props.isOwned} />
        </div>
      </Show>
    </Dialog>
  );
}

/** Whether, and how, this page proves; closing is always possible but while it does. */
function ProveButton(props: {
  readonly proving: Proving;
  readonly isOwned: boolean;
  readonly label: string;
  readonly onProve: () => void;
  readonly onClose: () => void;
}) {
  const [availability] = createResource(proverAvailability);
  const canProve = (): boolean =>
    availability.state === 'ready' && availability().kind !== 'unavailable';
  return (
    <Switch
      fallback={
        <>
          <Button onClick={() => props.onClose()}>Cancel</Button>
          <Show when={props.isOwned && canProve()}>
            <Button variant="primary" onClick={() => props.onProve()}>
              {props.label}
            </Button>
          </Show>
        </>
      }
    >
      <Match when={props.proving.state() === 'running'}>
        <Button onClick={() => props.proving.cancel()}>Stop</Button>
      </Match>
      <Match when={props.proving.state() !== 'idle'}>
        <Button variant="primary" onClick={() => props.onClose()}>
          Close
        </Button>
      </Match>
    </Switch>
  );
}

function ByCommand(props: { readonly line: string }) {
  const { settings } = useApp();
  const [availability] = createResource(proverAvailability);
  const why = (): string | undefined => {
    const now = availability.state === 'ready' ? availability() : undefined;
    return now?.kind === 'unavailable' ? now.message : undefined;
  };
  return (
    <div class="stack stack--tight">
      <p class="small soft">
        <Show
          when={why()}
          fallback={
            settings().proofs
              ? 'It takes a proof: some minutes in this page. The command line is faster:'
              : 'This network makes no proofs, so it takes a moment. The command line does it too:'
          }
        >
          {(message) => <>{message()} The command line does it instead:</>}
        </Show>
      </p>
      <CommandLine line={props.line} />
    </div>
  );
}

const NeedsOwner = (props: { readonly isOwned: boolean }) => {
  const { wallet } = useApp();
  return (
    <Show when={!props.isOwned}>
      <Show
        when={wallet.status() === 'connected'}
        fallback={
          <>
            <p class="small soft">To do it here, connect the owner’s wallet:</p>
            <WalletConnect />
          </>
        }
      >
        <Notice tone="warn">
          The connected wallet does not own this service. Choose the owner’s account in it to do
          this here.
        </Notice>
      </Show>
    </Show>
  );
};
