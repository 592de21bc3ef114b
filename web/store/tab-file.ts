import type { BrowserStore } from './browser-store.ts';

export { tabFile };

/**
 * A tab's keys as the command line keeps them: the text of `~/.runproof/tabs/<tab>.json`. Whoever reads
 * it can buy that service's runs from the tab.
 *
 * @throws RequesterError `TAB_FILE`
 */
async function tabFile(store: Pick<BrowserStore, 'readTab'>, tab: string): Promise<string> {
  const [keys, { encodeTabKeys }] = await Promise.all([
    store.readTab(tab),
    import('../../requester/tab-keys.ts'),
  ]);
  return `${JSON.stringify(encodeTabKeys(keys), null, 2)}\n`;
}
