/**
 * The world as it was: at a checkpoint (state, money, clock and data), or at the beginning. In the middle of it a kill
 * leaves what was saved, which is whole, and data that follows the clock, but is not put back.
 */
import type { VirtualClock } from './clock.js';
import type { DataClock } from './data-clock.js';
import type { StandingCopy } from './data-clock-parts.js';
import * as decisions from './core/decisions.js';
import { Draft } from './core/draft.js';
import { formatInstant, type Instant } from './core/duration.js';
import { SimulatorError } from './core/errors.js';
import type { Money } from './core/money.js';
import { factsOf } from './core/state-facts.js';
import { commitOf } from './core/runs.js';
import { applyChange, EMPTY_WORLD, livingInstances } from './core/world.js';
import type { Instance, World } from './core/world.js';
import { inParallel } from './in-parallel.js';
import type { Outside } from './outside.js';
import type { StateStore } from './ports.js';
import type { DataFollower } from './reconciler.js';

/** What the data of all checkpoints may take in memory (bytes): more is for backups. */
const BYTES_MAX = 256 * 2 ** 20;
const CHECKPOINTS_MAX = 16;
/** Instances whose data is copied or put back at the same time. */
const AT_ONCE = 8;

/** The whole world at one moment. It ends with the process, with a reset, and with a rollback to an earlier one. */
export interface Checkpoint {
  readonly id: string;
  readonly at: Instant;
  readonly rate: number;
  readonly world: World;
  /** By instance. */
  readonly data: ReadonlyMap<string, StandingCopy>;
}

export interface TurningBackParts {
  readonly store: StateStore;
  readonly clock: VirtualClock;
  readonly data: DataClock;
  readonly outside: Outside;
  readonly openingBalance: Money;
  world(): World;
  /** The world is another one from now on. It was saved. */
  become(world: World): void;
  enqueue<T>(work: () => Promise<T>): Promise<T>;
  /** Does what became due, and lets time go on, or stand where a step failed. */
  toNow(): Promise<void>;
  /** Throws NotInEffectYet, and is then tried again by itself. */
  bringAbout(instanceIds: readonly string[]): Promise<void>;
}

export class TurningBack {
  readonly #checkpoints = new Map<string, Checkpoint>();
  #next = 1;
  /** What backends that are not there yet have to be given before anybody is served by them. */
  readonly #pending = new Map<string, StandingCopy>();

  constructor(private readonly parts: TurningBackParts) {}

  /** In the order of their taking. */
  get checkpoints(): readonly Checkpoint[] {
    return [...this.#checkpoints.values()];
  }

  /** Remembers the whole world. Clients wait meanwhile. Throws CheckpointNotPossible, EngineFailed. */
  take(): Promise<Checkpoint> {
    return this.#inTurn(() => this.#take());
  }

  async #take(): Promise<Checkpoint> {
    const { clock, data } = this.parts;
    const world = this.parts.world();
    const living = livingInstances(world);
    const asleep = living.find((one) => factsOf(one).backend !== 'up');
    const { length } = this.checkpoints;
    if (asleep) {
      throw new SimulatorError('CheckpointNotPossible', {
        problem: `the data of "${asleep.id}", which is ${asleep.state}, cannot be looked at`,
        wayOut: `Destroy or rebuild it first: instance destroy ${asleep.id}`,
      });
    }
    if (length >= CHECKPOINTS_MAX) {
      const problem = `there are ${String(length)}, and no more are kept`;
      const wayOut = 'Forget one first: checkpoint forget ID';
      throw new SimulatorError('CheckpointNotPossible', { problem, wayOut });
    }
    const copies = new Map<string, StandingCopy>();
    clock.hold();
    await data.whileHeld(() =>
      inParallel(AT_ONCE, living, async ({ id }) => {
        const taken = bytesOf([...this.checkpoints.map((one) => one.data), copies]);
        copies.set(id, await data.copy(id, BYTES_MAX - taken));
      }),
    );
    const id = `c-${String(this.#next)}`;
    this.#next += 1;
    const checkpoint = { id, at: clock.now(), rate: clock.rate, world, data: copies };
    this.#checkpoints.set(id, checkpoint);
    return checkpoint;
  }

  /** Throws CheckpointNotFound. */
  forget(id: string): void {
    this.#checkpoints.delete(this.#find(id).id);
  }

  /**
   * State, money, clock and data are what they were; those who are connected stay so. Clients wait meanwhile. Later
   * checkpoints are gone. Throws CheckpointNotFound, and NotInEffectYet: then nobody is served by what is not as it was.
   */
  rollBack(id: string): Promise<void> {
    return this.#inTurn(() => this.#rollBack(id));
  }

