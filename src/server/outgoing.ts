/**
 * What is to be written to one side of a session.
 *
 * Short bytes wait as a string (latin1: a character for each byte). That costs no typed array, no memory outside of
 * the heap and no collecting of it, and what the system does not take at once is copied by Node (stream_base.cc,
 * WriteString). Long ones are written at once, out of a buffer that is used again as soon as they are the system's.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { HOLD, type Flow } from './flow.js';
import { HeldBytes } from './resp/held-bytes.js';

/** Above this, a copy in a buffer is cheaper than a string. No more than Node writes from its stack (16 KB). */
const SHORT_BYTES_MAX = 8 * 1024;
/** For what is read at once. What is longer was put together by a framer, and is copied into a buffer of its own. */
const LONG_BYTES_MAX = 128 * 1024;

const NOTHING = Buffer.alloc(0);

/** Nobody needs what is in it: each write of a long one begins by filling it. */
let copies = Buffer.allocUnsafeSlow(LONG_BYTES_MAX);

export class Outgoing {
  #waiting = '';
  /** What the system has no room for yet. Each write would cost an object, a hundred times what may be in it. */
  readonly #late = new HeldBytes();
  #isSet = false;
  /** Others may keep what they are given until somebody has read it. */
  readonly #isSocket: boolean;

  /** @param from is not read on while `to` has enough */
  constructor(
    private readonly to: Duplex,
    private readonly from: Flow,
  ) {
    this.#isSocket = to instanceof Socket;
  }

  get isEmpty(): boolean {
    return this.#waiting === '';
  }

  /** Takes bytes that are good only during the call. Returns true where something waits now, and nothing did before. */
  add(bytes: Buffer): boolean {
    if (bytes.length > SHORT_BYTES_MAX) {
      this.flushAll();
      this.#writeLong(bytes);
      return false;
    }
    const isFirst = this.#waiting === '';
    this.#waiting += bytes.toString('latin1');
    return isFirst;
  }

  /** Writes what waits, with one call of the system; where that is still at what came before, not each little by itself. */
  flush(): void {
    if (this.to.writableLength === 0) {
      this.flushAll();
      return;
    }
    if (this.#waiting === '') return;
    this.#late.add(Buffer.from(this.#waiting, 'latin1'));
    this.#waiting = '';
    if (this.#late.length >= SHORT_BYTES_MAX) this.flushAll();
    else this.#flushWhenTaken();
  }

  /** Whatever the system is at: what follows does not go through here, or may not come before it. */
  flushAll(): void {
    if (this.#late.length > 0) {
      const late = this.#late.take();
      if (!this.#isOver && !this.to.write(late)) this.from.hold(HOLD.backpressure);
    }
    const bytes = this.#waiting;
    if (bytes === '') return;
    this.#waiting = '';
    if (this.#isOver) return;
    if (!this.to.write(bytes, 'latin1')) this.from.hold(HOLD.backpressure);
  }

  /** Nothing follows. */
  end(): void {
    this.flushAll();
    this.to.end();
  }

  /** Resolves when the system has all that was added, or nobody wants it any more. */
  written(): Promise<void> {
    this.flushAll();
    const { to } = this;
    if (to.writableLength === 0 || to.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => resolve();
      to.once('close', done);
      to.once('finish', done);
      if (!to.writableEnded) to.write(NOTHING, done);
    });
  }

  /** The system has taken what came before when it has taken this. */
  #flushWhenTaken(): void {
    if (this.#isSet || this.#isOver) return;
    this.#isSet = true;
    this.to.write(NOTHING, () => {
      this.#isSet = false;
      this.flushAll();
    });
  }

  #writeLong(bytes: Buffer): void {
    if (this.#isOver) return;
    const isOurs = this.#isSocket && bytes.length <= LONG_BYTES_MAX;
    if (isOurs) bytes.copy(copies);
    const copy = isOurs ? copies.subarray(0, bytes.length) : Buffer.from(bytes);
    if (!this.to.write(copy)) this.from.hold(HOLD.backpressure);
    // The system has not taken all of it: it stays where it is until then, and the next one goes elsewhere.
    if (isOurs && this.to.writableLength > 0) copies = Buffer.allocUnsafeSlow(LONG_BYTES_MAX);
  }

  /** Whatever there is for it is lost, as it would be in the system's buffers. */
  get #isOver(): boolean {
    return this.to.destroyed || this.to.writableEnded;
  }
}
