import { Show } from 'solid-js';
import { toHex } from '../../../contracts/formats/bytes.ts';
import { cidOf, rawCidOf } from '../../../contracts/formats/cid.ts';
import type { LogEntry } from '../../../requester/logs.ts';
import { Address, Cid, Commit } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Card } from '../../components/card.tsx';
import { commitUrl } from '../../components/commit-url.ts';
import { KeyValue, type KeyValueRow } from '../../components/key-value.tsx';
import { Time } from '../../components/time.tsx';
import { transactionUrl } from '../../store/explorer.ts';
import { useApp } from '../../store/app.tsx';
import type { JobView } from '../../store/jobs.ts';

export { ReceiptCard };

/** What was ordered and, once it is there, what the receipt says; every id to be copied whole. */
function ReceiptCard(props: {
  readonly job: JobView;
  readonly entry: LogEntry | undefined;
  /** The provider's log repository. */
  readonly log: string | undefined;
  /** The repository that the service runs. */
  readonly source: string | undefined;
}) {
  const order = (): readonly KeyValueRow[] => [
    { key: 'At most', value: <Amount nanomina={props.job.maximum} /> },
    ...(props.job.validUntil === undefined
      ? []
      : [{ key: 'Valid to slot', value: <span class="number">{props.job.validUntil}</span> }]),
    ...(props.job.digest === undefined
      ? []
      : [{ key: 'Request', value: <Cid value={rawCidOfHex(props.job.digest)} /> }]),
    ...(props.job.transaction === undefined
      ? []
      : [{ key: 'Transaction', value: <Transaction hash={props.job.transaction} /> }]),
  ];
  const receipt = ({ note, commit, id }: LogEntry): readonly KeyValueRow[] => [
    { key: 'Receipt', value: <Cid value={String(rawCidOf(commit.receipt))} /> },
    { key: 'Result', value: <Cid value={String(cidOf('dag-pb', note.receipt.result))} /> },
    {
      key: 'Commit',
      value: <Linked repository={props.log} commit={id} />,
    },
    { key: 'Source', value: <Linked repository={props.source} commit={note.source} /> },
    { key: 'Runner', value: <Address value={note.runner} /> },
    { key: 'Finished', value: <Time at={note.receipt.finishedAt * 1_000} isAbsolute /> },
    {
      key: 'Paid',
      value: props.job.state === 'settled' ? 'by a proof' : 'not yet',
    },
    {
      key: 'Body',
      value: <Cid value={note.receipt.body.toString(16).padStart(64, '0')} />,
      note: 'commits to counters, phases, exit status and amount',
    },
    { key: 'Profile', value: <Cid value={toHex(note.profile)} /> },
  ];
  return (
    <Card title={props.entry === undefined ? 'Order' : 'Receipt'}>
      <KeyValue isNarrow rows={[...(props.entry ? receipt(props.entry) : []), ...order()]} />
    </Card>
  );
}

const Linked = (props: { readonly repository: string | undefined; readonly commit: string }) => {
  const url = (): string | undefined =>
    props.repository === undefined ? undefined : commitUrl(props.repository, props.commit);
  return (
    <Show when={url()} fallback={<Commit value={props.commit} />}>
      {(href) => <Commit value={props.commit} href={href()} isExternal />}
    </Show>
  );
};

const Transaction = (props: { readonly hash: string }) => {
  const { settings } = useApp();
  const url = (): string | undefined => transactionUrl(settings().explorer, props.hash);
  return (
    <Show when={url()} fallback={<Cid value={props.hash} />}>
      {(href) => <Cid value={props.hash} href={href()} isExternal />}
    </Show>
  );
};

const rawCidOfHex = (digest: string): string =>
  String(rawCidOf(Uint8Array.from(digest.match(/../g) ?? [], (byte) => parseInt(byte, 16))));
