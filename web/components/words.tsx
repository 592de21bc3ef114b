import { inert } from './inert.ts';
import './words.css';

export { Words };

/**
 * A stranger's words (threat W1): as text, with nothing that moves a cursor or turns text round, and
 * isolated, so that right-to-left words leave what stands beside them where it is.
 */
const Words = (props: { readonly text: string; readonly isBlock?: boolean }) => (
  <bdi class="words" classList={{ 'words--block': props.isBlock === true }}>
    {inert(props.text)}
  </bdi>
);
