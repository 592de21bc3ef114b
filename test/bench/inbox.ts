import { createGraphql } from '../../contracts/chain/graphql.ts';
import { startCursor } from '../../contracts/chain/cursor.ts';
import { readNextNonce } from '../../contracts/chain/find-command.ts';
import { readInbox } from '../../contracts/chain/inbox.ts';
import { pinned } from '../../contracts/chain/pinned.ts';
import { publishService } from '../../contracts/chain/publish-service.ts';
import { ring } from '../../contracts/chain/ring.ts';
import { sendCommand, submitCommand } from '../../contracts/chain/send.ts';
import { type KeyPair, generateKeyPair, signCommand } from '../../contracts/chain/sign.ts';
import { PROTOCOL } from '../../contracts/formats/protocol.ts';
import { keyHash } from '../../contracts/formats/terms.ts';
import { spawnMina } from '../../scripts/network/mina/spawn.ts';

export { measureInbox };

/** Actions a second that the reader takes in, hash chain checked, from an embedded archive. */
async function measureInbox(
  transactions: number
): Promise<{ readonly actions: number; readonly perSecond: number }> {
  const network = await spawnMina({ proofsEnabled: false, blockTime: 0, batchDelay: 50 });
  try {
    const node = createGraphql([network.graphql]);
    const archive = createGraphql([network.archive]);
    const account = (await (await fetch(`${network.accountManager}/acquire-account`)).json()) as {
      pk: string;
      sk: string;
    };
    const wallet: KeyPair = { publicKey: account.pk, privateKey: account.sk };
    const service = generateKeyPair();
    let nonce = await readNextNonce(node, wallet.publicKey);
    const payer = () => ({ publicKey: wallet.publicKey, fee: 100_000_000n, nonce: nonce++ });
    const published = publishService({
      payer: payer(),
      service: service.publicKey,
      verificationKey: pinned.Service,
      state: {
        descriptor: new Uint8Array(32),
        owner: keyHash(wallet.publicKey),
        runner: keyHash(wallet.publicKey),
        keyset: new Uint8Array(32),
        epoch: 0,
        paused: false,
      },
    });
    const keys = [service.privateKey, wallet.privateKey];
    await sendCommand(node, signCommand(published, keys, network.networkId), { interval: 100 });

    const tab = generateKeyPair().publicKey;
    const actions = Array.from({ length: PROTOCOL.ringsPerTransaction }, () => ({
      kind: 'request' as const,
      tab,
      digest: crypto.getRandomValues(new Uint8Array(32)),
    }));
    for (let i = 0; i < transactions; i++) {
      const draft = ring({ payer: payer(), service: service.publicKey, actions });
      const signed = signCommand(draft, [wallet.privateKey], network.networkId);
      if (i === transactions - 1) await sendCommand(node, signed, { interval: 100 });
      else await submitCommand(node, signed);
    }
    const start = performance.now();
    let cursor = startCursor();
    let read = 0;
    for (let more = true; more;) {
      const page = await readInbox({ node, archive }, service.publicKey, cursor);
      read += page.entries.length;
      ({ cursor, more } = page);
    }
    const seconds = (performance.now() - start) / 1000;
    if (read !== transactions * actions.length) throw new Error(`only ${read} actions were read`);
    return { actions: read, perSecond: read / seconds };
  } finally {
    await network.stop();
  }
}
