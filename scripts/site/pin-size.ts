import { sentenceOf } from '../cli/error.ts';
import { buildSite } from './build.ts';
import { siteSize, writePinned } from './size.ts';

/** `npm run pin:size`: builds the site and writes `web/size.pinned.json`. */
try {
  const size = await siteSize(await buildSite());
  await writePinned(size);
  process.stdout.write(`first load: ${size.firstLoad.gzip} bytes gzip\n`);
} catch (error) {
  process.stderr.write(`pin:size: ${sentenceOf(error).message}\n`);
  process.exitCode = 1;
}
