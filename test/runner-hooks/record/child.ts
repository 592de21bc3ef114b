/** An agent of its own process, which the kill test ends with -9 at whatever it is doing. */
import { readFileSync } from 'node:fs';
import { signFieldElements } from '../../../contracts/chain/sign.ts';
import { openNode } from '../../../ipfs/node.ts';
import { contentOn } from '../../../runner-hooks/daemon/ipfs-content.ts';
import { publishPending } from '../../../runner-hooks/record/publication.ts';

const {
  spool,
  node: folder,
  key,
  log,
} = JSON.parse(readFileSync(0, 'utf8')) as {
  spool: string;
  node: string;
  key: { publicKey: string; privateKey: string };
  log: { repository: string; token: string; folder: string };
};
const node = await openNode({ folder, listen: [] });
process.stdout.write('ready\n');
await publishPending({
  ...{ spool, log, content: contentOn(node) },
  key: {
    publicKey: key.publicKey,
    sign: (commitment) => signFieldElements([commitment], key.privateKey),
  },
});
await node.stop();
