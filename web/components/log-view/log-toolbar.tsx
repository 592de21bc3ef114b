import { For, Show, createSignal } from 'solid-js';
import { Button } from '../button.tsx';
import { Icon } from '../icon.tsx';
import type { PhaseMark } from './log-index.ts';
import { MAX_QUERY } from './log-search.ts';
import type { Search } from './use-search.ts';

export { LogToolbar };

interface LogToolbarProps {
  readonly search: Search;
  readonly inputRef: (element: HTMLInputElement) => void;
  readonly isWrapped: boolean;
  readonly onWrap: (isWrapped: boolean) => void;
  readonly phases: readonly PhaseMark[];
  readonly onPhase: (phase: PhaseMark) => void;
  /** The chosen line, from 1. */
  readonly line: number | undefined;
  readonly onCopy: (line: number) => Promise<void>;
  readonly lines: number;
}

/** What is searched for, and what the rows below look like. */
const LogToolbar = (props: LogToolbarProps) => (
  <div class="log__bar">
    <div class="log__search" role="search">
      <Icon name="search" />
      <input
        ref={(element) => props.inputRef(element)}
        type="text"
        maxLength={MAX_QUERY}
        placeholder="Search the log"
        aria-label="Search the log"
        aria-keyshortcuts="/ Control+F"
        spellcheck={false}
        value={props.search.query()}
        onInput={(event) => props.search.setQuery(event.currentTarget.value)}
      />
      <span class="log__count" role="status">
        {countOf(props.search)}
      </span>
      <Show when={props.search.query() === ''} fallback={<Steps search={props.search} />}>
        <kbd aria-hidden="true">/</kbd>
      </Show>
    </div>
    <Show when={props.phases.length > 1}>
      <div class="log__phases">
        <span class="unseen">Go to phase</span>
        <For each={props.phases}>
          {(phase) => (
            <Button size="small" variant="quiet" onClick={() => props.onPhase(phase)}>
              {phase.name}
            </Button>
          )}
        </For>
      </div>
    </Show>
    <div class="log__tools">
      <Show
        when={props.line}
        keyed
        fallback={
          <span class="log__count">
            {props.lines.toLocaleString('en')} {props.lines === 1 ? 'line' : 'lines'}
          </span>
        }
      >
        {(line) => <CopyLine line={line} onCopy={props.onCopy} />}
      </Show>
      <Button
        size="small"
        variant="quiet"
        aria-pressed={props.isWrapped}
        aria-keyshortcuts="w"
        class={props.isWrapped ? 'log__toggle--on' : undefined}
        onClick={() => props.onWrap(!props.isWrapped)}
      >
        Wrap
      </Button>
    </div>
  </div>
);

const Steps = (props: { readonly search: Search }) => (
  <>
    <Button
      size="small"
      variant="quiet"
      aria-pressed={props.search.matchCase()}
      class={props.search.matchCase() ? 'log__toggle--on' : undefined}
      title="Capitals matter"
      onClick={() => props.search.setMatchCase(!props.search.matchCase())}
    >
      Aa
    </Button>
    <Button
      size="small"
      variant="quiet"
      icon="chevron"
      class="log__back"
      aria-label="Match before"
      title="Match before (N)"
      onClick={() => props.search.move(-1)}
    />
    <Button
      size="small"
      variant="quiet"
      icon="chevron"
      aria-label="Next match"
      title="Next match (n)"
      onClick={() => props.search.move(1)}
    />
  </>
);

function CopyLine(props: {
  readonly line: number;
  readonly onCopy: (line: number) => Promise<void>;
}) {
  const [said, setSaid] = createSignal<string>();
  const copy = async (): Promise<void> => {
    try {
      await props.onCopy(props.line);
      setSaid('Copied');
    } catch {
      setSaid('The browser forbids it');
    }
  };
  return (
    <Button size="small" variant="quiet" icon="copy" onClick={() => void copy()}>
      {said() ?? `Copy line ${props.line.toLocaleString('en')}`}
    </Button>
  );
}

function countOf(search: Search): string {
  if (search.query() === '') return '';
  const all = `${search.count().toLocaleString('en')}${search.isCut() ? '+' : ''}`;
  const current = search.current();
  if (search.isRunning()) return `${all} …`;
  return current === undefined
    ? 'No match'
    : `${(current.number + 1).toLocaleString('en')} of ${all}`;
}
