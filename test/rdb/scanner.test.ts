/** What is no server's at hand to write is put together from the sources of Redis and Valkey, and cut everywhere. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RdbError } from '../../src/control-plane/rdb/rdb-error.js';
import { digestOf, readRdb } from '../support/rdb.js';
import { bytesOf, listpack, number, rdbFile, text, time } from '../support/rdb-builder.js';
import { everySplit } from '../support/splits.js';

const NOW = 1_790_000_000_000;
const DATABASE_3 = bytesOf(254, 3);

/** Each a whole file, with one key `k` of that type. */
const VALUES: readonly (readonly [string, string, number, Buffer])[] = [
  ['a text', 'REDIS0011', 0, text('value')],
  ['a text of 16,384 bytes', 'REDIS0011', 0, text('x'.repeat(16_384))],
  ['a number as a text', 'REDIS0011', 0, bytesOf(0xc1, 0x39, 0x30)],
  ['a compressed text', 'REDIS0011', 0, bytesOf(0xc3, 4, 10, 0, 'x', 0xe0, 0)],
  ['a list', 'REDIS0003', 1, bytesOf(number(2), text('a'), text('b'))],
  ['an empty set', 'REDIS0003', 2, number(0)],
  [
    'scores as texts',
    'REDIS0003',
    3,
    bytesOf(4, text('a'), 3, '1.5', text('b'), 253, text('c'), 254, text('d'), 255),
  ],
  ['a hash', 'REDIS0006', 4, bytesOf(number(1), text('f'), text('v'))],
  ['scores in binary', 'REDIS0008', 5, bytesOf(1, text('a'), Buffer.alloc(8, 1))],
  [
    'what a module wrote',
    'REDIS0009',
    7,
    bytesOf(number(2n ** 63n), 2, number(70_000), 1, 5, 3, 'four', 4, 'eight by', 5, text('s'), 0),
  ],
  ['a list of ziplists', 'REDIS0007', 14, bytesOf(2, text('one'), text('two'))],
  [
    'a list of listpacks',
    'REDIS0010',
    18,
    bytesOf(2, 1, text('plain'), 2, text(listpack(['a', 'b']))),
  ],
  [
    'a stream of 5.0',
    'REDIS0009',
    15,
    bytesOf(
      1,
      text(Buffer.alloc(16)),
      text(listpack([])),
      3,
      1,
      2,
      1,
      text('g'),
      1,
      2,
      1,
      Buffer.alloc(16),
      time(NOW),
      1,
      1,
      text('c'),
      time(NOW),
      1,
      Buffer.alloc(16),
    ),
  ],
  [
    'a stream of 7.2',
    'REDIS0011',
    21,
    bytesOf(
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      9,
      1,
      text('g'),
      0,
      0,
      7,
      0,
      1,
      text('c'),
      time(NOW),
      time(NOW),
      0,
    ),
  ],
  [
    'a hash with ends, of Redis',
    'REDIS0012',
    24,
    bytesOf(time(NOW), 2, 0, text('f'), text('v'), number(5000), text('g'), text('w')),
  ],
  [
    'a packed hash with ends, of Redis',
    'REDIS0012',
    25,
    bytesOf(time(NOW), text(listpack(['f', 'v', 0n, 'g', 'w', BigInt(NOW)]))),
  ],
  [
    'a hash with ends, of Valkey',
    'VALKEY080',
    22,
    bytesOf(2, text('f'), text('v'), time(-1), text('g'), text('w'), time(NOW)),
  ],
];

describe.each(VALUES)('%s', (_, header, type, value) => {
  const head = bytesOf(DATABASE_3, 252, time(NOW), 249, 200, type, text('k'));
  const whole = bytesOf(header, head, value, 0xff);
  const file = header < 'REDIS0005' ? whole : rdbFile(header, head, value);

  test('is found, however it is cut', () => {
    const read = readRdb([file]);
    expect(read.keys).toMatchObject([
      {
        database: 3,
        type,
        expiresAt: BigInt(NOW),
        frequency: 200,
        idle: null,
        valueAt: header.length + head.length,
      },
    ]);
    expect(read.keys[0]?.name.toString()).toBe('k');
    expect(read.keys[0]?.value.equals(value)).toBe(true);
    expect(read.bytes.equals(file)).toBe(true);
    const right = digestOf(read);
    const cuts =
      file.length > 1000 ? [[file.subarray(0, 500), file.subarray(500)]] : everySplit(file);
    for (const pieces of cuts) expect(digestOf(readRdb(pieces))).toBe(right);
  });

  test('is not taken for whole when anything is missing', () => {
    for (let end = 0; end < Math.min(file.length, 300); end += 1) {
      expect(() => readRdb([file.subarray(0, end)]), `${String(end)} bytes`).toThrow(RdbError);
    }
    expect(() => readRdb([file.subarray(0, -1)])).toThrow(RdbError);
  });
});

