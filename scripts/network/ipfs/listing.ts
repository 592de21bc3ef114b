export { listingPage };

import type { CID } from 'multiformats/cid';
import type { Link } from '../../../ipfs/dag.ts';

/** A page that names what is in a directory. A publisher chose the names: they are text, not markup. */
function listingPage(cid: CID, links: readonly Link[], more: boolean): string {
  const rows = links.map(
    ({ name }) => `<li><a href="./${escape(encodeURIComponent(name))}">${escape(name)}</a></li>`
  );
  return [
    '<!doctype html><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${String(cid)}</title><h1>${String(cid)}</h1>`,
    `<ul>${rows.join('')}</ul>`,
    more ? `<p>Only the first ${links.length} entries are shown.</p>` : '',
    '',
  ].join('\n');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);
