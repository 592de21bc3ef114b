import { Match, Show, Switch } from 'solid-js';
import { LinkButton } from '../components/button.tsx';
import { StatusDot, type Tone } from '../components/badge.tsx';
import { KeyValue } from '../components/key-value.tsx';
import { Popover } from '../components/popover.tsx';
import { Words } from '../components/words.tsx';
import { useApp } from '../store/app.tsx';
import type { ChainStatus } from '../store/chain.ts';

export { ChainChip };

const TONES: Readonly<Record<ChainStatus['kind'], Tone>> = {
  unset: 'neutral',
  connecting: 'accent',
  ok: 'good',
  behind: 'warn',
  offline: 'bad',
};
const WORDS: Readonly<Record<ChainStatus['kind'], string>> = {
  unset: 'No network',
  connecting: 'Connecting',
  ok: 'In step',
  behind: 'Behind',
  offline: 'Offline',
};

/** How the node is, in a word; all of it once pressed. */
function ChainChip() {
  const { chain, settings } = useApp();
  const kind = (): ChainStatus['kind'] => chain().kind;
  const tip = () => {
    const status = chain();
    return status.kind === 'ok' || status.kind === 'behind' ? status : undefined;
  };
  const message = (): string | undefined => {
    const status = chain();
    return 'message' in status ? status.message : undefined;
  };
  const name = (): string => (settings().name === '' ? WORDS[kind()] : settings().name);
  return (
    <Popover
      class="chip"
      label={`Network: ${WORDS[kind()].toLowerCase()}`}
      button={
        <>
          <StatusDot tone={TONES[kind()]} isLive={kind() === 'connecting'} />
          <span class="chip__long">
            <Words text={kind() === 'ok' ? name() : WORDS[kind()]} />
          </span>
        </>
      }
    >
      <h2>Network</h2>
      <Show when={message()}>
        {(text) => (
          <p class="soft">
            <Words text={text()} />
          </p>
        )}
      </Show>
      <Switch>
        <Match when={kind() === 'unset'}>
          <p class="soft">
            No node is configured. Settings take the addresses of a Mina node, its archive and an
            IPFS gateway.
          </p>
        </Match>
        <Match when={kind() === 'connecting'}>
          <p class="soft">Asking the node.</p>
        </Match>
      </Switch>
      <Show when={kind() !== 'unset'}>
        <KeyValue
          isNarrow
          rows={[
            ...(settings().name === ''
              ? []
              : [{ key: 'Name', value: <Words text={settings().name} /> }]),
            ...(tip() === undefined
              ? []
              : [
                  { key: 'Id', value: <span class="mono">{tip()!.networkId}</span> },
                  { key: 'Block', value: tip()!.height.toLocaleString('en') },
                  { key: 'Slot', value: tip()!.slot.toLocaleString('en') },
                ]),
            { key: 'Node', value: <span class="mono small">{hostOf(settings().node)}</span> },
          ]}
        />
      </Show>
      <LinkButton href="#/settings" size="small" icon="gear">
        Network settings
      </LinkButton>
    </Popover>
  );
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
