/** The world in memory, for simulators that end with their process. */
import {
  ENTRIES,
  EVENTS,
  lastSeqOf,
  rowsOf,
  trimmedInOrder,
  type Commit,
  type Run,
} from '../core/runs.js';
import type { LedgerEntry, SimulatorEvent } from '../core/world.js';
import { applyChange, EMPTY_WORLD, type World } from '../core/world.js';
import { MemoryMeters } from './memory-meters.js';
import type {
  DataTime,
  EventFilter,
  LedgerFilter,
  Page,
  StateStore,
  StoredClock,
  StoredState,
} from '../ports.js';

export class MemoryStore implements StateStore {
  readonly meters = new MemoryMeters();
  #world: World = EMPTY_WORLD;
  #clock: StoredClock | null = null;
  #engine: StoredState['engine'] = null;
  readonly #dataTimes = new Map<string, DataTime>();
  #events: Run<SimulatorEvent>[] = [];
  #ledger: Run<LedgerEntry>[] = [];

  constructor(private readonly identity: { simulatorId: string; secret: string }) {}

  load(): StoredState {
    return {
      ...this.identity,
      world: this.#world,
      engine: this.#engine,
      clock: this.#clock,
      dataTimes: new Map(this.#dataTimes),
    };
  }

  commit(commit: Commit, clock: StoredClock): void {
    this.#clock = clock;
    this.#world = applyChange(this.#world, commit);
    for (const { first, count, step } of commit.events) {
      this.#events.push({ first, count, step });
    }
    for (const { first, count, step } of commit.entries) {
      this.#ledger.push({ first, count, step });
    }
  }

  saveEngine(kind: NonNullable<StoredState['engine']>): void {
    this.#engine = kind;
  }

  saveClock(clock: StoredClock): void {
    this.#clock = clock;
  }

  saveDataTimes(times: ReadonlyMap<string, DataTime | null>): void {
    for (const [id, time] of times) {
      if (time) this.#dataTimes.set(id, time);
      else this.#dataTimes.delete(id);
    }
  }

  reset(commit: Commit, clock: StoredClock): void {
    this.#world = EMPTY_WORLD;
    this.#dataTimes.clear();
    this.#events = [];
    this.#ledger = [];
    this.meters.forgetAfter(-Infinity);
    this.commit(commit, clock);
  }

  turnBack(world: World, commit: Commit, clock: StoredClock): void {
    const { nextEvent, nextEntry } = world.counters;
    this.#world = world;
    this.#events = this.#events.filter(({ first }) => first.seq < nextEvent);
    this.#ledger = this.#ledger.filter(({ first }) => first.seq < nextEntry);
    this.meters.forgetAfter(clock.now);
    this.commit(commit, clock);
  }

  events(filter: EventFilter): Page<SimulatorEvent> {
    const found = this.#events.filter(({ first }) => isWanted(first, filter));
    if (filter.order === 'desc') found.sort((a, b) => lastSeqOf(b) - lastSeqOf(a));
    return pageOf(rowsOf(found, EVENTS, filter), filter.limit);
  }

  eventRuns(filter: EventFilter): Page<Run<SimulatorEvent>> {
    return pageOfRuns(
      this.#events.filter(({ first }) => isWanted(first, filter)),
      filter,
    );
  }

  ledger(filter: LedgerFilter): Page<LedgerEntry> {
    const found = this.#ledger.filter(({ first }) => first.accountId === filter.accountId);
    return pageOf(rowsOf(found, ENTRIES, filter), filter.limit);
  }

  close(): void {
    // Nothing outlives the process.
  }
}

function isWanted(
  { instanceId, type, clause }: SimulatorEvent,
  filter: Omit<EventFilter, 'order'>,
): boolean {
  return (
    (filter.instanceId === undefined || filter.instanceId === instanceId) &&
    (filter.types === undefined || filter.types.includes(type)) &&
    (filter.clause === undefined || `${clause ?? ''}.`.startsWith(`${filter.clause}.`))
  );
}

/** The first `limit` rows, and where the next page begins if `found` holds more. */
export function pageOf<Row extends { readonly seq: number }>(
  found: Iterable<Row>,
  limit: number,
): Page<Row> {
  const rows: Row[] = [];
  for (const row of found) {
    if (rows.length === limit) return { rows, next: rows.at(-1)?.seq ?? null };
    rows.push(row);
  }
  return { rows, next: null };
}

/** The first `limit` runs within the range, cut off before the one that follows them, if there is one. */
export function pageOfRuns(
  found: Iterable<Run<SimulatorEvent>>,
  range: Omit<EventFilter, 'order'>,
): Page<Run<SimulatorEvent>> {
  const rows: Run<SimulatorEvent>[] = [];
  for (const run of trimmedInOrder(found, EVENTS, range)) {
    if (rows.length === range.limit) return cutOff(rows, run.first.seq - 1);
    rows.push(run);
  }
  return { rows, next: null };
}

function cutOff(runs: readonly Run<SimulatorEvent>[], last: number): Page<Run<SimulatorEvent>> {
  const rows = runs.map((run) => {
    const count = Math.floor((last - run.first.seq) / run.step.seq) + 1;
    return count < run.count ? { ...run, count } : run;
  });
  return { rows, next: last };
}
