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
  /** A command waits: a try to log in for its turn, or one that may give an expiry while time moves. */
  command: 8,
  /** Time moves. */
  shift: 16,
  /** What was read last is still on its way: the network is slow. */
  latency: 32,
} as const;

/** A shorter wait is not worth a timer: it is added to the next one. */
const SHORTEST_WAIT_MS = 1;

export class Flow {
  #reasons = 0;
  #bandwidthTimer: NodeJS.Timeout | undefined;

  constructor(private readonly source: Duplex) {}

  hold(reason: number): void {
    this.source.pause();
    this.#reasons |= reason;
  }

  /** So long (ms) there is no bandwidth for it. */
  holdForBandwidth(ms: number): void {
    if (ms < SHORTEST_WAIT_MS) return;
    this.hold(HOLD.bandwidth);
    clearTimeout(this.#bandwidthTimer);
    this.#bandwidthTimer = setTimeout(() => this.release(HOLD.bandwidth), ms).unref();
  }

  /** It waits no longer for what there was too little of. */
  releaseBandwidth(): void {
    clearTimeout(this.#bandwidthTimer);
    this.release(HOLD.bandwidth);
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
