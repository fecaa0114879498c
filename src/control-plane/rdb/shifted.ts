/** An RDB whose times are moved, as a plain redis-server loads it: everything else is as it was, byte for byte. */
import { Crc64 } from './crc64.js';
import type { RdbEvent } from './events.js';
import { later, LaterValue } from './later.js';
import { RdbScanner } from './scanner.js';
import { OPCODE } from './shapes.js';

/** Pieces are put together up to so many bytes. */
const PIECE_BYTES = 64 * 1024;

/** Throws RdbError where `source` is no whole RDB. */
export async function* shiftedRdb(
  source: AsyncIterable<Buffer>,
  shiftMs: number,
): AsyncGenerator<Buffer> {
  const scanner = RdbScanner.ofFile({ checks: true });
  const shifted = new Shifted(BigInt(shiftMs));
  for await (const bytes of source) {
    scanner.feed(bytes);
    for (let event = scanner.next(); event; event = scanner.next()) {
      shifted.take(event);
      if (shifted.bytes >= PIECE_BYTES) yield shifted.taken();
    }
  }
  scanner.finish();
  yield shifted.taken();
}

class Shifted {
  bytes = 0;
  #pieces: Buffer[] = [];
  #value: LaterValue | null = null;
  readonly #checksum = new Crc64();

  constructor(private readonly shiftMs: bigint) {}

  take(event: RdbEvent): void {
    switch (event.kind) {
      case 'expiry':
        this.#put(
          this.shiftMs === 0n ? event.bytes : expiryOf(later(event.expiresAt, this.shiftMs)),
        );
        return;
      case 'key': {
        const { type, head } = event.key;
        this.#value = new LaterValue(type, this.shiftMs);
        this.#put(Buffer.from([this.#value.type]));
        this.#put(head.subarray(1));
        return;
      }
      case 'value':
      case 'time':
        if (this.#value) this.#put(this.#value.part(event));
        return;
      case 'end':
        // Nothing: it is of a version without checksums.
        if (event.bytes.length > 0) this.#put(this.#checksum.digest());
        return;
      case 'begin':
      case 'aux':
      case 'library':
      case 'module':
      case 'rest':
        this.#put(event.bytes);
    }
  }

  taken(): Buffer {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.bytes = 0;
    return bytes;
  }

  #put(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#checksum.update(bytes);
    this.#pieces.push(bytes);
    this.bytes += bytes.length;
  }
}

function expiryOf(expiresAt: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = OPCODE.expiryMs;
  bytes.writeBigInt64LE(expiresAt, 1);
  return bytes;
}
