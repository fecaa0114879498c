/** The checksum against its known value, and against itself in pieces. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Crc64 } from '../../src/control-plane/rdb/crc64.js';

test('is that of Redis (crc64.c, crc64Test)', () => {
  const sum = (text: string) =>
    new Crc64().update(Buffer.from(text)).digest().reverse().toString('hex');
  expect(sum('123456789')).toBe('e9c6d914c4b8d9ca');
  expect(sum('')).toBe('0000000000000000');
});

test('is the same in pieces as at once', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
      const inPieces = new Crc64();
      for (const piece of pieces) inPieces.update(piece);
      expect(inPieces.digest()).toEqual(new Crc64().update(Buffer.concat(pieces)).digest());
    }),
  );
});
