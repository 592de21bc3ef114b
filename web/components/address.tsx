import { Show } from 'solid-js';
import { CopyButton } from './copy.tsx';
import { shorten } from './shorten.ts';
import './address.css';

export { Address, Cid, Commit };

interface IdProps {
  readonly value: string;
  readonly href?: string;
  /** Leaves the page: another host, in a new window that learns nothing of this one. */
  readonly isExternal?: boolean;
  /** All of it, broken where the line ends. */
  readonly isWhole?: boolean;
  readonly hasCopy?: boolean;
}

/** An account's address. */
const Address = (props: IdProps) => <Id {...props} what="address" ends={[6, 5]} />;
/** A CID. */
const Cid = (props: IdProps) => <Id {...props} what="CID" ends={[8, 6]} />;
/** A commit: ten digits, as git shows them. */
const Commit = (props: IdProps) => <Id {...props} what="commit" ends={[10, 0]} />;

function Id(props: IdProps & { readonly what: string; readonly ends: readonly [number, number] }) {
  const text = (): string =>
    props.isWhole === true ? props.value : shorten(props.value, ...props.ends);
  return (
    <span class="id" classList={{ 'id--whole': props.isWhole === true }}>
      <Show
        when={props.href}
        fallback={
          <bdi class="id__text" title={props.value}>
            {text()}
          </bdi>
        }
      >
        {(href) => (
          <a
            class="id__text"
            href={href()}
            title={props.value}
            {...(props.isExternal === true ? { target: '_blank', rel: 'noopener noreferrer' } : {})}
          >
            <bdi>{text()}</bdi>
          </a>
        )}
      </Show>
      <Show when={props.hasCopy !== false}>
        <CopyButton text={props.value} label={`Copy the ${props.what}`} />
      </Show>
    </span>
  );
}
