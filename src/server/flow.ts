/** One direction of a session: read only while nobody has a reason against it. */
import type { Duplex } from 'node:stream';

/** Why a side is not read. */
export const HOLD = {
  /** Redis has not answered our own AUTH yet. */
  untilServed: 1,
  /** The other side takes no more at the moment. */
  backpressure: 2,
  /** The bandwidth of the instance is used up. */
  bandwidth: 4,
  /** A try to log in waits for its turn. */
  loginGuard: 8,
  /** What was read last is still on its way: the network is slow. */
  latency: 16,
} as const;

export class Flow {
  #reasons = 0;

  constructor(private readonly source: Duplex) {}

  hold(reason: number): void {
    this.source.pause();
    this.#reasons |= reason;
  }

  isHeldBy(reason: number): boolean {
    return (this.#reasons & reason) !== 0;
  }

  release(reason: number): void {
    if (this.#reasons === 0) return;
    this.#reasons &= ~reason;
    if (this.#reasons === 0) this.source.resume();
  }
}
