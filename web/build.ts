export { BUILD, siteOf };

declare const RUNPROOF_BUILD: {
  readonly commit: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly o1js: string;
};

/**
 * What this page was built from, put in by `vite.config.ts`: the source commit (`-dirty` behind it
 * where files differed), the verification keys' hashes by circuit, and o1js's file beside the page.
 */
const BUILD = RUNPROOF_BUILD;

/** Of path gateways, and of those that give every site an origin of its own. */
const PATH = /^\/ipfs\/([a-zA-Z0-9]{46,128})(?:\/|$)/;
const SUBDOMAIN = /^([a-z0-9]{46,63})\.ipfs\./;

/** CID that the page was opened from, or `undefined` where no gateway's address says so. */
const siteOf = ({ hostname, pathname }: Pick<Location, 'hostname' | 'pathname'>) =>
  SUBDOMAIN.exec(hostname)?.[1] ?? PATH.exec(pathname)?.[1];
