/** Data keeps up with a clock that does not run as the machine's does: again and again, under the eyes of its clients. */
import { afterReal, realMs } from './clock.js';
import { problemOf } from './core/errors.js';
import type { DataStanding } from './data-standing.js';

/** How often data is brought to the clock's time where the clock's rate is not the machine's (real ms). */
const FOLLOW_EVERY_MS = 450;
/** Redis is busy with it for no more than a tenth of its time. */
const REST_FOR_EACH_BUSY = 9;
/** Who takes longer (real ms) goes by itself, so that the others keep up. */
const SLOW_MS = 50;

export interface FollowingParts {
  /** Whose data is behind, whenever it was looked after last. */
  readonly behind: () => DataStanding[];
  /** Brings it to the clock's time. Resolves with those that it was tried for. */
  readonly bring: (some: readonly DataStanding[]) => Promise<readonly DataStanding[]>;
  readonly log: (line: string) => void;
}

export class Following {
  #last: Promise<void> = Promise.resolve();
  /** Ageings that take long, of single instances. */
  readonly #slow = new Set<Promise<void>>();
  #closed = false;
  #callOff = (): void => undefined;

  constructor(private readonly parts: FollowingParts) {}

  get isClosed(): boolean {
    return this.#closed;
  }

  /** From now on. */
  start(): void {
    if (this.#closed) return;
    const again = () => this.start();
    this.#callOff = afterReal(FOLLOW_EVERY_MS, () => void this.follow().finally(again));
  }

  /** Once. What fails is tried again. */
  follow(): Promise<void> {
    this.#last = this.#last
      .then(async () => {
        const now = realMs();
        const behind = this.parts.behind().filter((one) => one.dueAt <= now);
        // Nobody waits for one with many keys, but an advance.
        const slow = behind.filter(({ tookMs }) => tookMs > SLOW_MS);
        for (const one of slow) this.#byItself(one);
        await this.#bring(behind.filter((one) => !slow.includes(one)));
      })
      .catch((error: unknown) => this.parts.log(problemOf(error)));
    return this.#last;
  }

  /** What is under way has come to its end. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#last, ...this.#slow]);
  }

  close(): void {
    this.#closed = true;
    this.#callOff();
  }

  #byItself(one: DataStanding): void {
    one.dueAt = Number.POSITIVE_INFINITY;
    const brought = this.#bring([one])
      .catch((error: unknown) => this.parts.log(problemOf(error)))
      .finally(() => {
        this.#slow.delete(brought);
        // Nothing came of it: it is tried again like everybody else.
        if (one.dueAt === Number.POSITIVE_INFINITY) one.dueAt = realMs() + FOLLOW_EVERY_MS;
      });
    this.#slow.add(brought);
  }

  async #bring(some: readonly DataStanding[]): Promise<void> {
    for (const one of await this.parts.bring(some)) {
      const restMs = one.tookMs * REST_FOR_EACH_BUSY - FOLLOW_EVERY_MS;
      one.dueAt = realMs() + Math.max(0, restMs);
    }
  }
}
