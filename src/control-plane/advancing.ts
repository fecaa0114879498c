/**
 * Time moves on: from deadline to deadline, each handled whole and at its own
 * time, including what becomes due on the way. A running clock takes the same
 * steps by itself.
 */
import { afterReal, breathe, realMs, type VirtualClock } from './clock.js';
import type { Backups } from './backups.js';
import { Batch } from './core/batch.js';
import { nextDeadline, type Deadline } from './core/deadlines.js';
import { formatInstant, type Instant } from './core/duration.js';
import { problemOf, SimulatorError } from './core/errors.js';
import type { World } from './core/world.js';
import type { Sampler } from './sampler.js';
import { Stretches, type Shifts } from './stretches.js';

/** An advance of a hundred instances by ten years takes 8.8 million; more is a loop that does not end. */
export const STEPS_MAX = 20_000_000;
/** A running clock is saved at least this often, so that a kill -9 costs no more of virtual time than this (real ms, times the rate). */
const HEARTBEAT_MS = 1_000;
/** Steps that are saved together at most: some thirty real ms. A kill -9 costs no more of virtual time, and sockets wait no longer for their turn. */
export const BATCH_STEPS_MAX = 5_000;
/** How long batches may follow each other before sockets have their turn (real ms). */
const BREATHE_EVERY_MS = 5;
/** What could not be brought about is tried again after this (real ms). */
const RETRY_MS = 2_000;

export type ClockStatus =
  | { readonly state: 'ready' }
  | ({ readonly state: 'advancing' } & Progress)
  | { readonly state: 'failed'; readonly at: Instant; readonly problem: string };

/** How far an advance is that was asked for. */
export interface Progress {
  /** Where it began. */
  readonly from: Instant;
  readonly target: Instant;
  /** Deadlines that were met. */
  readonly steps: number;
  /** What was done last, for people: `bill of 100 instances`. */
  readonly doing: string;
}

export interface Steps {
  world(): World;
  enqueue<T>(work: () => Promise<T>): Promise<T>;
  /** Saves what a batch decided, and announces it. What throws has saved nothing of it. */
  save(batch: Batch): void;
  backups(): Pick<Backups, 'known' | 'follow'>;
  /** Completes what an earlier step decided but could not bring about. */
  catchUp(): Promise<void>;
  saveClock(): void;
  /** What follows the time that is moved. */
  readonly data: Shifts;
  /** What is read of the instances while time moves. */
  readonly meters: Pick<Sampler, 'read' | 'passing' | 'nextChange'>;
  log(line: string): void;
}

export class Advancing {
  #status: ClockStatus = { state: 'ready' };
  #closed = false;
  #isInterrupted = false;
  #underWay: Promise<void> | undefined;
  #callOffRetry = (): void => undefined;

  constructor(
    private readonly clock: VirtualClock,
    private readonly steps: Steps,
    private readonly stepsMax = STEPS_MAX,
  ) {}

  get status(): ClockStatus {
    return this.#status;
  }

