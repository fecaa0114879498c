/** Reads the entries of a listpack (listpack.c): a header of six bytes, entries, a byte that ends it. */
import { RdbError } from './rdb-error.js';

const HEADER_BYTES = 6;
const END = 0xff;

/** Of an entry's first byte: how wide it is in all, without its length backwards, and what its content is. */
interface Read {
  readonly width: number;
  readonly content: Buffer | bigint;
}

/** Text as it is, numbers as numbers. Throws RdbError where the bytes are no listpack. */
export function listpackEntries(bytes: Buffer): (Buffer | bigint)[] {
  const entries: (Buffer | bigint)[] = [];
  let at = HEADER_BYTES;
  while (bytes[at] !== END) {
    if (at >= bytes.length) throw new RdbError('a listpack has no end');
    const { width, content } = entryAt(bytes, at);
    entries.push(content);
    at += width + backLength(width);
    if (at > bytes.length) throw new RdbError('a listpack is cut off');
  }
  return entries;
}

function entryAt(bytes: Buffer, at: number): Read {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  const text = (head: number, length: number): Read => ({
    width: head + length,
    content: bytes.subarray(at + head, at + head + length),
  });
  if (first < 0x80) return { width: 1, content: BigInt(first) };
  if (first < 0xc0) return text(1, first & 0x3f);
  if (first < 0xe0)
    return { width: 2, content: BigInt.asIntN(13, BigInt(((first & 0x1f) << 8) | second)) };
  if (first < 0xf0) return text(2, ((first & 0x0f) << 8) | second);
  if (first === 0xf0) return text(5, bytes.readUInt32LE(at + 1));
  const integer = INTEGERS[first];
  if (integer === undefined) throw new RdbError(`${String(first)} begins no entry of a listpack`);
  if (at + 1 + integer > bytes.length) throw new RdbError('a listpack is cut off');
  const content =
    integer === 8 ? bytes.readBigInt64LE(at + 1) : BigInt(bytes.readIntLE(at + 1, integer));
  return { width: 1 + integer, content };
}

/** Integers by their first byte: how many bytes follow it. */
const INTEGERS: Readonly<Record<number, number>> = { 0xf1: 2, 0xf2: 3, 0xf3: 4, 0xf4: 8 };

/** An entry says its own width behind itself, in groups of seven bits. */
function backLength(width: number): number {
  if (width < 128) return 1;
  if (width < 16384) return 2;
  if (width < 2097152) return 3;
  return width < 268435456 ? 4 : 5;
}
