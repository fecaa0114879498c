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
import type { DataStanding } from './data-standing.js';
import { DataStandings } from './data-standings.js';
import { INTENT_FROM_MS } from './bring-along.js';
import { heldStill, type StillData } from './stillness.js';

/** How often data is brought to the clock's time where the clock's rate is not the machine's (real ms). */
const FOLLOW_EVERY_MS = 450;
/** Redis is busy with it for no more than a tenth of its time. */
const REST_FOR_EACH_BUSY = 9;
/** Less is not worth an ageing (ms): it is made up for with the next one. */
const TOLERANCE_MS = 20;
/** While nothing runs, expiries stand so much later (ms): ten years. */
const PARKED_MS = 315_360_000_000;
/** Who takes longer (real ms) goes by itself, so that the others keep up. */
const SLOW_MS = 50;

export class DataClock {
  readonly #parts: DataClockParts;
  readonly #machineTime: () => number;
  readonly #standings: DataStandings;
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
    this.#standings = new DataStandings(parts, this.#machineTime);
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
    const known = this.#standings.get(instanceId);
    if (known?.isUp === true) return;
    const standing = known ?? this.#standings.add(instanceId);
    await this.#standings.bringAlong([standing], { rate: 0 });
    if (standing.problem !== null) throw standing.problem;
    standing.isUp = true;
    await this.#standings.tell([standing]);
  }

  /** The backend is away: to be brought along when it is back. */
  lost(instanceId: string): void {
    const standing = this.#standings.get(instanceId);
    if (standing) standing.isUp = false;
  }

  /** The backend is going to end, and its data is kept: as `park`, of one. To be called again without harm. */
  async depart(instanceId: string): Promise<void> {
    const standing = this.#standings.get(instanceId);
    if (standing?.isUp !== true) return;
    // Somebody else's Redis goes on: what is in it stays as it is.
    if (this.#parts.engine.ownsSettings) {
      // A Redis that is away cannot be asked: what it was to be told is settled when it is there again.
      await this.#standings.bringAlong([standing], { rate: 0, parkedMs: PARKED_MS });
    }
    standing.isUp = false;
  }

  /** The data of one is that of another now, and stands where it stood. To be called again without harm. */
  handOver(from: string, to: string): void {
    this.#standings.handOver(from, to);
  }

  /** A second or more, which is what is promised to clients; or nobody knows. */
  isFar(instanceId: string): boolean {
    const one = this.#standings.get(instanceId);
    if (!one) return false;
    return (
      one.intent !== null || Math.abs(this.#standings.offset(0, 0) - one.offset) >= INTENT_FROM_MS
    );
  }

  /** What data at the clock's time stands at (ms). */
  get offsetNow(): number {
    return this.#standings.offset(0, 0);
  }

  /** It may have expiries; also where nobody knows. */
  isVolatile(instanceId: string): boolean {
    return this.#standings.get(instanceId)?.isVolatile ?? true;
  }

  /** See stillness.ts. */
  still(
    instanceIds: readonly string[],
    begin: (all: readonly StillData[]) => Promise<void>,
  ): Promise<void> {
    return heldStill(this.#standings, this.#parts, instanceIds, begin);
  }

  /**
   * The data of a backend that is up, and by which nobody is served, is about to be replaced. Returns where what
   * replaces it is to stand: its expiries far off, so that Redis ends nothing of it meanwhile. The next `arrive` brings
   * it to the clock's time.
   */
  replace(instanceId: string): number {
    const standing = this.#standings.get(instanceId) ?? this.#standings.add(instanceId);
    standing.isUp = false;
    standing.isVolatile = true;
    standing.stand(this.#standings.offset(0, 0) - PARKED_MS);
    this.#standings.save([standing]);
    return standing.offset;
  }

  /** There is no data any more. */
  forget(instanceId: string): void {
    this.#standings.forget(instanceId);
  }

  /** Brings the data that is behind to the clock's time, under the eyes of its clients. What fails is tried again. */
  follow(): Promise<void> {
    this.#following = this.#following
      .then(async () => {
        const now = realMs();
        const behind = this.#standings
          .up()
          .filter((one) => one.dueAt <= now && this.#isBehind(one));
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
    await this.#standings.tell(this.#standings.up());
  }

  /** Time is about to go by at once: from now on no client sees data that may have expiries. */
  async beginShift(): Promise<void> {
    this.#isShifting = true;
    await this.#settled();
    const up = this.#standings.up();
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
      const up = this.#standings.up();
      const still = up.filter(({ instanceId }) => begun.has(instanceId) && !held.has(instanceId));
      for (const one of still) one.stand(this.#standings.offset(0, 0));
      this.#standings.save(still);
      // One that does not answer is not asked to age either: nobody is served by it before it does.
      for (const one of failed) this.#standings.get(one.instanceId)?.fail(one.problem);
      const unable = new Set(failed.map(({ instanceId }) => instanceId));
      const going = up.filter((one) => !still.includes(one));
      await this.#standings.bringAlong(going, {
        rate,
        only: ({ instanceId }) => !unable.has(instanceId),
      });
      for (const one of up.filter(({ problem }) => problem !== null)) {
        one.isUp = false;
        await this.#parts
          .shut(one.instanceId)
          .catch((error: unknown) => this.#parts.log(problemOf(error)));
      }
    } finally {
      this.lastShiftMs = realMs() - since;
      const told = [...begun].flatMap((id) => this.#standings.get(id) ?? []);
      // Between two stretches of an advance, time goes on as the data's does.
      const toldRate = then === 'more' ? 1 : rate;
      const times = told.map((one) => ({
        instanceId: one.instanceId,
        time: one.tellTime(toldRate, realAt, this.#parts.clock.now()),
      }));
      this.#shift = undefined;
      this.#isShifting = false;
      if (times.length > 0) await this.#parts.dataPlane.endShift(times);
      await this.#standings.tell(
        this.#standings.up().filter(({ instanceId }) => !begun.has(instanceId)),
      );
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
    await this.#standings.bringAlong(this.#standings.up(), { rate: 0, parkedMs: PARKED_MS });
  }

  close(): void {
    this.#closed = true;
    this.#callOff();
  }

  async #followWith(behind: readonly DataStanding[]): Promise<void> {
    const here = behind.filter(({ isUp }) => isUp);
    if (this.#isShifting || this.#closed || here.length === 0) return;
    await this.#standings.bringAlong(here, {
      rate: this.#parts.rate(),
      only: ({ isUp }) => isUp,
    });
    for (const one of here) {
      const restMs = one.tookMs * REST_FOR_EACH_BUSY - FOLLOW_EVERY_MS;
      one.dueAt = realMs() + Math.max(0, restMs);
    }
    await this.#standings.tell(here.filter(({ problem, isUp }) => problem === null && isUp));
  }

  /** What goes by itself has come to its end. */
  async #settled(): Promise<void> {
    await Promise.allSettled([this.#following, ...this.#slow]);
  }

  #isBehind(one: DataStanding): boolean {
    const way = Math.abs(this.#standings.offset(0, 0) - one.offset);
    return one.intent !== null || way >= TOLERANCE_MS || one.toldRate !== this.#parts.rate();
  }
}