test('what stands between the keys is gone over, and told where it matters', () => {
  const file = rdbFile(
    'REDIS0012',
    bytesOf(250, text('redis-ver'), text('8.0.0'), 250, text('ctime'), bytesOf(0xc2, 1, 2, 3, 4)),
    bytesOf(245, text('#!lua name=lib\nreturn')),
    bytesOf(247, number(moduleId('SomeType-')), 2, 1, 2, 7, 5, text('data'), 0),
    bytesOf(254, 0, 251, 2, 1, 244, number(900), 2, 1),
    bytesOf(253, Buffer.from([1, 0, 0, 0]), 248, number(70_000), 0, text('old'), text('v')),
    bytesOf(0, text('new'), text('v')),
  );
  const { keys, aux, libraries, modules, version } = readRdb([file]);
  expect(keys.map(({ name, expiresAt, idle }) => [name.toString(), expiresAt, idle])).toEqual([
    ['old', 1000n, 70_000],
    ['new', null, null],
  ]);
  expect([...aux]).toEqual([
    ['redis-ver', '8.0.0'],
    ['ctime', String(0x04030201)],
  ]);
  expect([libraries, modules, version]).toEqual([['#!lua name=lib\nreturn'], ['SomeType-'], 12]);
  for (const pieces of everySplit(file)) expect(readRdb(pieces).bytes.equals(file)).toBe(true);
});

test('the slots of a cluster that Valkey tells of are gone over', () => {
  const file = rdbFile(
    'VALKEY080',
    bytesOf(243, text('job'), 2, 0, 1, 5, 9, 0, text('k'), text('v')),
  );
  expect(readRdb([file]).keys).toHaveLength(1);
});

test('a file without a checksum is taken, and one with a wrong one is not', () => {
  const file = rdbFile('REDIS0011', bytesOf(0, text('k'), text('v')));
  const without = bytesOf(file.subarray(0, -8), Buffer.alloc(8));
  expect(readRdb([without]).keys).toHaveLength(1);
  for (let at = 9; at < file.length; at += 1) {
    const spoilt = Buffer.from(file);
    spoilt[at] = (spoilt[at] ?? 0) ^ 0x01;
    expect(() => readRdb([spoilt]), `byte ${String(at)}`).toThrow(RdbError);
  }
});

test.each([
  ['a type that nobody knows', bytesOf(99), /nothing is known of type 99 \(at byte 10\)/],
  [
    'what only release candidates of 7.4 wrote',
    bytesOf(22, text('k'), 0),
    /nothing is known of type 22/,
  ],
  ['what modules keep with a key', bytesOf(243, 1), /nothing is known of type 243/],
  ['a length that is none', bytesOf(1, text('k'), 0x82, Buffer.alloc(8)), /130 begins no length/],
  ['an encoding that is none', bytesOf(0, text('k'), 0xc7), /199 is no encoding of a string/],
  ['more than can be', bytesOf(1, text('k'), number(2n ** 60n)), /1152921504606846976 is too many/],
  [
    'the part of a module that is none',
    bytesOf(7, text('k'), 1, 9),
    /a module wrote a part of kind 9/,
  ],
  [
    'a name that is too long',
    bytesOf(0, number(40 * 1024 * 1024), 'k'),
    /the name of a key has more than 32 MB/,
  ],
  [
    'one that would be, unpacked',
    bytesOf(0, 0xc3, 4, number(40 * 1024 * 1024), 'abcd'),
    /more than 32 MB/,
  ],
  [
    'a compressed name that refers to nothing',
    bytesOf(250, 0xc3, 3, 9, 0x20, 200, 0, text('v')),
    /cannot be read/,
  ],
])('%s is said with its place', (_, bytes, problem) => {
  expect(() => readRdb([bytesOf('REDIS0012', bytes, Buffer.alloc(20))])).toThrow(problem);
});

test('whatever bytes come, it ends, with an RDB or with why it is none', () => {
  const file = rdbFile(
    'REDIS0012',
    ...VALUES.filter(([, header]) => header.startsWith('REDIS')).flatMap(([, , type, value]) => [
      bytesOf(type, text('k')),
      value.length > 1000 ? text('short') : value,
    ]),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 5 }),
      fc.nat(file.length),
      (changes, cut) => {
        const changed = Buffer.from(file);
        for (const [at, byte] of changes) changed[at] = byte;
        const outcome = (pieces: Buffer[]) => {
          try {
            return digestOf(readRdb(pieces));
          } catch (error) {
            if (!(error instanceof RdbError)) throw error;
            return error.message;
          }
        };
        const cutInTwo = [changed.subarray(0, cut), changed.subarray(cut)];
        // The place of a mistake may be told from where the bytes ran out.
        const withoutPlace = (text: string) => text.replace(/ \(at byte \d+\)/, '');
        expect(withoutPlace(outcome(cutInTwo))).toBe(withoutPlace(outcome([changed])));
      },
    ),
    { numRuns: 3000 },
  );
});

/** As module.c makes it of a name of nine characters. */
function moduleId(name: string): bigint {
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const id = name.split('').reduce((id, one) => (id << 6n) | BigInt(characters.indexOf(one)), 0n);
  return (id << 10n) | 1n;
}
