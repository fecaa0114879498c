/** A stream that goes wrong at its end: how a backup comes to be incomplete, or not what its checksum says, on purpose. */
import { Transform, type TransformCallback } from 'node:stream';
import type { FailureKind } from './core/backup-failures.js';

/** An RDB ends with its checksum of eight bytes, which is a part of these. */
const TAIL_BYTES = 16;

const TAILS: Readonly<Partial<Record<FailureKind, (tail: Buffer) => Buffer>>> = {
  incomplete: () => Buffer.alloc(0),
  checksum: (tail) => Buffer.from(tail.map((byte, i) => (i === tail.length - 1 ? ~byte : byte))),
};

/** Counts what passes, and alters its end where that was planned. */
export class Passing extends Transform {
  bytes = 0;
  #held = Buffer.alloc(0);
  readonly #alter: ((tail: Buffer) => Buffer) | undefined;

  constructor(planned: FailureKind | null) {
    super();
    this.#alter = planned === null ? undefined : TAILS[planned];
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    if (!this.#alter) {
      done(null, chunk);
      return;
    }
    const all = Buffer.concat([this.#held, chunk]);
    const cut = Math.max(0, all.length - TAIL_BYTES);
    this.#held = all.subarray(cut);
    done(null, all.subarray(0, cut));
  }

  override _flush(done: TransformCallback): void {
    if (this.#alter) this.push(this.#alter(this.#held));
    done();
  }
}
