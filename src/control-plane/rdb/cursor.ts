/** The bytes of an RDB that are at hand: what is still to be gone through, and what was and is not handed on yet. */
import type { Crc64 } from './crc64.js';
import { findExtent, lengthOf, numberAt, stringOf, widthOf, type Extent } from './encoding.js';
import { RdbError } from './rdb-error.js';

/** What is held whole: a key, a library of functions. Redis takes 512 MB of them; nobody has any of 32. */
export const HELD_BYTES_MAX = 32 * 1024 * 1024;

export class Cursor {
  bytes: Buffer = Buffer.alloc(0);
  /** What is before it was gone through. */
  at = 0;
  /** What is before it was handed on. */
  #from = 0;
  /** Where `bytes` begins in the file. */
  #offset = 0;
  /** What came and was not put to `bytes` yet: there is no use in it before so many bytes are there. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #wantedBytes = 0;
  readonly #extent: Extent = { head: 0, end: 0 };

  /** @param checksum of everything that is handed on. */
  constructor(readonly checksum: Crc64 | null) {}

  /** How many bytes of the file were gone through. */
  get offset(): number {
    return this.#offset + this.at;
  }

  /** How many bytes came. */
  get size(): number {
    return this.#offset + this.bytes.length + this.#waitingBytes;
  }

  feed(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    const held = this.bytes.length - this.#from;
    if (held + this.#waitingBytes < this.#wantedBytes) return;
    const rest = held === 0 ? [] : [this.bytes.subarray(this.#from)];
    const all = [...rest, ...this.#waiting];
    this.bytes = all.length === 1 && all[0] ? all[0] : Buffer.concat(all);
    this.at -= this.#from;
    this.#offset += this.#from;
    this.#from = 0;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#wantedBytes = 0;
  }

  has(bytes: number): boolean {
    return this.bytes.length - this.at >= bytes;
  }

  get isHolding(): boolean {
    return this.at > this.#from;
  }

  /** What was gone through since the last time. */
  taken(): Buffer {
    this.checksum?.update(this.bytes, this.#from, this.at);
    const bytes = this.bytes.subarray(this.#from, this.at);
    this.#from = this.at;
    return bytes;
  }

  /** How many bytes the number ahead takes; -1: not known yet. Throws RdbError where there is none. */
  widthOfNumber(): number {
    if (!this.has(1)) return -1;
    const width = widthOf(this.bytes[this.at] ?? 0);
    if (!this.has(width)) return -1;
    numberAt(this.bytes, this.at);
    return width;
  }

  /** How many bytes the string ahead takes; -1: not known yet. Throws RdbError where there is none. */
  widthOfString(): number {
    return findExtent(this.bytes, this.at, this.#extent) ? this.#extent.end : -1;
  }

  /** Goes past a number. */
  *number(): Generator<null, number | bigint> {
    let width = this.widthOfNumber();
    for (; width < 0; width = this.widthOfNumber()) yield null;
    const number = numberAt(this.bytes, this.at);
    this.at += width;
    return number;
  }

  /** Goes past a string that is held whole, and returns how many bytes it takes. Throws RdbError where it is too long. */
  *held(what: string): Generator<null, number> {
    for (;;) {
      const width = this.widthOfString();
      if (width >= 0) {
        const length = Math.max(width, lengthOf(this.bytes, this.at, this.#extent));
        if (length > HELD_BYTES_MAX) {
          const limit = String(HELD_BYTES_MAX / 1024 / 1024);
          throw new RdbError(`${what} has more than ${limit} MB, which is not supported`);
        }
        if (this.has(width)) {
          this.at += width;
          return width;
        }
        this.#wantedBytes = this.at - this.#from + width;
      }
      yield null;
    }
  }

  *string(what: string): Generator<null, Buffer> {
    const width = yield* this.held(what);
    return stringOf(this.bytes.subarray(this.at - width, this.at));
  }
}
