/** Moves the times of an RDB: when keys end, and when fields of hashes do. */
import { encodedNumber, encodedString, stringOf } from './encoding.js';
import type { RdbEvent } from './events.js';
import { listpackEntries } from './listpack.js';
import { RdbError } from './rdb-error.js';
import { HASH_LISTPACK_EX, HASH_METADATA } from './shapes.js';

/** Beyond 2^53 (the year 287396) an end is left as it is, as an ageing leaves it. */
const EXACT_MAX = 2n ** 53n;
/** Redis takes no later end of a field (ebuckets.h, EB_EXPIRE_TIME_MAX). */
const FIELD_MAX = 2n ** 46n - 1n;
/** What is over by then, however long: 0 would be no end at all. */
const FIRST = 1n;
/** A listpack is held whole; by Redis' own settings a hash has at most 512 fields of 64 bytes in one. */
const LISTPACK_BYTES_MAX = 32 * 1024 * 1024;

/** An end, so much later. */
export function later(endsAt: bigint, shiftMs: bigint): bigint {
  if (endsAt > EXACT_MAX) return endsAt;
  const moved = endsAt + shiftMs;
  return moved < FIRST ? FIRST : moved;
}

/** The parts of one value, with the ends of its fields moved. The same type, but for listpacks with ends in them. */
export class LaterValue {
  /** What type the value has now. */
  readonly type: number;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(
    private readonly from: number,
    private readonly shiftMs: bigint,
  ) {
    // Moved, the numbers in a listpack may have another width: it is written anew, as the fields that it has.
    this.type = from === HASH_LISTPACK_EX && shiftMs !== 0n ? HASH_METADATA : from;
  }

  /** What becomes of a part; nothing yet, where it has to be seen whole. */
  part(event: Extract<RdbEvent, { kind: 'value' | 'time' }>): Buffer {
    if (this.type !== this.from) return this.#hold(event);
    return event.kind === 'time' ? this.#time(event.endsAt, event.bytes) : event.bytes;
  }

  #time(endsAt: bigint, bytes: Buffer): Buffer {
    if (this.shiftMs === 0n || endsAt < 0n) return bytes;
    const moved = endsAt + this.shiftMs;
    // The other ends of the hash are relative to this one, the earliest.
    if (this.from === HASH_METADATA && moved < FIRST) {
      throw new RdbError('fields of a hash would have ended before 1970, which is not supported');
    }
    const out = Buffer.alloc(8);
    out.writeBigInt64LE(moved < FIRST ? FIRST : moved);
    return out;
  }

  #hold(event: Extract<RdbEvent, { kind: 'value' | 'time' }>): Buffer {
    if (event.kind === 'time') return NOTHING;
    this.#held.push(event.bytes);
    this.#heldBytes += event.bytes.length;
    if (this.#heldBytes > LISTPACK_BYTES_MAX) {
      const limit = String(LISTPACK_BYTES_MAX / 1024 / 1024);
      throw new RdbError(`a listpack has more than ${limit} MB, which is not supported`);
    }
    if (!event.last) return NOTHING;
    const entries = listpackEntries(stringOf(Buffer.concat(this.#held)));
    this.#held = [];
    return fieldsOf(entries, this.shiftMs);
  }
}

const NOTHING = Buffer.alloc(0);

/** As type HASH_METADATA (rdb.c, rdbSaveObject): 0 is no end, 1 the earliest. */
function fieldsOf(entries: readonly (Buffer | bigint)[], shiftMs: bigint): Buffer {
  if (entries.length % 3 !== 0) throw new RdbError('a listpack has a field without an end');
  const ends = entries.filter((_, at) => at % 3 === 2).map((end) => BigInt(String(end)));
  const moved = ends.map((end) => (end === 0n ? 0n : later(end, shiftMs)));
  const earliest = moved.reduce((least, end) => (end > 0n && end < least ? end : least), FIELD_MAX);
  const minimum = Buffer.alloc(8);
  minimum.writeBigInt64LE(earliest);
  const parts = [minimum, encodedNumber(ends.length)];
  moved.forEach((end, at) => {
    parts.push(encodedNumber(end === 0n ? 0n : end - earliest + 1n));
    for (const text of entries.slice(3 * at, 3 * at + 2)) {
      parts.push(encodedString(Buffer.isBuffer(text) ? text : Buffer.from(String(text))));
    }
  });
  return Buffer.concat(parts);
}
