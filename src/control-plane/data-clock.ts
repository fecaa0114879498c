/**
 * The time that the data follows: moves the expiries in every instance's Redis by what virtual time went ahead of the
 * machine's, or fell behind it. What Redis keeps as `t` means the virtual time `t + offset`; the offset is saved, and
 * before a long way the intent too, so that after a crash nothing is aged twice and nothing is left out.
 */
import { afterReal, machineTime, realMs } from './clock.js';
import { problemOf } from './core/errors.js';
import {
  NO_SHIFT,
  type AfterShift,
  type DataClockParts,
  type OpenShift,
} from './data-clock-parts.js';
import { DataStanding, inTurnOfAll } from './data-standing.js';
import { bringAlong, INTENT_FROM_MS } from './bring-along.js';

/** How often data is brought to the clock's time where the clock's rate is not the machine's (real ms). */
const FOLLOW_EVERY_MS = 450;
/** Redis is busy with it for no more than a tenth of its time. */
const REST_FOR_EACH_BUSY = 9;
/** Less is not worth an ageing (ms): it is made up for with the next one. */
const TOLERANCE_MS = 20;
/** A clock at rate 1 that is so close to the machine's (ms) is the machine's. */
const MACHINE_WITHIN_MS = 250;
/** While nothing runs, expiries stand so much later (ms): ten years. */
const PARKED_MS = 315_360_000_000;
/** Who takes longer (real ms) goes by itself, so that the others keep up. */
const SLOW_MS = 50;

export class DataClock {
  readonly #parts: DataClockParts;
  readonly #machineTime: () => number;
  readonly #standing = new Map<string, DataStanding>();
  /** While an advance holds the clients: it brings the data along by itself. */
  #shift: OpenShift | undefined;
  #following: Promise<void> = Promise.resolve();
  /** Ageings that take long, of single instances. */
  readonly #slow = new Set<Promise<void>>();
  #isShifting = false;
  #closed = false;
  #callOff = (): void => undefined;

  constructor(parts: DataClockParts) {
    this.#parts = parts;
    this.#machineTime = parts.machineTime ?? machineTime;
    for (const [id, time] of parts.store.load().dataTimes) {
      this.#standing.set(id, new DataStanding(id, time));
    }
  }

  /** Real milliseconds that the data of all took the last time. */
  lastShiftMs = 0;

