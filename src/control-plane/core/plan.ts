/**
 * What will happen to an instance if nobody pays and nobody acts: the same steps as an advance takes, on a copy of the
 * world. Other instances of the account are a part of it, since they drain the same balance.
 */
import { accessOf, type Access } from './access.js';
import { Batch } from './batch.js';
import { Draft } from './draft.js';
import { DAY_MS, type Instant } from './duration.js';
import type { EventType } from './event-types.js';
import type { State } from './lifecycle.js';
import type { Money } from './money.js';
import { EVENTS, rowsOf } from './runs.js';
import { factsOf, isLiving } from './state-facts.js';
import type { Records, SimulatorEvent, World } from './world.js';

/** What comes later is not looked at. */
export const PLAN_MS = 2 * 365 * DAY_MS;
/** Steps after which the copy is made anew, so that what they told does not pile up. */
const STEPS_OF_A_BATCH = 500;

/** A thing that happens, and how the instance is after it. */
export interface PlannedChange {
  readonly at: Instant;
  readonly event: SimulatorEvent;
  readonly state: State;
  /** null: nobody is served. */
  readonly access: Access | null;
  readonly balance: Money;
}

export class PlanWalk {
  readonly changes: PlannedChange[] = [];
  readonly from: Instant;
  readonly until: Instant;
  #batch: Batch;
  /** The number of the last event that was looked at. */
  #told = 0;
  readonly #accountId: string;

  /** Throws InstanceNotFound. */
  constructor(
    world: World,
    at: Instant,
    private readonly id: string,
    lookMs = PLAN_MS,
  ) {
    this.#accountId = new Draft(world, at).instance(id).accountId;
    this.from = at;
    this.until = at + lookMs;
    this.#batch = new Batch(worldOf(world, this.#accountId), at);
  }

  /** Takes so many steps at most. Returns whether there are more. */
  walk(stepsMax: number): boolean {
    for (let steps = 0; steps < stepsMax; steps += 1) {
      const due = this.#batch.next();
      if (!due || due.at > this.until || !isLiving(this.#instance())) return false;
      const before = this.#watched();
      this.#batch.meet(due);
      const after = this.#watched();
      // A charge that changes nothing else is no news, and almost every step is one.
      const isNews = due.kind !== 'bill' || before.some((one, i) => one !== after[i]);
      if (isNews) this.#note();
      if (this.#batch.steps >= STEPS_OF_A_BATCH) this.#begin();
    }
    return true;
  }

  #note(): void {
    const { events } = this.#batch.toSave();
    const instance = this.#instance();
    const isServed = factsOf(instance).endpoint === 'open';
    const { state } = instance;
    const { balance } = this.#account();
    const access = isServed ? accessOf(instance) : null;
    for (const event of rowsOf(events, EVENTS, { after: this.#told })) {
      this.#told = event.seq;
      if (isAbout(event, this.id, this.#accountId)) {
        this.changes.push({ at: event.at, event, state, access, balance });
      }
    }
  }

  #begin(): void {
    this.#batch = new Batch(this.#batch.world, this.#batch.at);
  }

  #watched(): unknown[] {
    const { state, since } = this.#instance();
    return [state, since, this.#account().owingSince];
  }

  #instance() {
    return new Draft(this.#batch.world, this.from).instance(this.id);
  }

  #account() {
    return new Draft(this.#batch.world, this.from).account(this.#accountId);
  }
}

/** The hourly charges are the balance. Backups change nothing for clients, and nobody takes them in a plan: how they end is not known. */
const NOT_TOLD: ReadonlySet<string> = new Set([
  'charged',
  'backup-finished',
  'backup-failed',
  'backup-late',
  'backup-expired',
] satisfies EventType[]);

/** What a plan tells of: the instance, and the account as a whole. */
export function isAbout(event: SimulatorEvent, id: string, accountId: string): boolean {
  if (NOT_TOLD.has(event.type)) return false;
  if (event.instanceId !== null) return event.instanceId === id;
  return event.accountId === accountId;
}

/** An announcement may have been told to others, too. */
function toldOf(row: object, instances: ReadonlyMap<string, unknown>): object {
  const { instanceIds } = row as { readonly instanceIds?: readonly string[] };
  return instanceIds ? { instanceIds: instanceIds.filter((id) => instances.has(id)) } : {};
}

/** As much of the world as can have to do with the account. */
function worldOf(world: World, accountId: string): World {
  const ofAccount = (row: { readonly accountId?: string | null }) =>
    (row.accountId ?? accountId) === accountId;
  const instances = new Map([...world.instances].filter(([, row]) => ofAccount(row)));
  const isOfThem = (row: object) => {
    const { instanceId } = row as { readonly instanceId?: string | null };
    return ofAccount(row) && (!instanceId || instances.has(instanceId));
  };
  const tables = Object.entries(world.records).map(([table, rows]) => [
    table,
    new Map(
      [...(rows as ReadonlyMap<string, object>)].flatMap(([id, row]) =>
        isOfThem(row) ? [[id, { ...row, ...toldOf(row, instances) }] as const] : [],
      ),
    ),
  ]);
  return { ...world, instances, records: Object.fromEntries(tables) as Records };
}