  async #rollBack(id: string): Promise<void> {
    const checkpoint = this.#find(id);
    const { clock, data, outside } = this.parts;
    for (const later of this.checkpoints.slice(this.checkpoints.indexOf(checkpoint) + 1)) {
      this.#checkpoints.delete(later.id);
    }
    clock.hold();
    await data.whileHeld(async () => {
      const present = this.parts.world();
      this.#save(checkpoint, present);
      clock.turnBack({ now: checkpoint.at, rate: checkpoint.rate });
      for (const [instanceId, copy] of checkpoint.data) this.#pending.set(instanceId, copy);
      const up = [...checkpoint.data.keys()].filter((one) => isThere(present.instances.get(one)));
      // Whoever cannot be given it now is given it before anybody is served by it again: see `following`.
      await inParallel(AT_ONCE, up, (one) => this.#putBack(one).catch(() => outside.shut(one)));
      outside.changed(differing(present.instances, checkpoint.world.instances));
      await this.parts.bringAbout(outside.unreconciled);
    });
  }

  /** Back to one account and no instance. Virtual time goes on from where it is. Throws NotInEffectYet. */
  reset(): Promise<void> {
    return this.parts.enqueue(async () => {
      await this.parts.bringAbout(this.#reset());
      await this.parts.toNow(); // whatever time stood for is over
    });
  }

  #reset(): string[] {
    const { store, clock, outside } = this.parts;
    const present = this.parts.world();
    const gone = livingInstances(present).map(({ id }) => id);
    const blank: World = { ...EMPTY_WORLD, counters: present.counters };
    const draft = new Draft(blank, clock.now());
    draft.event({ type: 'simulator-reset', text: 'everything was reset' });
    decisions.openAccount(draft, decisions.DEFAULT_ACCOUNT, this.parts.openingBalance);
    const change = draft.change();
    store.reset(commitOf(change), { now: change.at, rate: clock.rate });
    this.#checkpoints.clear();
    this.#pending.clear();
    this.parts.become(applyChange(blank, change));
    outside.forgetLosses();
    outside.changed(gone);
    return [...gone, ...outside.unreconciled];
  }

  /** Whoever looks after data, and gives back what a rollback has for it. */
  following(data: DataFollower): DataFollower {
    return {
      arrive: async (id) => {
        await data.arrive(id);
        await this.#putBack(id);
      },
      lost: (id) => data.lost(id),
      isFar: (id) => data.isFar(id),
      depart: (id) => data.depart(id),
      handOver: (from, to) => data.handOver(from, to),
      forget: (id) => data.forget(id),
      park: () => data.park(),
    };
  }

  /** What was due before is done first, and time goes on afterwards. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.parts.enqueue(async () => {
      await this.parts.toNow();
      return work().finally(() => this.parts.toNow());
    });
  }

  async #putBack(id: string): Promise<void> {
    const copy = this.#pending.get(id);
    if (!copy) return;
    await this.parts.data.putBack(id, copy);
    this.#pending.delete(id);
  }

  #save({ id, at, rate, world }: Checkpoint, present: World): void {
    // Numbers of what is told are never used twice, so that whoever follows the events misses none.
    const { nextEvent, nextEntry } = present.counters;
    const instances = new Map(
      [...world.instances].map(([key, one]) => [key, connected(one, present.instances.get(key))]),
    );
    const before = { ...world, instances, counters: { ...world.counters, nextEvent, nextEntry } };
    const draft = new Draft(before, at);
    draft.event({
      type: 'rolled-back',
      text: `rolled back to checkpoint ${id}, ${formatInstant(at)}`,
      data: { checkpoint: id },
    });
    const change = draft.change();
    const stored = { ...before, counters: world.counters };
    this.parts.store.turnBack(stored, commitOf(change), { now: at, rate });
    this.parts.become(applyChange(before, change));
  }

  #find(id: string): Checkpoint {
    const found = this.#checkpoints.get(id);
    if (found) return found;
    const known = [...this.#checkpoints.keys()].join(', ') || 'none';
    throw new SimulatorError('CheckpointNotFound', { id, known });
  }
}

/** Its clients are not disconnected once more for what they were disconnected for. */
function connected(then: Instance, now: Instance | undefined): Instance {
  return now && now.generation > then.generation ? { ...then, generation: now.generation } : then;
}

function isThere(instance: Instance | undefined): boolean {
  return instance !== undefined && factsOf(instance).backend === 'up';
}

/** Those that were not there then come first: what they have, such as a port, may be somebody else's again. */
function differing(
  now: ReadonlyMap<string, Instance>,
  then: ReadonlyMap<string, Instance>,
): string[] {
  const ids = [...new Set([...now.keys(), ...then.keys()])];
  const changed = ids.filter((id) => now.get(id) !== then.get(id));
  return [
    ...changed.filter((id) => !isThere(then.get(id))),
    ...changed.filter((id) => isThere(then.get(id))),
  ];
}

function bytesOf(all: readonly ReadonlyMap<string, StandingCopy>[]): number {
  const copies = all.flatMap((one) => [...one.values()]);
  return copies.reduce((sum, { copy }) => sum + copy.bytes, 0);
}
