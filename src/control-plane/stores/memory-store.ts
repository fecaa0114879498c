/** The world in memory, for simulators that end with their process. */
import type { LedgerEntry, SimulatorEvent } from '../core/world.js';
import { applyChange, EMPTY_WORLD, type Change, type World } from '../core/world.js';
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
  #world: World = EMPTY_WORLD;
  #clock: StoredClock | null = null;
  #engine: StoredState['engine'] = null;
  readonly #dataTimes = new Map<string, DataTime>();
  #events: SimulatorEvent[] = [];
  #ledger: LedgerEntry[] = [];

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

  commit(change: Change, clock: StoredClock): void {
    this.#clock = clock;
    this.#world = applyChange(this.#world, change);
    this.#events.push(...change.events);
    this.#ledger.push(...change.entries);
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

  reset(change: Change, clock: StoredClock): void {
    this.#world = EMPTY_WORLD;
    this.#dataTimes.clear();
    this.#events = [];
    this.#ledger = [];
    this.commit(change, clock);
  }

  events(filter: EventFilter): Page<SimulatorEvent> {
    const found = this.#events.filter(
      (event) =>
        event.seq > filter.after &&
        (filter.instanceId === undefined || event.instanceId === filter.instanceId) &&
        (filter.types === undefined || filter.types.includes(event.type)),
    );
    return pageOf(found, filter.limit);
  }

  ledger(filter: LedgerFilter): Page<LedgerEntry> {
    const found = this.#ledger.filter(
      (entry) => entry.seq > filter.after && entry.accountId === filter.accountId,
    );
    return pageOf(found, filter.limit);
  }

  close(): void {
    // Nothing outlives the process.
  }
}

/** The first `limit` rows, and where the next page begins if `found` holds more. */
export function pageOf<Row extends { readonly seq: number }>(
  found: readonly Row[],
  limit: number,
): Page<Row> {
  const rows = found.slice(0, limit);
  return { rows, next: found.length > limit ? (rows.at(-1)?.seq ?? null) : null };
}
