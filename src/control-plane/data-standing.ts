/** Which time the data of one instance stands at, and whether it is on its way to another. */
import type { TimeMap } from '../server/index.js';
import type { AgeingIntent, DataTime, Witness } from './ports.js';

export class DataStanding {
  #time: DataTime;
  #to: number;
  /** It may have expiries. */
  isVolatile = true;
  /** Its backend answers, and its data was at the clock's time when that was last looked at. */
  isUp = false;
  /** Why the last try failed; null where it did not. */
  problem: Error | null = null;
  /** The failure was logged: the same one again is no news. */
  isTold = false;
  /** The rate at which clients were last told that time passes; NaN before. */
  toldRate = Number.NaN;
  /** How long an ageing of it takes (real ms). */
  tookMs = 0;
  /** Not before (real ms) is it brought along again by itself. */
  dueAt = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly instanceId: string,
    time: DataTime,
  ) {
    this.#time = time;
    this.#to = time.offset;
  }

  get time(): DataTime {
    return this.#time;
  }

  get offset(): number {
    return this.#time.offset;
  }

  get intent(): AgeingIntent | null {
    return this.#time.intent;
  }

  /** How much earlier the expiries have to be (ms). */
  get wayMs(): number {
    return this.#to - this.#time.offset;
  }

  /** By so much (ms) or more from where it has to be; or nobody knows where it is. */
  isFarFrom(offset: number, ms: number): boolean {
    return this.intent !== null || Math.abs(offset - this.offset) >= ms;
  }

  /** One after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined); // it is the caller's to handle
    return result;
  }

  /** Where time passes as the machine's does, TIME and the ends of keys agree to the millisecond. null: it is the machine's. */
  tellTime(rate: number, realAt: number, virtualNow: number): TimeMap | null {
    this.toldRate = rate;
    const expiryOffsetMs = this.offset;
    if (rate === 1 && expiryOffsetMs === 0) return null;
    const virtualAt = rate === 1 ? realAt + expiryOffsetMs : virtualNow;
    return { expiryOffsetMs, virtualAt, realAt, rate };
  }

  begin(): void {
    this.problem = null;
  }

  fail(problem: unknown): void {
    this.problem = problem instanceof Error ? problem : new Error(String(problem));
    this.isTold = true;
  }

  aimAt(offset: number): void {
    this.#to = offset;
  }

  intend(witness: Witness | null): void {
    this.#time = { ...this.#time, intent: { to: this.#to, witness } };
  }

  /** The ageing took place. */
  arrived(isVolatile: boolean, tookMs: number): void {
    this.#time = { offset: this.#to, intent: null };
    this.isVolatile = isVolatile;
    this.isTold = false;
    this.tookMs = isVolatile ? tookMs : 0;
  }

  /** There is nothing in it to be aged, or it is known how far it was. */
  stand(offset: number): void {
    this.#time = { offset, intent: null };
    this.#to = offset;
  }
}

/**
 * Nobody else does anything about any of them meanwhile. Whoever asks stands in the queues of all at once, so that
 * two who want the same ones come one after the other, and never wait for each other. Not to be asked for within.
 */
export async function inTurnOfAll<T>(
  all: readonly DataStanding[],
  work: () => Promise<T>,
): Promise<T> {
  const releases: (() => void)[] = [];
  const granted = all.map(
    (one) =>
      new Promise<void>((resolve) => {
        void one.inTurn(
          () =>
            new Promise<void>((release) => {
              releases.push(release);
              resolve();
            }),
        );
      }),
  );
  await Promise.all(granted);
  try {
    return await work();
  } finally {
    for (const release of releases) release();
  }
}

/**
 * Whether the ageing was done, by the expiry that its witness has now. Where the witness cannot tell (it is gone, or
 * there was none), keys rather live too long than end too early: expiries are not moved earlier for a second time.
 */
export function isDone(
  from: number,
  { to, witness }: AgeingIntent,
  expiry: number | null,
): boolean {
  const byMs = to - from;
  if (witness && expiry === witness.expiresAt) return false;
  if (witness && expiry === witness.expiresAt - byMs) return true;
  return byMs > 0;
}
