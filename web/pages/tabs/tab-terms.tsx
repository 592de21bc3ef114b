import { Address } from '../../components/address.tsx';
import { Amount } from '../../components/amount.tsx';
import { Card } from '../../components/card.tsx';
import { KeyValue } from '../../components/key-value.tsx';
import { MINA_TOKEN, type Terms } from '../../../contracts/formats/terms.ts';

export { TabTerms };

/** What both sides agreed on when the tab was opened; its account holds their commitment. */
const TabTerms = (props: { readonly terms: Terms }) => (
  <Card title="Terms" lead="Agreed when the tab was opened. They never change.">
    <KeyValue
      rows={[
        {
          key: 'Service',
          value: <Address value={props.terms.service} href={`#/service/${props.terms.service}`} />,
        },
        {
          key: 'Price',
          value: (
            <>
              <Amount nanomina={props.terms.price.base} /> and{' '}
              <Amount nanomina={props.terms.price.perSecond} /> a CPU second
            </>
          ),
        },
        { key: 'One job costs at most', value: <Amount nanomina={props.terms.cap} /> },
        { key: 'Pays to', value: <Address value={props.terms.payee} /> },
        {
          key: 'Refunds to',
          value: <Address value={props.terms.refund} />,
          note: 'Whoever sends the refund.',
        },
        {
          key: 'Request key',
          value: <Address value={props.terms.requestKey} />,
          note: 'Kept in this browser. It orders jobs of this service, up to what the tab holds, and nothing else.',
        },
        {
          key: 'Network',
          value: <span class="mono">{props.terms.network}</span>,
          ...(props.terms.token === MINA_TOKEN ? {} : { note: 'In another token than MINA.' }),
        },
      ]}
    />
  </Card>
);
