/**
 * A token bucket, kept as one number: until when what was taken is paid for.
 * It never refuses; it says how long the taker has to wait before the next
 * time. Those who wait at once are served in the order in which they took, so
 * none of them can take more than its turn.
 */
export class Throttle {
  #paidUntilMs = 0;

  /**
   * @param perSecond units; null: never anything to wait for
   * @param burstMs how much of that may be taken at once after a rest, in time
   */
  constructor(
    readonly perSecond: number | null,
    private readonly burstMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Takes `units`. Returns how long to wait before taking more (ms); 0: not at all. */
  take(units: number): number {
    if (this.perSecond === null) return 0;
    const now = this.nowMs();
    const from = Math.max(this.#paidUntilMs, now - this.burstMs);
    this.#paidUntilMs = from + (units * 1000) / this.perSecond;
    return Math.max(0, this.#paidUntilMs - now);
  }

  /** As if `units` had not been taken. */
  giveBack(units: number): void {
    if (this.perSecond !== null) this.#paidUntilMs -= (units * 1000) / this.perSecond;
  }

  /** The same one goes on at the same rate; at another one, nothing is owed. */
  at(perSecond: number | null): Throttle {
    if (perSecond === this.perSecond) return this;
    return new Throttle(perSecond, this.burstMs, this.nowMs);
  }

  /** Of that rate (null: none), more would get through. */
  isNarrowerThan(perSecond: number | null): boolean {
    return this.perSecond !== null && (perSecond === null || perSecond > this.perSecond);
  }

  /** Nothing is owed: a new one would say the same. */
  get isAtRest(): boolean {
    return this.#paidUntilMs <= this.nowMs() - this.burstMs;
  }
}
