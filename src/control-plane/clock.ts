/**
 * The virtual clock: frozen, or running at a rate. The only real time in this
 * room but for engines/. It only goes forward, but for a rollback.
 */
import { assertThat } from './core/assert.js';
import type { Instant } from './core/duration.js';
import type { StoredClock } from './ports.js';

/** Virtual milliseconds for each real one: a day in under a second, and instants stay exact. */
export const RATE_MAX = 1_000_000;
/** setTimeout takes no more than 2^31 - 1 ms; a longer wait is waited in stretches. */
const TIMER_MAX_MS = 2_000_000_000;

export class VirtualClock {
  #base: Instant;
  /** Real (monotonic) time at which the virtual time was `#base`. */
  #realBase: number;
  #rate: number;
  /** While an advance walks from deadline to deadline, time stands where it is put; and until the first release. */
  #held = true;
  /** What is due next. Time does not pass it unmet, however late its timer comes. */
  #due: Instant = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(start: StoredClock) {
    this.#base = start.now;
    this.#rate = start.rate;
    this.#realBase = performance.now();
  }

  now(): Instant {
    return Math.max(this.#base, Math.min(this.#flown(), this.#due));
  }

  /** Virtual milliseconds for each real one; 0 while frozen. */
  get rate(): number {
    return this.#rate;
  }

  /**
   * Stops time from passing by itself until `release`, so that each deadline is handled at its own time.
   * Returns where time would be if nothing had been due.
   */
  hold(): Instant {
    const flown = this.#flown();
    this.#base = this.now();
    this.#held = true;
    return flown;
  }

  /** `flownMs`: so much real time ago, time already went on from where it stands. */
  release(flownMs = 0): void {
    this.#held = false;
    this.#realBase = performance.now() - flownMs;
  }

  /** Puts the clock forward; only while it is held. */
  moveTo(at: Instant): void {
    assertThat(this.#held, 'the clock is moved while time passes by itself');
    assertThat(at >= this.#base, 'the clock is moved backwards');
    this.#base = at;
  }

  /** To where it was, and as it ran; only while it is held. */
  turnBack({ now, rate }: StoredClock): void {
    assertThat(this.#held, 'the clock is turned back while time passes by itself');
    this.#base = now;
    this.#rate = rate;
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** 0 freezes. */
  setRate(rate: number): void {
    this.#base = this.now();
    this.#realBase = performance.now();
    this.#rate = rate;
  }

  /** Calls back once, when virtual time reaches `at` by itself, but after at most `withinRealMs`. Replaces the call asked for before. */
  wakeAt(at: Instant, withinRealMs: number, wake: () => void): void {
    this.sleep();
    this.#due = at;
    if (this.#rate === 0) return;
    const realMs = Math.max(0, (at - this.now()) / this.#rate);
    const waitMs = Math.min(Math.ceil(realMs), withinRealMs, TIMER_MAX_MS);
    this.#timer = setTimeout(wake, waitMs);
    this.#timer.unref();
  }

  sleep(): void {
    clearTimeout(this.#timer);
  }

  #flown(): Instant {
    if (this.#held || this.#rate === 0) return this.#base;
    return Math.floor(this.#base + (performance.now() - this.#realBase) * this.#rate);
  }
}

/** Lets sockets and timers have their turn in the middle of a long advance. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Calls back once after so much real time; never keeps the process alive. Returns what calls it off. */
export function afterReal(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

/** The machine's time (ms since 1970), by which Redis ends keys. */
export function machineTime(): number {
  return Date.now();
}

/** Real milliseconds since some moment, for telling how long something took. */
export function realMs(): number {
  return performance.now();
}
