/**
 * The single writer. Decide, save, announce, reconcile: in this order, always.
 * What is decided is decided by the pure core; whatever has to be done outside
 * follows from the state that was saved, so a crash in between loses nothing.
 */
import { VirtualClock } from './clock.js';
import { Advancing, type ClockStatus, type Steps } from './advancing.js';
import { BackendKeeper } from './backend-keeper.js';
import { Backups } from './backups.js';
import type { ControlPlaneParts } from './control-plane-parts.js';
import { Creation, isBegun } from './creation.js';
import { DataClock } from './data-clock.js';
import { observeReadings } from './core/abuse-ladder.js';
import * as decisions from './core/decisions.js';
import { Draft, type Known } from './core/draft.js';
import type { Instant } from './core/duration.js';
import { nextDeadline } from './core/deadlines.js';
import { problemOf, SimulatorError } from './core/errors.js';
import type { Told } from './core/meters.js';
import { learnOwnClasses } from './core/own-classes.js';
import { learnOwnTerms } from './core/own-terms.js';
import { commitOf, type Commit } from './core/runs.js';
import { applyChange, isNothing, livingInstances, type World } from './core/world.js';
import type { Account, Instance } from './core/world.js';
import { EventLog } from './event-log.js';
import { Outside } from './outside.js';
import type { Reconciler } from './reconciler.js';
import { resumeInstances } from './resuming.js';
import { Sampler } from './sampler.js';
import { TurningBack } from './turning-back.js';
import { WorkQueue } from './work-queue.js';

export type { ControlPlaneParts } from './control-plane-parts.js';

export class ControlPlane {
  readonly events = new EventLog();
  readonly clock: VirtualClock;
  readonly backups: Backups;
  /** Ends the advance that is under way at its next step; true where there was one. */
  readonly interruptAdvance = () => this.#advancing.interrupt();
  /** What passed each endpoint since it was opened. */
  readonly traffic = () => this.#parts.dataPlane.traffic();
  /** Back to one account and no instance. Virtual time goes on from where it is. Throws NotInEffectYet. */
  readonly reset = () => this.past.reset();
  /** Checkpoints, and back to them or to the beginning. */
  readonly past: TurningBack;
  /** Reads the meters of the instances. */
  readonly sampler: Sampler;
  readonly #parts: ControlPlaneParts;
  readonly #queue = new WorkQueue();
  readonly #advancing: Advancing;
  readonly #keeper: BackendKeeper;
  readonly #creation: Creation;
  readonly #outside: Outside;
  readonly #data: DataClock;
  #world: World;

