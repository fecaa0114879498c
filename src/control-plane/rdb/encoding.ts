/** Lengths and strings as an RDB has them (rdb.c, rdbLoadLenByRef and rdbGenericLoadStringObject; lzf_d.c). */
import { RdbError } from './rdb-error.js';

const SHORT_MAX = 0x3f;
const MIDDLE_MAX = 0x3fff;
const LONG_MAX = 0xffffffff;
const LONG = 0x80;
const LONGEST = 0x81;
/** What the two highest bits of the first byte say. */
const MIDDLE_MARK = 1;
const LONG_MARK = 2;
const ENCODED_MARK = 3;
/** The encodings of a string that is not there byte for byte. */
const INTEGERS: Readonly<Record<number, number>> = { 0xc0: 1, 0xc1: 2, 0xc2: 4 };
const COMPRESSED = 0xc3;

/** How many bytes a number takes that begins with this one. */
export function widthOf(first: number): number {
  const mark = first >> 6;
  if (mark === LONG_MARK) return first === LONG ? 5 : 9;
  return mark === MIDDLE_MARK ? 2 : 1;
}

/** The number at `at`, of which all bytes are there. Throws RdbError for what is none. */
export function numberAt(bytes: Buffer, at: number): bigint | number {
  const first = bytes[at] ?? 0;
  const mark = first >> 6;
  if (mark === 0) return first;
  if (mark === MIDDLE_MARK) return ((first & SHORT_MAX) << 8) | (bytes[at + 1] ?? 0);
  if (first === LONG) return bytes.readUInt32BE(at + 1);
  if (first === LONGEST) return bytes.readBigUInt64BE(at + 1);
  throw new RdbError(`${String(first)} begins no length`);
}

/** Of a string: where its bytes begin and end, counted from its first one. MORE: not known yet. */
export interface Extent {
  head: number;
  end: number;
}

/** Finds out into `extent`; false: more bytes are needed. Throws RdbError for what is no string. */
export function findExtent(bytes: Buffer, at: number, extent: Extent): boolean {
  const left = bytes.length - at;
  if (left === 0) return false;
  const first = bytes[at] ?? 0;
  if (first <= SHORT_MAX) {
    extent.head = 1;
    extent.end = 1 + first;
    return true;
  }
  if (first >> 6 === ENCODED_MARK) return findEncoded(bytes, at, first, extent);
  const width = widthOf(first);
  if (left < width) return false;
  extent.head = width;
  extent.end = width + countOf(numberAt(bytes, at));
  return true;
}

function findEncoded(bytes: Buffer, at: number, first: number, extent: Extent): boolean {
  const integer = INTEGERS[first];
  if (integer !== undefined) {
    extent.head = 1;
    extent.end = 1 + integer;
    return true;
  }
  if (first !== COMPRESSED) throw new RdbError(`${String(first)} is no encoding of a string`);
  let head = 1;
  const lengths: number[] = [];
  while (lengths.length < 2) {
    if (at + head >= bytes.length) return false;
    const width = widthOf(bytes[at + head] ?? 0);
    if (at + head + width > bytes.length) return false;
    lengths.push(countOf(numberAt(bytes, at + head)));
    head += width;
  }
  extent.head = head;
  extent.end = head + (lengths[0] ?? 0);
  return true;
}

/** A number of things. Throws RdbError for more than can be counted. */
export function countOf(number: bigint | number): number {
  const count = Number(number);
  if (!Number.isSafeInteger(count)) throw new RdbError(`${String(number)} is too many`);
  return count;
}

/** The string whose bytes these are, header included. Throws RdbError where it cannot be. */
export function stringOf(bytes: Buffer): Buffer {
  const extent = { head: 0, end: 0 };
  if (!findExtent(bytes, 0, extent)) throw new RdbError('a string is not whole');
  const body = bytes.subarray(extent.head, extent.end);
  const first = bytes[0] ?? 0;
  const integer = INTEGERS[first];
  if (integer !== undefined) return Buffer.from(String(body.readIntLE(0, integer)));
  if (first !== COMPRESSED) return body;
  const lengthAt = 1 + widthOf(bytes[1] ?? 0);
  return decompressed(body, countOf(numberAt(bytes, lengthAt)));
}

/** How long the string is that `stringOf` would give; so that nobody has to hold one that is too long. */
export function lengthOf(bytes: Buffer, at: number, { head, end }: Extent): number {
  if (bytes[at] !== COMPRESSED) return end - head;
  const lengthAt = at + 1 + widthOf(bytes[at + 1] ?? 0);
  return countOf(numberAt(bytes, lengthAt));
}

function decompressed(bytes: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length);
  let from = 0;
  let to = 0;
  const wrong = () => new RdbError('a compressed string cannot be read');
  while (from < bytes.length) {
    const control = bytes[from++] ?? 0;
    if (control < 32) {
      // So many bytes as they are.
      const count = control + 1;
      if (from + count > bytes.length || to + count > length) throw wrong();
      bytes.copy(out, to, from, from + count);
      from += count;
      to += count;
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += bytes[from++] ?? 0;
    let back = to - ((control & 0x1f) << 8) - (bytes[from++] ?? 0) - 1;
    if (back < 0 || from > bytes.length || to + count + 2 > length) throw wrong();
    // Byte by byte: what is repeated may reach into itself.
    for (let left = count + 2; left > 0; left -= 1) out[to++] = out[back++] ?? 0;
  }
  if (to !== length) throw wrong();
  return out;
}

export function encodedNumber(number: bigint | number): Buffer {
  if (number <= SHORT_MAX) return Buffer.from([Number(number)]);
  if (number <= MIDDLE_MAX) {
    return Buffer.from([(MIDDLE_MARK << 6) | (Number(number) >> 8), Number(number) & 0xff]);
  }
  const isLong = number <= LONG_MAX;
  const bytes = Buffer.alloc(isLong ? 5 : 9);
  bytes[0] = isLong ? LONG : LONGEST;
  if (isLong) bytes.writeUInt32BE(Number(number), 1);
  else bytes.writeBigUInt64BE(BigInt(number), 1);
  return bytes;
}

export function encodedString(bytes: Buffer): Buffer {
  return Buffer.concat([encodedNumber(bytes.length), bytes]);
}
