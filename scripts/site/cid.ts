import { resolve } from 'node:path';
import { digestOf } from '../../ipfs/publish.ts';
import { sentenceOf } from '../cli/error.ts';
import { buildSite } from './build.ts';

/**
 * `npm run -s cid`: builds the site and prints its CID alone on a line, or that of the folder in the
 * first argument, which is not built.
 */
try {
  const [folder] = process.argv.slice(2);
  const { cid } = await digestOf(folder === undefined ? await buildSite() : resolve(folder));
  process.stdout.write(`${cid.toString()}\n`);
} catch (error) {
  process.stderr.write(`cid: ${sentenceOf(error).message}\n`);
  process.exitCode = 1;
}
