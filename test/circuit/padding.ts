export { padded };

/** The words of a message as SHA-1 and SHA-256 pad it (FIPS 180-4, 5.1.1). */
function padded(message: Uint8Array): number[] {
  const blocks = Math.ceil((message.length + 9) / 64);
  const bytes = Buffer.alloc(64 * blocks);
  bytes.set(message);
  bytes[message.length] = 0x80;
  bytes.writeBigUInt64BE(8n * BigInt(message.length), bytes.length - 8);
  return Array.from({ length: 16 * blocks }, (_, i) => bytes.readUInt32BE(4 * i));
}
