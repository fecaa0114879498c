/** An RDB of nothing but texts in database 0: for engines that keep no more. */
import { Crc64 } from './crc64.js';
import { encodedString, stringOf } from './encoding.js';
import { RdbScanner } from './scanner.js';
import { OPCODE, STRING } from './shapes.js';

export interface TextKey {
  readonly key: string;
  readonly value: string;
  /** Milliseconds since 1970; null: it does not end. */
  readonly expiresAt: number | null;
}

/** As Redis 7.0 writes it. */
const HEADER = 'REDIS0010';

export function rdbOfTexts(keys: readonly TextKey[], redisVersion: string): Buffer {
  const text = (value: string) => encodedString(Buffer.from(value));
  const parts = [
    Buffer.from(HEADER),
    Buffer.from([OPCODE.aux]),
    text('redis-ver'),
    text(redisVersion),
    Buffer.from([OPCODE.database, 0]),
  ];
  for (const { key, value, expiresAt } of keys) {
    if (expiresAt !== null) {
      const expiry = Buffer.alloc(9);
      expiry[0] = OPCODE.expiryMs;
      expiry.writeBigInt64LE(BigInt(expiresAt), 1);
      parts.push(expiry);
    }
    parts.push(Buffer.from([STRING]), text(key), text(value));
  }
  const bytes = Buffer.concat([...parts, Buffer.from([OPCODE.end])]);
  return Buffer.concat([bytes, new Crc64().update(bytes).digest()]);
}

/** Throws RdbError where it is no whole RDB, or has anything but texts. */
export function textsOf(rdb: Buffer): readonly TextKey[] {
  const found: TextKey[] = [];
  let parts: Buffer[] = [];
  let [key, expiresAt]: [string, number | null] = ['', null];
  const scanner = RdbScanner.ofFile({ checks: true });
  scanner.feed(rdb);
  for (let event = scanner.next(); event; event = scanner.next()) {
    if (event.kind === 'key') {
      parts = [];
      key = stringOf(event.key.head.subarray(1)).toString();
      expiresAt = event.key.expiresAt === null ? null : Number(event.key.expiresAt);
    }
    if (event.kind === 'value') {
      parts.push(event.bytes);
      if (event.last)
        found.push({ key, value: stringOf(Buffer.concat(parts)).toString(), expiresAt });
    }
  }
  scanner.finish();
  return found;
}
