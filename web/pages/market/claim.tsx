import { For } from 'solid-js';
import { Icon } from '../../components/icon.tsx';
import './claim.css';

export { Claim };

const PROVEN: readonly string[] = [
  'Who signed: the request, and the receipt for it.',
  'What was published: these bytes, under this CID, in an unbroken git history.',
  'What it cost: the amount follows from the measured CPU time and the agreed price.',
  'That it is paid once.',
];
const NOT_PROVEN: readonly string[] = [
  'That the runner ran your job honestly: it can make up an output.',
  'What helps: small tabs, a provider’s history, the same run from several runners.',
];

/** On the first screen, before anybody pays. */
const Claim = () => (
  <section class="claim" aria-label="What Runproof proves">
    <div class="claim__part">
      <h2 class="claim__title">What a receipt proves</h2>
      <ul class="claim__list claim__list--good">
        <For each={PROVEN}>
          {(line) => (
            <li>
              <Icon name="check" size={14} />
              <span>{line}</span>
            </li>
          )}
        </For>
      </ul>
    </div>
    <div class="claim__part">
      <h2 class="claim__title">What it does not</h2>
      <ul class="claim__list">
        <For each={NOT_PROVEN}>
          {(line) => (
            <li>
              <Icon name="minus" size={14} />
              <span>{line}</span>
            </li>
          )}
        </For>
      </ul>
    </div>
  </section>
);
