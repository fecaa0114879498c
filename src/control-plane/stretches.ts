/**
 * An advance moves time in stretches: within one, no client sees data that may have expiries; at its end data and time
 * agree again. So nobody waits for the whole of a long advance, and nobody sees a key that is over, or misses one that
 * is not.
 */
import { afterReal, realMs } from './clock.js';
import type { DataClock } from './data-clock.js';
import type { AfterShift } from './data-clock-parts.js';

/** How long one may last (real ms), so that clients are not held up for longer. */
const STRETCH_MS = 50;
/** Where it takes long to age the data, a stretch is longer by as much: most of an advance is still walking. */
const STRETCH_FOR_EACH_AGEING = 4;
/** Between two, for the clients (real ms). */
const REST_MS = 3;

export type Shifts = Pick<DataClock, 'beginShift' | 'endShift' | 'lastShiftMs'>;

export class Stretches {
  #since: number | undefined;
  #endedAt: number | undefined;

  constructor(private readonly data: Shifts) {}

  /** Before time moves; nothing to do in the middle of a stretch. */
  async begin(): Promise<void> {
    if (this.#since !== undefined) return;
    this.#since = realMs();
    await this.data.beginShift();
  }

  /** Between two steps: ends a stretch that lasted long enough, and lets clients have their turn. */
  async rest(): Promise<void> {
    if (this.#since === undefined) return;
    const enoughMs = Math.max(STRETCH_MS, this.data.lastShiftMs * STRETCH_FOR_EACH_AGEING);
    if (realMs() - this.#since < enoughMs) return;
    await this.end('more');
    await new Promise<void>((resolve) => afterReal(REST_MS, resolve));
  }

  /** For how long the clock, if it runs, has done so again (real ms). */
  get flownMs(): number {
    return this.#endedAt === undefined ? 0 : realMs() - this.#endedAt;
  }

  /** Nothing to do where none is under way. */
  async end(then: AfterShift): Promise<void> {
    if (this.#since === undefined) return;
    this.#since = undefined;
    this.#endedAt = realMs();
    await this.data.endShift(then);
  }
}
