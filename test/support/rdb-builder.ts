/** RDB bytes put together by hand, of what no server at hand writes. */
import { Crc64 } from '../../src/control-plane/rdb/crc64.js';
import { encodedNumber, encodedString } from '../../src/control-plane/rdb/encoding.js';

/** Numbers are single bytes. */
export function bytesOf(...parts: readonly (Buffer | string | number)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))),
  );
}

export const text = (value: string | Buffer) => encodedString(Buffer.from(value));
export const number = encodedNumber;

/** Eight bytes. */
export function time(at: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(at));
  return bytes;
}

/** With its header, its end and its checksum. */
export function rdbFile(header: string, ...parts: readonly (Buffer | string | number)[]): Buffer {
  const bytes = bytesOf(header, ...parts, 0xff);
  return Buffer.concat([bytes, new Crc64().update(bytes).digest()]);
}

/** Texts and numbers as listpack.c has them; texts up to 63 bytes. */
export function listpack(entries: readonly (string | bigint)[]): Buffer {
  const encoded = entries.map((entry) => {
    if (typeof entry === 'string') return bytesOf(0x80 | entry.length, entry, 1 + entry.length);
    if (entry >= 0n && entry < 128n) return bytesOf(Number(entry), 1);
    return bytesOf(0xf4, time(entry), 9);
  });
  const body = Buffer.concat(encoded);
  const header = Buffer.alloc(6);
  header.writeUInt32LE(body.length + 7, 0);
  header.writeUInt16LE(entries.length, 4);
  return bytesOf(header, body, 0xff);
}