  /** Resolves with how many deadlines were met. Throws ClockBackwards, AdvanceFailed, AdvanceInterrupted, TooManySteps. */
  advanceTo(target: (now: Instant) => Instant): Promise<number> {
    return this.steps.enqueue(async () => {
      const now = this.clock.now();
      const to = target(now);
      if (to < now) {
        throw new SimulatorError('ClockBackwards', {
          now: formatInstant(now),
          target: formatInstant(to),
        });
      }
      this.#isInterrupted = false;
      this.#status = { state: 'advancing', from: now, target: to, steps: 0, doing: 'nothing yet' };
      const walk = this.#walk(to);
      this.#underWay = walk.then(noop, noop);
      return walk.finally(() => (this.#underWay = undefined));
    });
  }

  /** Ends the advance that is under way at its next step, without waiting for a turn. Resolves when it has ended; true: there was one. */
  async interrupt(): Promise<boolean> {
    if (!this.#underWay) return false;
    this.#isInterrupted = true;
    await this.#underWay;
    return true;
  }

  /**
   * Does what became due by itself. Within the queue: before a decision, so that nothing is decided ahead of
   * what was due before it. Where a step fails, time stands and the status says why: no reason to refuse a
   * decision, which may be the way out.
   */
  async toNow(): Promise<void> {
    try {
      await this.#walk();
    } catch (error) {
      if (this.#closed) throw error;
    }
  }

  /** Wakes a running clock at its next deadline. To be called whenever deadlines may have changed. */
  schedule(): void {
    if (this.#closed) return;
    const next = nextDeadline(this.steps.world())?.at ?? Number.POSITIVE_INFINITY;
    const at = this.#status.state === 'failed' ? Number.POSITIVE_INFINITY : next;
    this.clock.wakeAt(at, HEARTBEAT_MS, () => this.#walkByItself());
  }

  /** What could not be brought about is tried again, also while the clock is frozen. */
  retryLater(): void {
    if (this.#closed) return;
    this.#callOffRetry();
    this.#callOffRetry = afterReal(RETRY_MS, () => this.#walkByItself());
  }

  close(): void {
    this.#closed = true;
    this.#callOffRetry();
    this.clock.sleep();
  }

  #walkByItself(): void {
    this.steps
      .enqueue(() => this.#walk())
      .catch((error: unknown) => {
        // Closing, or already said by #walk and shown as the clock's status.
        if (!this.#closed) this.steps.log(problemOf(error));
      });
  }

  /** To `to`, or as far as time flew by itself. Resolves with how many deadlines were met. */
  async #walk(to?: Instant): Promise<number> {
    const flown = this.clock.hold();
    const target = to ?? flown;
    // Time that passes by itself is followed by itself.
    const stretches = to === undefined ? null : new Stretches(this.steps.data);
    let deadline: Deadline | undefined;
    let breathedAt = realMs();
    let met = 0;
    try {
      await this.steps.catchUp();
      // What is under way belongs to the time before.
      if (to !== undefined) await this.steps.backups().follow('whole');
      if (to !== undefined) await this.steps.meters.read();
      for (;;) {
        if (this.#closed) throw new Error('the simulator is closing');
        deadline = nextDeadline(this.steps.world());
        const changeAt = this.steps.meters.nextChange();
        if (changeAt <= target && changeAt < (deadline?.at ?? Infinity)) {
          await this.#passChange(changeAt, stretches);
          continue;
        }
        if (!deadline || deadline.at > target) break;
        if (met >= this.stepsMax) throw this.#endedBefore('TooManySteps', target, deadline);
        if (to !== undefined && this.#isInterrupted) {
          throw this.#endedBefore('AdvanceInterrupted', target, deadline);
        }
        await stretches?.begin();
        // Where time stands if nothing of the batch can be saved.
        this.clock.moveTo(Math.max(deadline.at, this.clock.now()));
        const known = await this.steps.backups().known();
        const batch = new Batch(this.steps.world(), this.clock.now(), known);
        const last = decideSteps(
          batch,
          Math.min(target, changeAt),
          Math.min(this.stepsMax - met, BATCH_STEPS_MAX),
        );
        this.steps.save(batch);
        this.clock.moveTo(batch.at);
        met += batch.steps;
        this.#tell(met, batch, last);
        deadline = last;
        await this.steps.catchUp();
        if (batch.toBackUp.length > 0) {
          // Clients wait no longer than until they have begun; an advance waits until they are there.
          await stretches?.end('more');
          await this.steps.backups().follow(to === undefined ? 'begun' : 'whole');
        }
        if (to !== undefined) await this.steps.meters.passing();
        await stretches?.rest();
        if (realMs() - breathedAt > BREATHE_EVERY_MS) {
          await breathe();
          breathedAt = realMs();
        }
      }
      await stretches?.begin();
      this.clock.moveTo(Math.max(target, this.clock.now()));
      await stretches?.end('run');
      await this.steps.catchUp(); // of what could not be brought along
      if (to !== undefined) await this.steps.meters.read();
      this.#status = { state: 'ready' };
      return met;
    } catch (error) {
      const failure = failureOf(error, deadline, this.clock.now());
      const failed = failure.code === 'AdvanceFailed';
      this.#status = failed
        ? { state: 'failed', at: this.clock.now(), problem: failure.message }
        : { state: 'ready' };
      throw failure;
    } finally {
      // A step that failed holds time up: what is due later must not come before it.
      const stands = this.#status.state === 'failed';
      // Whatever happened: no client is left waiting.
      const ended = stretches?.end(stands ? 'stand' : 'run');
      await ended?.catch((error: unknown) => this.steps.log(problemOf(error)));
      // Before time goes on: it must know what is due next.
      this.schedule();
      if (stands) this.retryLater();
      else this.clock.release(stretches?.flownMs);
      this.steps.saveClock();
    }
  }

  /** What meters say changes at its own time, as everything does. */
  async #passChange(at: Instant, stretches: Stretches | null): Promise<void> {
    await stretches?.begin();
    this.clock.moveTo(Math.max(at, this.clock.now()));
    await this.steps.meters.read();
    await this.steps.catchUp();
  }

  /** Only of an advance that was asked for: a running clock tells its time. */
  #tell(steps: number, batch: Batch, last: Deadline | undefined): void {
    if (this.#status.state !== 'advancing' || !last) return;
    const count = batch.toSave().instances.length;
    const whose = count === 1 ? last.subjectId : `${String(count)} instances`;
    this.#status = { ...this.#status, steps, doing: `${last.kind} of ${whose}` };
  }

  #endedBefore(
    code: 'TooManySteps' | 'AdvanceInterrupted',
    target: Instant,
    deadline: Deadline,
  ): SimulatorError {
    return new SimulatorError(code, {
      target: formatInstant(target),
      limit: String(this.stepsMax),
      at: formatInstant(this.clock.now()),
      deadline: described(deadline),
    });
  }
}

const noop = (): void => undefined;

/**
 * Takes a batch as far as it goes: to `target`, to so many steps, or to one that the outside has to follow.
 * Returns the last deadline that was met.
 */
function decideSteps(batch: Batch, target: Instant, stepsMax: number): Deadline | undefined {
  let met: Deadline | undefined;
  while (batch.steps < stepsMax) {
    const due = batch.next();
    if (!due || due.at > target || batch.isOver(due)) break;
    try {
      batch.meet(due);
    } catch (error) {
      if (!met) throw error;
      break; // what was done before it is saved; then it is met again, and fails by itself
    }
    met = due;
  }
  return met;
}

const ENDED: ReadonlySet<string> = new Set(['TooManySteps', 'AdvanceInterrupted']);

function failureOf(error: unknown, deadline: Deadline | undefined, now: Instant): SimulatorError {
  // Neither is a step that failed.
  const isEnded = error instanceof SimulatorError && ENDED.has(error.code);
  if (isEnded) return error;
  const details = {
    at: formatInstant(now),
    deadline: deadline ? described(deadline) : 'what was decided before',
    problem: problemOf(error),
  };
  return new SimulatorError('AdvanceFailed', details, { cause: error });
}

function described(deadline: Deadline): string {
  return `${deadline.kind} of ${deadline.subjectId} at ${formatInstant(deadline.at)}`;
}
