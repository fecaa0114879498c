/**
 * The time that the data follows: moves the expiries in every instance's Redis by what virtual time went ahead of the
 * machine's, or fell behind it. What Redis keeps as `t` means the virtual time `t + offset`; the offset is saved, and
 * before a long way the intent too, so that after a crash nothing is aged twice and nothing is left out.
 */
import { machineTime, realMs } from './clock.js';
import { problemOf } from './core/errors.js';
import {
  NO_SHIFT,
  type AfterShift,
  type DataClockParts,
  type OpenShift,
  type StandingCopy,
} from './data-clock-parts.js';
import { Following } from './data-following.js';
import { inTurnOfAll, type DataStanding } from './data-standing.js';
import { DataStandings } from './data-standings.js';
import { INTENT_FROM_MS } from './bring-along.js';
import { heldStill, type StillData } from './stillness.js';

/** Less is not worth an ageing (ms): it is made up for with the next one. */
const TOLERANCE_MS = 20;
/**
 * After a stretch of an advance, the next one brings all along. Should none come for so long (real ms), as when the
 * advance is interrupted, it is followed as ever: soon enough for data to stay within the second that clients are promised.
 */
const NEXT_STRETCH_WITHIN_MS = 100;
/** While nothing runs, expiries stand so much later (ms): ten years. */
const PARKED_MS = 315_360_000_000;

export class DataClock {
  readonly #parts: DataClockParts;
  readonly #machineTime: () => number;
  readonly #standings: DataStandings;
  /** While an advance holds the clients: it brings the data along by itself. */
  #shift: OpenShift | undefined;
  readonly #following: Following;
  #isShifting = false;
  /** Until then (real ms) a stretch is awaited that brings all along. */
  #stretchAwaitedUntil = -Infinity;

  constructor(parts: DataClockParts) {
    this.#parts = parts;
    this.#machineTime = parts.machineTime ?? machineTime;
    this.#standings = new DataStandings(parts, this.#machineTime);
    this.#following = new Following({
      behind: () => this.#standings.up().filter((one) => this.#isBehind(one)),
      bring: (some) => this.#followWith(some),
      log: parts.log,
    });
  }

  /** Real milliseconds that the data of all took the last time. */
  lastShiftMs = 0;

  /** From now on, data keeps up with a clock that does not run as the machine's does. */
  start(): void {
    this.#following.start();
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
      // One that is away cannot be asked: what it was to be told is settled when it is there again.
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
    const standing = this.#standings.get(instanceId);
    return standing?.isFarFrom(this.#standings.offset(), INTENT_FROM_MS) ?? false;
  }

  /** What data at the clock's time stands at (ms). */
  get offsetNow(): number {
    return this.#standings.offset();
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
    standing.stand(this.#standings.offset() - PARKED_MS);
    this.#standings.save([standing]);
    return standing.offset;
  }

  /** There is no data any more. */
  forget(instanceId: string): void {
    this.#standings.forget(instanceId);
  }

  /** Brings the data that is behind to the clock's time, under the eyes of its clients. What fails is tried again. */
  follow(): Promise<void> {
    return this.#following.follow();
  }

  /** The clock goes on at another rate. */
  async rateChanged(): Promise<void> {
    await this.follow();
    await this.#standings.tell(this.#standings.up());
  }

  /** Time is about to go by at once: from now on no client sees data that may have expiries. */
  async beginShift(): Promise<void> {
    this.#isShifting = true;
    await this.#following.settled();
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
      for (const one of still) one.stand(this.#standings.offset());
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
      this.#shift = undefined;
      this.#isShifting = false;
      this.#stretchAwaitedUntil = then === 'more' ? realMs() + NEXT_STRETCH_WITHIN_MS : -Infinity;
      // Between two stretches of an advance, time goes on as the data's does.
      await this.#letGo([...begun], then === 'more' ? 1 : rate, realAt);
      await this.#standings.tell(
        this.#standings.up().filter(({ instanceId }) => !begun.has(instanceId)),
      );
    }
  }

  /**
   * No client sees data while `work` is done, and what they said before has been carried out. Time stands, or is put
   * elsewhere, with the data put back that belongs to it.
   */
  async whileHeld<T>(work: () => Promise<T>): Promise<T> {
    this.#isShifting = true;
    await this.#following.settled();
    const ids = this.#standings.up().map(({ instanceId }) => ({ instanceId, volatile: true }));
    try {
      if (ids.length > 0) await this.#parts.dataPlane.beginShift(ids);
      return await work();
    } finally {
      this.#isShifting = false;
      const held = ids.map(({ instanceId }) => instanceId);
      await this.#letGo(held, this.#parts.rate(), this.#machineTime());
    }
  }

  /** All the data of an instance that is up, and the time that it stands at. Throws EngineFailed. */
  async copy(instanceId: string, bytesMax: number): Promise<StandingCopy> {
    const copy = await this.#parts.engine.copyData(instanceId, bytesMax);
    return { copy, offset: this.#standings.get(instanceId)?.offset ?? 0 };
  }

  /** The data of an instance that is up is what it was; its expiries are as far from the clock's time as they were. Throws EngineFailed. */
  async putBack(instanceId: string, { copy, offset }: StandingCopy): Promise<void> {
    const standing = this.#standings.get(instanceId) ?? this.#standings.add(instanceId);
    await inTurnOfAll([standing], async () => {
      const to = this.#standings.offset();
      await this.#parts.engine.putDataBack(instanceId, copy, offset - to);
      standing.stand(to);
      standing.isVolatile = true;
      this.#standings.save([standing]);
    });
  }

  /**
   * Nothing is going to run for a while, and nobody is served any more: expiries are put so far off that Redis, which
   * looks at them when it starts again, ends nothing. The next `arrive` brings them back.
   */
  async park(): Promise<void> {
    this.close();
    await this.#following.settled();
    if (!this.#parts.parks) return;
    await this.#standings.bringAlong(this.#standings.up(), { rate: 0, parkedMs: PARKED_MS });
  }

  close(): void {
    this.#following.close();
  }

  async #followWith(behind: readonly DataStanding[]): Promise<readonly DataStanding[]> {
    const here = behind.filter(({ isUp }) => isUp);
    if (realMs() < this.#stretchAwaitedUntil) return [];
    if (this.#isShifting || this.#following.isClosed || here.length === 0) return [];
    await this.#standings.bringAlong(here, {
      rate: this.#parts.rate(),
      only: ({ isUp }) => isUp,
    });
    await this.#standings.tell(here.filter(({ problem, isUp }) => problem === null && isUp));
    return here;
  }

  #isBehind(one: DataStanding): boolean {
    const way = Math.abs(this.#standings.offset() - one.offset);
    return one.intent !== null || way >= TOLERANCE_MS || one.toldRate !== this.#parts.rate();
  }

  /** What clients said meanwhile is carried out now, by the time that is told. */
  async #letGo(ids: readonly string[], rate: number, realAt: number): Promise<void> {
    const now = this.#parts.clock.now();
    const told = ids.flatMap((id) => this.#standings.get(id) ?? []);
    const times = told.map((one) => ({
      instanceId: one.instanceId,
      time: one.tellTime(rate, realAt, now),
    }));
    if (times.length > 0) await this.#parts.dataPlane.endShift(times);
  }
}
