/**
 * A bound on the tries to log in, for each address that clients come from:
 * whoever guesses waits longer and longer, from however many connections, and
 * nobody elsewhere is held up. A right password costs nothing, so a pool of
 * clients that comes back at once is not held up either.
 */
import { Throttle } from './throttle.js';

export const TRIES_PER_SECOND = 100;
/** As many at once as in a second. */
const BURST_MS = 1000;
const WAIT_MS_MAX = 5_000;
/** Addresses kept in mind before those at rest are forgotten. */
const ADDRESSES_MAX = 1000;

export class LoginGuard {
  readonly #byAddress = new Map<string, Throttle>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Takes tries. Says how long they have to wait before they may be looked at; where that is too long, ask again then. */
  take(address: string, tries: number): { readonly waitMs: number; readonly isTurn: boolean } {
    let throttle = this.#byAddress.get(address);
    if (!throttle) {
      this.#forgetThoseAtRest();
      throttle = new Throttle(TRIES_PER_SECOND, BURST_MS, this.nowMs);
      this.#byAddress.set(address, throttle);
    }
    const waitMs = throttle.take(tries);
    if (waitMs <= WAIT_MS_MAX) return { waitMs, isTurn: true };
    // What cannot be looked at soon is not put on the list: it would outlive those who asked.
    throttle.giveBack(tries);
    return { waitMs: WAIT_MS_MAX, isTurn: false };
  }

  /** Of tries that were right, or whose client left before they were looked at. */
  giveBack(address: string, tries: number): void {
    this.#byAddress.get(address)?.giveBack(tries);
  }

  #forgetThoseAtRest(): void {
    if (this.#byAddress.size < ADDRESSES_MAX) return;
    for (const [address, throttle] of this.#byAddress) {
      if (throttle.isAtRest) this.#byAddress.delete(address);
    }
  }
}
