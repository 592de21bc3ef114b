import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { addressFor } from '../../../runner-hooks/gitlab/reach.ts';

const PUBLIC = { hosts: [], isPublic: true };

describe('what a job may reach', () => {
  it.each([
    ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1'],
    ...['169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255', '198.18.0.1'],
    ...['::1', '::', 'fe80::1', 'fd00:ec2::254', '::ffff:127.0.0.1', '::ffff:169.254.169.254'],
    ...['64:ff9b::a9fe:a9fe', '2002:7f00:1::', '2001:0:1::1', '2001:db8::1', 'ff02::1'],
    // Other ways to write some of them.
    ...['2130706433', '0x7f000001', '0177.0.0.1', '127.1', '[::1]'],
  ])('R1: is not %s, however public all else is', async (host) => {
    expect(await addressFor(host, 80, PUBLIC)).toBeUndefined();
  });

  it.each(['1.1.1.1', '100.63.255.255', '172.32.0.1', '192.167.1.1', '2606:4700::1111'])(
    'is %s, which is public',
    async (host) => {
      expect(await addressFor(host, 443, PUBLIC)).toBe(host);
      expect(await addressFor(host, 443, { hosts: [], isPublic: false })).toBeUndefined();
    }
  );

  it('R1: is no address of the machine itself, public ones included', async () => {
    for (const { address } of Object.values(networkInterfaces()).flatMap((all) => all!))
      expect(await addressFor(address, 22, PUBLIC)).toBeUndefined();
  });

  it('is what the owner names, wherever that is, at its ports', async () => {
    const policy = { hosts: ['127.0.0.1', 'localhost:8080'], isPublic: false };
    expect(await addressFor('127.0.0.1', 443, policy)).toBe('127.0.0.1');
    expect(await addressFor('127.0.0.1', 8080, policy)).toBeUndefined();
    expect(await addressFor('LOCALHOST', 8080, policy)).toMatch(/^(127\.0\.0\.1|::1)$/);
    expect(await addressFor('localhost', 443, policy)).toBeUndefined();
    expect(await addressFor('no-such-host.invalid', 443, PUBLIC)).toBeUndefined();
  });
});
