/** Ends that are moved: of keys, and of fields of hashes in each of their forms. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { later } from '../../src/control-plane/rdb/later.js';
import { listpackEntries } from '../../src/control-plane/rdb/listpack.js';
import { stringOf } from '../../src/control-plane/rdb/encoding.js';
import { shiftedRdb } from '../../src/control-plane/rdb/shifted.js';
import { readRdb, type ReadRdb } from '../support/rdb.js';
import { bytesOf, listpack, number, rdbFile, text, time } from '../support/rdb-builder.js';
import { RealRedis } from '../support/real-redis.js';

const NOW = 1_790_000_000_000n;
const HOUR = 3_600_000n;

async function shifted(file: Buffer, by: bigint): Promise<ReadRdb> {
  const pieces: Buffer[] = [];
  const source = [...file].map((byte) => Buffer.from([byte]));
  for await (const piece of shiftedRdb(asyncOf(source), Number(by))) pieces.push(piece);
  return readRdb(pieces);
}

async function* asyncOf(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

describe('the end of a key', () => {
  test('is moved, never to "no end", and beyond 2^53 it stays', () => {
    expect(later(NOW, HOUR)).toBe(NOW + HOUR);
    expect(later(NOW, -NOW)).toBe(1n);
    expect(later(5n, -HOUR)).toBe(1n);
    expect(later(2n ** 60n, HOUR)).toBe(2n ** 60n);
  });

  test('in seconds becomes one in milliseconds, and everything else stays as it was', async () => {
    const file = rdbFile(
      'REDIS0009',
      bytesOf(254, 2, 253, Buffer.from([100, 0, 0, 0]), 249, 3, 0, text('old'), text('v')),
      bytesOf(
        252,
        time(NOW),
        248,
        9,
        4,
        text('hash'),
        1,
        text('f'),
        text('v'),
        0,
        text('k'),
        text('v'),
      ),
    );
    const { keys, version } = await shifted(file, 1234n);
    const read = readRdb([file]);
    expect(version).toBe(9);
    expect(keys.map(({ expiresAt }) => expiresAt)).toEqual([101_234n, NOW + 1234n, null]);
    const rest = ({ keys }: ReadRdb) =>
      keys.map(({ database, type, name, value, idle, frequency }) => ({
        database,
        type,
        name,
        value,
        idle,
        frequency,
      }));
    expect(rest({ ...read, keys })).toEqual(rest(read));
  });

  test('moved by nothing, the file is the same byte for byte', async () => {
    const file = rdbFile(
      'REDIS0012',
      bytesOf(252, time(NOW), 25, text('h'), time(NOW), text(listpack(['f', 'v', NOW]))),
    );
    expect((await shifted(file, 0n)).bytes.equals(file)).toBe(true);
  });
});

describe('ends of fields', () => {
  test('of a hash of Redis 7.4 and later are relative to the earliest: that one moves', async () => {
    const fields = bytesOf(2, 0, text('f'), text('v'), number(5001), text('g'), text('w'));
    const { keys } = await shifted(
      rdbFile('REDIS0012', bytesOf(24, text('h'), time(NOW), fields)),
      HOUR,
    );
    expect(keys[0]?.value.equals(bytesOf(time(NOW + HOUR), fields))).toBe(true);
    const back = rdbFile('REDIS0012', bytesOf(24, text('h'), time(1000), fields));
    await expect(shifted(back, -HOUR)).rejects.toThrow('would have ended before 1970');
  });

  test('of a packed hash are moved one by one, and those that do not end stay so', async () => {
    const entries = ['f', 'v', NOW + 500n, 'number', 12n, NOW, 'g', 'w', 0n, 'over', 'x', 5n];
    const value = bytesOf(time(5n), text(listpack(entries)));
    const { keys } = await shifted(rdbFile('REDIS0012', bytesOf(25, text('h'), value)), -HOUR);
    expect(keys[0]?.type).toBe(24);
    expect(fieldsOf(keys[0]?.value ?? Buffer.alloc(0))).toEqual([
      ['f', 'v', NOW - HOUR + 500n],
      ['number', '12', NOW - HOUR],
      ['g', 'w', null],
      ['over', 'x', 1n],
    ]);
  });

  test('of a hash of Valkey are moved one by one, and -1 is no end', async () => {
    const value = bytesOf(
      3,
      text('f'),
      text('v'),
      time(-1),
      text('g'),
      text('w'),
      time(NOW),
      text('o'),
      text('x'),
      time(5),
    );
    const { keys } = await shifted(rdbFile('VALKEY080', bytesOf(22, text('h'), value)), -HOUR);
    const moved = bytesOf(
      3,
      text('f'),
      text('v'),
      time(-1),
      text('g'),
      text('w'),
      time(NOW - HOUR),
      text('o'),
      text('x'),
      time(1),
    );
    expect(keys[0]?.value.equals(moved)).toBe(true);
  });
});

test('a listpack that Redis wrote has the entries that Redis tells', async () => {
  await using redis = await RealRedis.start();
  const { control } = redis;
  await control.config('SET', 'hash-max-listpack-value', '100000');
  const sizes = [0, 1, 62, 63, 64, 127, 4094, 4095, 4096, 20_000];
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
          fc.integer({ min: -5000, max: 5000 }).map(String),
          fc.integer({ min: -(2 ** 24), max: 2 ** 24 }).map(String),
          fc.constantFrom(...sizes).map((size) => 'x'.repeat(size)),
        ),
        { minLength: 1, maxLength: 60 },
      ),
      async (entries) => {
        await control.del('hash');
        const pairs = entries.flatMap((entry, at) => [`field ${String(at)}`, entry]);
        await control.hset('hash', ...pairs);
        const payload = await control.dumpBuffer('hash');
        // The type, the listpack as a string; version and checksum at the end.
        expect(payload[0]).toBe(16);
        const found = listpackEntries(stringOf(payload.subarray(1, -10)));
        expect(found.map((entry) => entry.toString())).toEqual(pairs);
      },
    ),
    { numRuns: 100 },
  );
});

test('a listpack that is cut off or no listpack is said to be so', () => {
  const whole = listpack(['abc', 5n, 2n ** 40n]);
  for (let end = 0; end < whole.length; end += 1) {
    expect(() => listpackEntries(whole.subarray(0, end))).toThrow(/listpack/);
  }
  expect(() => listpackEntries(bytesOf(Buffer.alloc(6), 0xf7, 0xff))).toThrow('begins no entry');
});

/** Of a value of type 24. */
function fieldsOf(value: Buffer): unknown[] {
  const earliest = value.readBigInt64LE(0);
  // Field after field: a number, and two strings that are short here.
  const found: unknown[] = [];
  let at = 8;
  const take = (): number => {
    const first = value[at] ?? 0;
    const width = [1, 2, first === 0x80 ? 5 : 9][first >> 6] ?? 1;
    const bytes = value.subarray(at, at + width);
    at += width;
    if (width === 1) return first;
    if (width === 2) return ((first & 63) << 8) | (bytes[1] ?? 0);
    return width === 5 ? bytes.readUInt32BE(1) : Number(bytes.readBigUInt64BE(1));
  };
  const word = (): string => {
    const length = take();
    at += length;
    return value.toString('latin1', at - length, at);
  };
  for (let left = take(); left > 0; left -= 1) {
    const end = take();
    found.push([word(), word(), end === 0 ? null : earliest + BigInt(end) - 1n]);
  }
  expect(at).toBe(value.length);
  return found;
}