  /** From now on, data keeps up with a clock that does not run as the machine's does. */
  start(): void {
    if (this.#closed) return;
    const again = () => this.start();
    this.#callOff = afterReal(FOLLOW_EVERY_MS, () => void this.follow().finally(again));
  }

  /**
   * A backend is up, and not served yet: brings its data to the clock's time. Nothing to do where it is known to be
   * there. Throws EngineFailed, and is then to be called again.
   */
  async arrive(instanceId: string): Promise<void> {
    const known = this.#standing.get(instanceId);
    if (known?.isUp === true) return;
    const standing = known ?? this.#newcomer(instanceId);
    await this.#bringAlong([standing], 0);
    if (standing.problem !== null) throw standing.problem;
    standing.isUp = true;
    await this.#tell([standing]);
  }

  /** New, or from before there was any of this: what is left of its keys' lives is right as it is. */
  #newcomer(instanceId: string): DataStanding {
    const standing = new DataStanding(instanceId, { offset: this.#offset(0, 0), intent: null });
    this.#standing.set(instanceId, standing);
    this.#save([standing]);
    return standing;
  }

  /** The backend is away: to be brought along when it is back. */
  lost(instanceId: string): void {
    const standing = this.#standing.get(instanceId);
    if (standing) standing.isUp = false;
  }

  /** The backend is going to end, and its data is kept: as `park`, of one. To be called again without harm. */
  async depart(instanceId: string): Promise<void> {
    const standing = this.#standing.get(instanceId);
    if (standing?.isUp !== true) return;
    // Somebody else's Redis goes on: what is in it stays as it is.
    if (this.#parts.engine.ownsSettings) {
      // A Redis that is away cannot be asked: what it was to be told is settled when it is there again.
      await this.#bringAlong([standing], 0, PARKED_MS);
    }
    standing.isUp = false;
  }

  /** The data of one is that of another now, and stands where it stood. To be called again without harm. */
  handOver(from: string, to: string): void {
    const standing = this.#standing.get(from);
    if (!standing) return;
    this.#standing.set(to, new DataStanding(to, standing.time));
    this.#standing.delete(from);
    const times = new Map([[to, standing.time] as const, [from, null] as const]);
    this.#parts.store.saveDataTimes(times);
  }

  /** A second or more, which is what is promised to clients; or nobody knows. */
  isFar(instanceId: string): boolean {
    const one = this.#standing.get(instanceId);
    if (!one) return false;
    return one.intent !== null || Math.abs(this.#offset(0, 0) - one.offset) >= INTENT_FROM_MS;
  }

  /** There is no data any more. */
  forget(instanceId: string): void {
    if (!this.#standing.delete(instanceId)) return;
    this.#parts.store.saveDataTimes(new Map([[instanceId, null]]));
  }

  /** Brings the data that is behind to the clock's time, under the eyes of its clients. What fails is tried again. */
  follow(): Promise<void> {
    this.#following = this.#following
      .then(async () => {
        const now = realMs();
        const behind = this.#up().filter((one) => one.dueAt <= now && this.#isBehind(one));
        // Nobody waits for one with many keys, but an advance.
        const slow = behind.filter(({ tookMs }) => tookMs > SLOW_MS);
        for (const one of slow) {
          one.dueAt = Number.POSITIVE_INFINITY;
          const brought = this.#followWith([one])
            .catch((error: unknown) => this.#parts.log(problemOf(error)))
            .finally(() => {
              this.#slow.delete(brought);
              // Nothing came of it: it is tried again like everybody else.
              if (one.dueAt === Number.POSITIVE_INFINITY) one.dueAt = realMs() + FOLLOW_EVERY_MS;
            });
          this.#slow.add(brought);
        }
        await this.#followWith(behind.filter((one) => !slow.includes(one)));
      })
      .catch((error: unknown) => this.#parts.log(problemOf(error)));
    return this.#following;
  }

  /** The clock goes on at another rate. */
  async rateChanged(): Promise<void> {
    await this.follow();
    await this.#tell(this.#up());
  }

  /** Time is about to go by at once: from now on no client sees data that may have expiries. */
  async beginShift(): Promise<void> {
    this.#isShifting = true;
    await this.#settled();
    const up = this.#up();
    const ids = up.map(({ instanceId, isVolatile }) => ({
      instanceId,
      volatile: isVolatile || !this.#parts.engine.ownsSettings,
    }));
    const begun = new Set(ids.map(({ instanceId }) => instanceId));
    this.#shift = { begun, held: begun, failed: [] };
    if (ids.length === 0) return;
    const { held, failed } = await this.#parts.dataPlane.beginShift(ids);
    this.#shift = { begun, held: new Set(held), failed };
  }

  /**
   * Time went by: brings the data to the clock's time, and lets the clients see it. What looks at data (a backup) does
   * so after this. A clock that runs afterwards has done so since the moment at which this was called.
   */
  async endShift(then: AfterShift): Promise<void> {
    const { begun, held, failed } = this.#shift ?? NO_SHIFT;
    const [since, realAt] = [realMs(), this.#machineTime()];
    const rate = then === 'run' ? this.#parts.clock.rate : 0;
    try {
      const up = this.#up();
      const still = up.filter(({ instanceId }) => begun.has(instanceId) && !held.has(instanceId));
      for (const one of still) one.stand(this.#offset(0, 0));
      this.#save(still);
      // One that does not answer is not asked to age either: nobody is served by it before it does.
      for (const one of failed) this.#standing.get(one.instanceId)?.fail(one.problem);
      const unable = new Set(failed.map(({ instanceId }) => instanceId));
      const going = up.filter((one) => !still.includes(one));
      await this.#bringAlong(going, rate, 0, ({ instanceId }) => !unable.has(instanceId));
      for (const one of up.filter(({ problem }) => problem !== null)) {
        one.isUp = false;
        await this.#parts
          .shut(one.instanceId)
          .catch((error: unknown) => this.#parts.log(problemOf(error)));
      }
    } finally {
      this.lastShiftMs = realMs() - since;
      const told = [...begun].flatMap((id) => this.#standing.get(id) ?? []);
      // Between two stretches of an advance, time goes on as the data's does.
      const toldRate = then === 'more' ? 1 : rate;
      const times = told.map((one) => ({
        instanceId: one.instanceId,
        time: one.tellTime(toldRate, realAt, this.#parts.clock.now()),
      }));
      this.#shift = undefined;
      this.#isShifting = false;
      if (times.length > 0) await this.#parts.dataPlane.endShift(times);
      await this.#tell(this.#up().filter(({ instanceId }) => !begun.has(instanceId)));
    }
  }

  /**
   * Nothing is going to run for a while, and nobody is served any more: expiries are put so far off that Redis, which
   * looks at them when it starts again, ends nothing. The next `arrive` brings them back.
   */
  async park(): Promise<void> {
    this.close();
    await this.#settled();
    if (!this.#parts.parks) return;
    await this.#bringAlong(this.#up(), 0, PARKED_MS);
  }

  close(): void {
    this.#closed = true;
    this.#callOff();
  }

  async #followWith(behind: readonly DataStanding[]): Promise<void> {
    const here = behind.filter(({ isUp }) => isUp);
    if (this.#isShifting || this.#closed || here.length === 0) return;
    await this.#bringAlong(here, this.#parts.rate(), 0, ({ isUp }) => isUp);
    for (const one of here) {
      const restMs = one.tookMs * REST_FOR_EACH_BUSY - FOLLOW_EVERY_MS;
      one.dueAt = realMs() + Math.max(0, restMs);
    }
    await this.#tell(here.filter(({ problem, isUp }) => problem === null && isUp));
  }

  /** What goes by itself has come to its end. */
  async #settled(): Promise<void> {
    await Promise.allSettled([this.#following, ...this.#slow]);
  }

  #up(): DataStanding[] {
    return [...this.#standing.values()].filter(({ isUp }) => isUp);
  }

  /** Where data stands that is at the clock's time: after so long, at this rate. */
  #offset(afterMs: number, rate: number): number {
    const { clock } = this.#parts;
    const offset = clock.now() + afterMs * rate - (this.#machineTime() + afterMs);
    const isMachine = clock.rate === 1 && Math.abs(offset) < MACHINE_WITHIN_MS;
    return isMachine ? 0 : Math.round(offset);
  }

  #isBehind(one: DataStanding): boolean {
    const way = Math.abs(this.#offset(0, 0) - one.offset);
    return one.intent !== null || way >= TOLERANCE_MS || one.toldRate !== this.#parts.rate();
  }

  /**
   * Each as far as it goes; what failed has its `problem`. `rate`: of the clock while this goes on. `only`: asked when
   * nobody else does anything about it any more, for it may have gone to its end meanwhile.
   */
  #bringAlong(
    all: readonly DataStanding[],
    rate: number,
    parkedMs = 0,
    only: (one: DataStanding) => boolean = () => true,
  ): Promise<void> {
    return inTurnOfAll(all, () =>
      bringAlong(all.filter(only), {
        engine: this.#parts.engine,
        offsetAfter: (tookMs) => this.#offset(tookMs, rate) - parkedMs,
        save: (some) => this.#save(some),
        machineTime: this.#machineTime,
        log: this.#parts.log,
      }),
    );
  }

  #save(all: readonly DataStanding[]): void {
    // One may have been deleted meanwhile.
    const known = all.filter((one) => this.#standing.get(one.instanceId) === one);
    if (known.length === 0) return;
    this.#parts.saveClock();
    this.#parts.store.saveDataTimes(
      new Map(known.map((one) => [one.instanceId, one.time] as const)),
    );
  }

  async #tell(all: readonly DataStanding[]): Promise<void> {
    for (const one of all) {
      const { clock, rate } = this.#parts;
      const time = one.tellTime(rate(), this.#machineTime(), clock.now());
      await this.#parts.dataPlane.setTime(one.instanceId, time);
    }
  }
}
