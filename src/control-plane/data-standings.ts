/** Which time the data of each instance stands at, and how all of it is brought to the clock's. */
import { bringAlong } from './bring-along.js';
import type { DataClockParts } from './data-clock-parts.js';
import { offsetOf } from './data-offset.js';
import { DataStanding, inTurnOfAll } from './data-standing.js';

/** How data is brought along. */
export interface Along {
  /** Of the clock while this goes on. */
  readonly rate: number;
  /** So much later than they should be, expiries are put (ms). */
  readonly parkedMs?: number;
  /** Asked when nobody else does anything about it any more, for it may have gone to its end meanwhile. */
  readonly only?: (one: DataStanding) => boolean;
  /** What is done with those that are there, before anybody else does anything about any of them. */
  readonly then?: () => Promise<void>;
}

export class DataStandings {
  readonly #standing = new Map<string, DataStanding>();

  constructor(
    private readonly parts: DataClockParts,
    readonly machineTime: () => number,
  ) {
    for (const [id, time] of parts.store.load().dataTimes) {
      this.#standing.set(id, new DataStanding(id, time));
    }
  }

  get(instanceId: string): DataStanding | undefined {
    return this.#standing.get(instanceId);
  }

  /** Those whose backends answer. */
  up(): DataStanding[] {
    return [...this.#standing.values()].filter(({ isUp }) => isUp);
  }

  /** New, or from before there was any of this: what is left of its keys' lives is right as it is. */
  add(instanceId: string): DataStanding {
    const standing = new DataStanding(instanceId, { offset: this.offset(), intent: null });
    this.#standing.set(instanceId, standing);
    this.save([standing]);
    return standing;
  }

  /** The data of one is that of another now, and stands where it stood. To be called again without harm. */
  handOver(from: string, to: string): void {
    const standing = this.#standing.get(from);
    if (!standing) return;
    this.#standing.set(to, new DataStanding(to, standing.time));
    this.#standing.delete(from);
    const times = new Map([[to, standing.time] as const, [from, null] as const]);
    this.parts.store.saveDataTimes(times);
  }

  /** There is no data any more. */
  forget(instanceId: string): void {
    if (!this.#standing.delete(instanceId)) return;
    this.parts.store.saveDataTimes(new Map([[instanceId, null]]));
  }

  /** Of data that is at the clock's time: in so many ms, at this rate. */
  offset(afterMs = 0, rate = 0): number {
    return offsetOf(this.parts.clock, this.machineTime(), afterMs, rate);
  }

  /** Each as far as it goes; what failed has its `problem`. */
  bringAlong(all: readonly DataStanding[], along: Along): Promise<void> {
    const { rate, parkedMs = 0, only = () => true, then } = along;
    return inTurnOfAll(all, async () => {
      await bringAlong(all.filter(only), {
        engine: this.parts.engine,
        offsetAfter: (tookMs) => this.offset(tookMs, rate) - parkedMs,
        save: (some) => this.save(some),
        machineTime: this.machineTime,
        log: this.parts.log,
      });
      await then?.();
    });
  }

  save(all: readonly DataStanding[]): void {
    // One may have been deleted meanwhile.
    const known = all.filter((one) => this.#standing.get(one.instanceId) === one);
    if (known.length === 0) return;
    this.parts.saveClock();
    this.parts.store.saveDataTimes(
      new Map(known.map((one) => [one.instanceId, one.time] as const)),
    );
  }

  /** The data plane learns how virtual time stands there. */
  async tell(all: readonly DataStanding[]): Promise<void> {
    if (all.length === 0) return;
    const { clock, rate, dataPlane } = this.parts;
    const [realAt, now] = [this.machineTime(), clock.now()];
    const times = all.map((one) => ({
      instanceId: one.instanceId,
      time: one.tellTime(rate(), realAt, now),
    }));
    await dataPlane.setTimes(times);
  }
}
