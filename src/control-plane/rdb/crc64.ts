/**
 * The checksum of RDB files and DUMP payloads (crc64.c: "Jones", reflected, begins with 0, nothing xored at the end).
 * Eight bytes at a time, each with a table of its own, in halves of 32 bits: JavaScript has no fast integers of 64.
 */

/** 0xad93d23594c935a9 with its bits in reverse. */
const POLY_HIGH = 0x95ac9329;
const POLY_LOW = 0xac4bc9b5;
const AT_ONCE = 8;

/** Table `k` has what a byte becomes that is followed by `k` bytes of zero; 256 entries each. */
const HIGH = new Int32Array(256 * AT_ONCE);
const LOW = new Int32Array(256 * AT_ONCE);

for (let byte = 0; byte < 256; byte += 1) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    const isOdd = (low & 1) === 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) {
      high ^= POLY_HIGH;
      low ^= POLY_LOW;
    }
  }
  HIGH[byte] = high;
  LOW[byte] = low;
}
for (let at = 256; at < HIGH.length; at += 1) {
  const [high, low] = [HIGH[at - 256] ?? 0, LOW[at - 256] ?? 0];
  HIGH[at] = (high >>> 8) ^ (HIGH[low & 0xff] ?? 0);
  LOW[at] = ((low >>> 8) | (high << 24)) ^ (LOW[low & 0xff] ?? 0);
}

export class Crc64 {
  #high = 0;
  #low = 0;

  update(bytes: Uint8Array, from = 0, to = bytes.length): this {
    let high = this.#high;
    let low = this.#low;
    let at = from;
    /* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its table; `?? 0` costs a third */
    for (const end = to - AT_ONCE; at <= end; at += AT_ONCE) {
      const a = (low & 0xff) ^ bytes[at]!;
      const b = ((low >>> 8) & 0xff) ^ bytes[at + 1]!;
      const c = ((low >>> 16) & 0xff) ^ bytes[at + 2]!;
      const d = (low >>> 24) ^ bytes[at + 3]!;
      const e = (high & 0xff) ^ bytes[at + 4]!;
      const f = ((high >>> 8) & 0xff) ^ bytes[at + 5]!;
      const g = ((high >>> 16) & 0xff) ^ bytes[at + 6]!;
      const h = (high >>> 24) ^ bytes[at + 7]!;
      high =
        HIGH[1792 + a]! ^
        HIGH[1536 + b]! ^
        HIGH[1280 + c]! ^
        HIGH[1024 + d]! ^
        HIGH[768 + e]! ^
        HIGH[512 + f]! ^
        HIGH[256 + g]! ^
        HIGH[h]!;
      low =
        LOW[1792 + a]! ^
        LOW[1536 + b]! ^
        LOW[1280 + c]! ^
        LOW[1024 + d]! ^
        LOW[768 + e]! ^
        LOW[512 + f]! ^
        LOW[256 + g]! ^
        LOW[h]!;
    }
    for (; at < to; at += 1) {
      const index = (low ^ bytes[at]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ LOW[index]!;
      high = (high >>> 8) ^ HIGH[index]!;
    }
    /* eslint-enable */
    this.#high = high;
    this.#low = low;
    return this;
  }

  /** Eight bytes, the lowest first, as they stand in files and payloads. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32LE(this.#low, 0);
    bytes.writeInt32LE(this.#high, 4);
    return bytes;
  }
}