  private constructor(parts: ControlPlaneParts) {
    this.#parts = parts;
    const stored = parts.store.load();
    this.#world = stored.world;
    learnOwnTerms(stored.world);
    learnOwnClasses(stored.world);
    const clock = stored.clock ?? parts.firstClock;
    this.clock = new VirtualClock({ ...clock, rate: parts.rate ?? clock.rate });
    this.#outside = new Outside(
      parts.reconciler,
      () => this.#world,
      (id) => this.#note(id, 'backend-restored', 'its Redis answers again'),
    );
    this.#data = new DataClock({
      ...parts,
      clock: this.clock,
      rate: () => (this.clockStatus.state === 'failed' ? 0 : this.clock.rate),
      parks: parts.parks === true,
      saveClock: () => this.#saveClock(),
      shut: async (id) => {
        await this.#outside.shut(id);
        this.#advancing.retryLater();
      },
    });
    const common = {
      ...{ ...parts, clock: this.clock, data: this.#data, outside: this.#outside },
      world: () => this.#world,
      enqueue: <T>(work: () => Promise<T>) => this.#queue.run(work),
      inTurn: <T>(work: () => Promise<T>) => this.inTurn(work),
      toNow: () => this.#advancing.toNow(),
      bringAbout: (ids: readonly string[]) => this.#bringAbout(ids),
      saveClock: () => this.#saveClock(),
    };
    this.past = new TurningBack({
      ...common,
      toNow: () => this.#advancing.toNow().then(() => this.backups.taker.settle()),
      become: (world) => {
        this.#world = world;
        this.backups.turnedBack();
        this.events.announce();
        this.#advancing.schedule();
      },
    });
    parts.reconciler.follow(this.past.following(this.#data));
    this.#creation = new Creation(parts.reconciler, this.#outside, {
      instance: (id) => this.instance(id),
      decide: (work) => {
        this.#decide(work);
        this.#advancing.schedule();
      },
      load: (id) => this.backups.restorer.load(id),
      log: parts.log,
    });
    this.sampler = new Sampler({ ...common, observe: (readings) => this.#observe(readings) });
    const steps: Steps = {
      ...{ ...common, meters: this.sampler },
      save: (batch) => this.#save(batch.toSave(), batch.world, batch.toReconcile),
      backups: () => this.backups,
      catchUp: () => this.#outside.catchUp().then(() => this.backups.catchUp()),
    };
    this.#advancing = new Advancing(this.clock, steps, parts.stepsMax);
    this.backups = new Backups({
      ...{ ...common, store: parts.backupStore },
      ...{ queue: this.#queue, advancing: this.#advancing },
      checkpoints: () => this.past.checkpoints,
      decide: (work, known) => this.#decide(work, known).result,
    });
    const noteLost = (id: string, why: string) => this.#note(id, 'backend-lost', why);
    this.#keeper = new BackendKeeper({ ...common, noteLost });
  }

  /** Loads the world, brings the outside to agree with it, and completes what a crash left half done. */
  static async open(parts: ControlPlaneParts): Promise<ControlPlane> {
    const self = new ControlPlane(parts);
    try {
      await self.#queue.run(async () => {
        await self.#resume();
        await self.#advancing.toNow(); // an advance may have stopped between two things due at one instant
      });
    } catch (error) {
      self.#advancing.close();
      throw error;
    }
    parts.engine.onLost((id, why) => self.#keeper.lost(id, why));
    self.#data.start();
    self.sampler.start();
    return self;
  }

  get world(): World {
    return this.#world;
  }

  get clockStatus(): ClockStatus {
    return this.#advancing.status;
  }

  /** What the world says now; nothing that is written into the draft stays. */
  read<T>(ask: (draft: Draft) => T): T {
    return ask(new Draft(this.#world, this.clock.now()));
  }

  /** Throws InstanceNotFound. */
  instance(id: string): Instance {
    return this.read((draft) => draft.instance(id));
  }

  /** Throws AccountNotFound. */
  account(id: string): Account {
    return this.read((draft) => draft.account(id));
  }

  /**
   * One decision, in effect when it resolves: what it begins to create answers by then, and what it made due at once
   * is done. Throws NotInEffectYet, and what the decision throws; a creation that fails leaves nothing but a record.
   */
  decide<T>(work: (draft: Draft) => T): Promise<T> {
    return this.decideOn(() => Promise.resolve(), work);
  }

  /** The same, on what is asked of the outside first; nothing else is decided in between. */
  decideOn<Known, T>(
    ask: (outside: Pick<Reconciler, 'usedMemory'>) => Promise<Known>,
    work: (draft: Draft, known: Known) => T,
  ): Promise<T> {
    return this.inTurn(async () => {
      const known = await ask(this.#parts.reconciler);
      const { result, changed } = this.#decide((draft) => work(draft, known));
      this.#advancing.schedule();
      const begun = changed.filter((id) => isBegun(this.instance(id)));
      for (const id of begun) await this.#creation.complete(id);
      await this.#bringAbout(changed.filter((id) => !begun.includes(id)));
      const due = nextDeadline(this.#world)?.at ?? Infinity;
      if (due <= this.clock.now()) await this.#advancing.toNow();
      await this.backups.taker.tidy();
      return result;
    });
  }

  /** One decision about one instance, in effect when it resolves. Throws NotInEffectYet, and what the decision throws. */
  changeInstance(id: string, decide: (draft: Draft) => void): Promise<Instance> {
    return this.decide(decide).then(() => this.instance(id));
  }

  /** Does a piece of work when it is its turn, and what was due before it. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      await this.#advancing.toNow();
      return work();
    });
  }

  /** Does everything that is due up to `target`, each thing at its own time: see Advancing. */
  advanceTo(target: (now: Instant) => Instant): Promise<number> {
    return this.#advancing.advanceTo(target);
  }

  /** Virtual milliseconds for each real one; 0 freezes. */
  setRate(rate: number): Promise<void> {
    return this.inTurn(async () => {
      this.clock.setRate(rate);
      this.#saveClock();
      this.#advancing.schedule();
      await this.#data.rateChanged();
    });
  }

  /** Ends the work that is under way at its next step. The world stays as it was saved. */
  async close(): Promise<void> {
    this.sampler.close();
    this.#keeper.close();
    this.#advancing.close();
    this.backups.taker.close();
    await this.#queue.close();
    this.#data.close();
    this.#saveClock();
  }

  #decide<T>(work: (draft: Draft) => T, known?: Known): { result: T; changed: string[] } {
    const draft = new Draft(this.#world, this.clock.now(), known);
    const result = work(draft);
    const change = draft.change();
    const changed = change.instances.map(({ id }) => id);
    if (isNothing(change)) return { result, changed };
    this.#save(commitOf(change), applyChange(this.#world, change), changed);
    return { result, changed };
  }

  /** What follows from what meters say. What cannot be brought about at once is tried again. */
  async #observe(readings: readonly Told[]): Promise<void> {
    const { changed } = this.#decide((draft) => observeReadings(draft, readings));
    this.#advancing.schedule();
    await this.#bringAbout(changed).catch((error: unknown) => this.#parts.log(problemOf(error)));
  }

  /** `world` is the one after the commit. Saved first, and announced only then. */
  #save(commit: Commit, world: World, toReconcile: readonly string[]): void {
    this.#parts.store.commit(commit, { now: commit.at, rate: this.clock.rate });
    this.#world = world;
    this.#outside.changed(toReconcile);
    for (const id of toReconcile) this.backups.taker.touched(id);
    this.backups.note(commit);
    if (commit.events.length > 0) this.events.announce();
  }

  /** Of these instances; another one's trouble is its own. Throws NotInEffectYet: saved it is, whatever happens outside. */
  async #bringAbout(ids: readonly string[]): Promise<void> {
    try {
      await this.#outside.catchUp(ids);
    } catch (cause) {
      this.#advancing.retryLater();
      throw new SimulatorError('NotInEffectYet', { problem: problemOf(cause) }, { cause });
    }
  }

  async #resume(): Promise<void> {
    if (!this.#world.accounts.has(decisions.DEFAULT_ACCOUNT)) {
      this.#decide((draft) =>
        decisions.openAccount(draft, decisions.DEFAULT_ACCOUNT, this.#parts.openingBalance),
      );
    }
    await resumeInstances(livingInstances(this.#world), {
      sweep: () => this.#parts.reconciler.sweep(this.#world.instances),
      bringBack: (id) => this.#outside.reconcile(id),
      complete: (living) => this.#creation.resume(living),
      lost: (id, why) => {
        if (this.#outside.lost(id)) this.#note(id, 'backend-lost', why);
      },
      log: this.#parts.log,
    });
    await this.backups.resume();
  }

  #note(id: string, type: 'backend-lost' | 'backend-restored', why: string): void {
    this.backups.taker.touched(id);
    this.#decide((draft) => decisions.noteBackend(draft, id, type, why));
  }

  #saveClock(): void {
    this.#parts.store.saveClock({ now: this.clock.now(), rate: this.clock.rate });
  }
}
