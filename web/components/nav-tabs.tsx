import { Index, type JSX } from 'solid-js';
import './nav-tabs.css';

export { NavTabs };

/** Views of one thing. Arrow keys move among them; the caller draws the chosen one below. */
function NavTabs<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly tabs: readonly {
    readonly value: T;
    readonly label: JSX.Element;
    readonly count?: number;
  }[];
  readonly onValue: (value: T) => void;
  /** Id of the element that shows the chosen one. */
  readonly panel: string;
}) {
  let list!: HTMLDivElement;
  const move = (event: KeyboardEvent): void => {
    const { tabs } = props;
    const at = tabs.findIndex(({ value }) => value === props.value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length]!;
    props.onValue(next.value);
    list.querySelector<HTMLElement>(`[data-value="${CSS.escape(next.value)}"]`)?.focus();
  };
  return (
    <div ref={list} class="nav-tabs" role="tablist" aria-label={props.label} onKeyDown={move}>
      <Index each={props.tabs}>
        {(tab) => (
          <button
            type="button"
            class="nav-tabs__tab"
            role="tab"
            data-value={tab().value}
            aria-selected={tab().value === props.value ? 'true' : 'false'}
            aria-controls={props.panel}
            tabIndex={tab().value === props.value ? 0 : -1}
            onClick={() => props.onValue(tab().value)}
          >
            {tab().label}
            {tab().count === undefined ? null : <span class="nav-tabs__count">{tab().count}</span>}
          </button>
        )}
      </Index>
    </div>
  );
}
