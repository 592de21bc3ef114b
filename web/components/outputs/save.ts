import { fileNameOf } from './file-name.ts';

export { saveAs };

/** Long enough for the browser to begin; then the bytes are let go. */
const MILLISECONDS = 60_000;

/**
 * Hands bytes to the browser as a download. Never shown as what they say they are: a page of a stranger's
 * would run on this one's origin (W1).
 */
function saveAs(bytes: Blob, path: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileNameOf(path);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), MILLISECONDS);
}
