import type { JSX } from 'solid-js';
import { CommandLine } from '../../components/copy.tsx';
import { keyCommand, peersCommand } from '../../store/command-lines.ts';
import type { KeysetDraft } from './draft.ts';
import { FormLines, FormText } from './form.tsx';

export { KeysetFields };

/** Where a public key comes from: the private part stays on the provider's machine. */
const From = (props: { readonly words: string; readonly line: string }): JSX.Element => (
  <div class="key-from">
    <span>{props.words}</span>
    <CommandLine line={props.line} />
  </div>
);

/** How a service is reached in one epoch, field by field. */
const KeysetFields = (props: {
  readonly draft: KeysetDraft;
  readonly epoch: number;
  readonly onChange: (patch: Partial<KeysetDraft>) => void;
}) => (
  <div class="stack">
    <FormText
      field="runner"
      label="Runner’s public key"
      isMono
      hint={
        <From words="Signs receipts and can move no money. Make one:" line={keyCommand('runner')} />
      }
      placeholder="B62q…"
      value={props.draft.runner}
      onValue={(runner) => props.onChange({ runner })}
    />
    <FormLines
      field="recipients"
      label="age recipients"
      isMono
      rows={3}
      hint={
        <From
          words="Requests are sealed to these, one a line. Make one for this epoch:"
          line={keyCommand(`epoch-${props.epoch}`)}
        />
      }
      placeholder="age1pq1…"
      value={props.draft.recipients}
      onValue={(recipients) => props.onChange({ recipients })}
    />
    <FormText
      field="payee"
      label="Payee"
      isMono
      hint="The address that is paid. It has to exist on the chain already."
      placeholder="B62q…"
      value={props.draft.payee}
      onValue={(payee) => props.onChange({ payee })}
    />
    <FormText
      field="log"
      label="Log repository"
      isMono
      inputmode="url"
      hint="A git repository that everybody may read and your daemon may push to. Each tab’s log is a ref in it."
      placeholder="https://git.example/provider/log.git"
      value={props.draft.log}
      onValue={(log) => props.onChange({ log })}
    />
    <FormText
      field="endpoint"
      label="Endpoint"
      isMono
      isOptional
      inputmode="url"
      hint="Where your daemon takes requests directly: they then cost no transaction and start at once."
      placeholder="https://ci.example"
      value={props.draft.endpoint}
      onValue={(endpoint) => props.onChange({ endpoint })}
    />
    <FormLines
      field="peers"
      label="IPFS addresses"
      isMono
      isOptional
      rows={2}
      hint={
        <From
          words="Multiaddresses of your daemon’s IPFS node, one a line, each with its id. Without an endpoint, pages that can upload nowhere need one with /wss. The daemon’s machine prints them:"
          line={peersCommand()}
        />
      }
      placeholder="/dns4/ci.example/tcp/443/wss/p2p/12D3…"
      value={props.draft.peers}
      onValue={(peers) => props.onChange({ peers })}
    />
  </div>
);
