export { IpfsError };
export type { IpfsErrorCode };

/** Every way in which storing, finding or checking content can fail. Closed: callers switch on it. */
type IpfsErrorCode =
  | 'aborted' // the caller's signal
  | 'timeout' // our own limit on time
  | 'bad-cid' // not one of the CIDs that formats/cid allows
  | 'wrong-bytes' // the block does not hash to its CID
  | 'malformed' // an encoding the encoder would not have written
  | 'unsafe-name' // an entry name that could leave the folder or fool a reader
  | 'unsafe-file' // a link, device, socket or pipe where a file was expected
  | 'limit' // more blocks, bytes, entries or depth than the caller allows
  | 'not-found' // nobody asked has it
  | 'incomplete' // a CAR that ended before its DAG did
  | 'not-a-file'
  | 'not-a-directory'
  | 'unreachable' // no source answered properly
  | 'exists' // the target is already there
  | 'bad-address' // a peer address or gateway URL that cannot be used
  | 'storage'; // the disk said no

/** What `ipfs/` throws. `message` is one sentence with the numbers and what to do about it. */
class IpfsError extends Error {
  override readonly name = 'IpfsError';

  constructor(
    readonly code: IpfsErrorCode,
    message: string,
    options: { cause?: unknown } = {}
  ) {
    super(message, options);
  }

  static is(error: unknown, ...codes: IpfsErrorCode[]): error is IpfsError {
    return error instanceof IpfsError && (codes.length === 0 || codes.includes(error.code));
  }
}
