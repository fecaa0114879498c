/** What of a whitelist's text is an address or a range: Node's own parser is the oracle. */
import { BlockList, isIP, isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIpRange } from '../../src/control-plane/core/ip-range.js';

const RUNS = { numRuns: 2000 };

/** Texts that are nearly addresses, and now and then are one. */
const nearlyAddress = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc
    .array(fc.constantFrom('0', '1', '01', '255', '256', '.', ':', '::', 'f', 'FFFF', '1.2.3.4'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.ipV6(), fc.nat(40), fc.constantFrom(':', '.', '0', 'g', ''))
    .map(([text, at, extra]) => text.slice(0, at) + extra + text.slice(at)),
);

const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }));

test('an address is what Node takes for one', () => {
  fc.assert(
    fc.property(nearlyAddress, (text) => {
      expect(parseIpRange(text) !== null, text).toBe(isIP(text) !== 0);
    }),
    RUNS,
  );
});

test('an address is written in one way, which Node takes for the same one', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const written = parseIpRange(text)?.text ?? '';
      const family = isIPv4(text) ? 'ipv4' : 'ipv6';
      const one = new BlockList();
      one.addAddress(text, family);
      expect(one.check(written, family), `${text} as ${written}`).toBe(true);
      expect(parseIpRange(written)?.text).toBe(written);
    }),
    RUNS,
  );
});

test('a range holds the address that it was made of, and is written with its first one', () => {
  fc.assert(
    fc.property(fc.oneof(v4, v6), ([address, prefix]) => {
      const family = isIPv4(address) ? 'ipv4' : 'ipv6';
      const written = parseIpRange(`${address}/${String(prefix)}`)?.text ?? '';
      const [start = '', bits = family === 'ipv4' ? '32' : '128'] = written.split('/');
      expect(Number(bits)).toBe(prefix);
      const range = new BlockList();
      range.addSubnet(start, prefix, family);
      expect(range.check(address, family), `${address} in ${written}`).toBe(true);
    }),
    RUNS,
  );
});

test('two texts have the same key exactly when each holds the other', () => {
  const close = fc.tuple(
    fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.1.1'),
    fc.integer({ min: 20, max: 32 }),
  );
  fc.assert(
    fc.property(close, close, (one, other) => {
      const holds = ([net, prefix]: [string, number], [address, narrower]: [string, number]) => {
        const list = new BlockList();
        list.addSubnet(net, prefix, 'ipv4');
        return prefix <= narrower && list.check(address, 'ipv4');
      };
      const keyOf = ([net, prefix]: [string, number]) =>
        parseIpRange(`${net}/${String(prefix)}`)?.key;
      expect(keyOf(one) === keyOf(other)).toBe(holds(one, other) && holds(other, one));
    }),
    RUNS,
  );
});

describe('a text', () => {
  test.each([
    ['192.168.1.7/24', '192.168.1.0/24'],
    ['10.0.0.1/32', '10.0.0.1'],
    [' 10.0.0.1 ', '10.0.0.1'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['FD00::/8', 'fd00::/8'],
    ['::1/128', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::/0', '::/0'],
  ])('%s is written %s', (text, written) => {
    expect(parseIpRange(text)?.text).toBe(written);
  });

  test.each([
    ...['', '10.0.0', '10.0.0.1/33', '10.0.0.1/', '10.0.0.1/08', '10.0.0.1/8/8', '10.0.0.1/-1'],
    ...['010.0.0.1', '10.0.0.256', '::1/129', ':::', 'fe80::1%eth0', 'localhost', '10.0.0.1:6379'],
  ])('"%s" is neither an address nor a range', (text) => {
    expect(parseIpRange(text)).toBeNull();
  });
});
