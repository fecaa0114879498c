/**
 * Steps of an advance that are saved as one. Each is a decision of its own, on the world as the step before left
 * it, and either happens whole or leaves no trace. A batch is over when something outside has to follow: what is
 * brought about must have been saved. Steps that only move money need not be saved one by one: a crash then loses
 * time that went by, and everything that happened in it, together.
 */
import { Agenda } from './agenda.js';
import { subjectsOf, type Deadline } from './deadlines.js';
import { meetDeadline } from './due.js';
import { Draft, NOTHING_KNOWN, type Known } from './draft.js';
import type { Instant } from './duration.js';
import { RecordCopies } from './record-copies.js';
import { ENTRIES, EVENTS, RunsInTheMaking, type Commit } from './runs.js';
import type { Account, AnyRecord, Change, Instance, World } from './world.js';

export class Batch {
  /** How many steps were taken. */
  steps = 0;
  /** The instances that the outside has to be made to agree with, when this is saved. */
  readonly toReconcile: string[] = [];
  /** The backups that are to be taken, when this is saved. */
  readonly toBackUp: string[] = [];
  readonly #accounts: Map<string, Account>;
  readonly #instances: Map<string, Instance>;
  readonly #changedAccounts = new Set<string>();
  readonly #changedInstances = new Set<string>();
  readonly #records: RecordCopies;
  readonly #changedRecords = new Map<string, AnyRecord>();
  readonly #removedRecords = new Map<string, AnyRecord>();
  /** What is told is put into runs at once: thousands of rows that wait to be saved would be most of what there is to collect. */
  readonly #entries = new RunsInTheMaking(ENTRIES);
  readonly #events = new RunsInTheMaking(EVENTS);
  readonly #agenda: Agenda;
  readonly #world: { -readonly [Part in keyof World]: World[Part] };
  #at: Instant;

  constructor(
    world: World,
    at: Instant,
    private readonly known: Known = NOTHING_KNOWN,
  ) {
    // Copied once for all of its steps.
    this.#accounts = new Map(world.accounts);
    this.#instances = new Map(world.instances);
    this.#world = { ...world, accounts: this.#accounts, instances: this.#instances };
    this.#records = new RecordCopies(world.records);
    this.#agenda = new Agenda(subjectsOf(world));
    this.#at = at;
  }

  /** As it is after the steps so far. Another step changes it: it is the world's from then on, when the batch is over. */
  get world(): World {
    return this.#world;
  }

  /** The time of the last step. */
  get at(): Instant {
    return this.#at;
  }

  /** What is due after the steps so far. */
  next(): Deadline | undefined {
    return this.#agenda.next();
  }

  /** Does what is due, at its own time: never before what was done. */
  meet(deadline: Deadline): void {
    const draft = new Draft(this.#world, Math.max(deadline.at, this.#at), this.known);
    meetDeadline(draft, deadline);
    this.#take(draft.change());
  }

  /**
   * Something outside has to follow before time goes on. Backups that begin at one instant are taken together, so one
   * more of them may come first.
   */
  isOver(next: Deadline | undefined): boolean {
    if (this.toReconcile.length > 0) return true;
    const isMore = next?.kind === 'backup' && next.at <= this.#at;
    return this.toBackUp.length > 0 && !isMore;
  }

  /** What is to be saved of the steps so far. */
  toSave(): Commit {
    const { accounts, instances, counters } = this.#world;
    return {
      at: this.#at,
      accounts: rowsAmong(accounts, this.#changedAccounts),
      instances: rowsAmong(instances, this.#changedInstances),
      records: [...this.#changedRecords.values()],
      removed: [...this.#removedRecords.values()],
      entries: this.#entries.runs,
      events: this.#events.runs,
      counters,
    };
  }

  #take(change: Change): void {
    this.steps += 1;
    this.#at = change.at;
    for (const account of change.accounts) {
      this.#accounts.set(account.id, account);
      this.#changedAccounts.add(account.id);
    }
    for (const instance of change.instances) {
      const before = this.#instances.get(instance.id);
      if (!before || !differInBooksOnly(before, instance)) this.toReconcile.push(instance.id);
      this.#instances.set(instance.id, instance);
      this.#changedInstances.add(instance.id);
      this.#agenda.put({ table: 'instances', row: instance });
    }
    for (const record of change.records) {
      this.#changedRecords.set(record.row.id, record);
      if (record.table === 'backups' && record.row.state === 'running') {
        this.toBackUp.push(record.row.id);
      }
      this.#records.put(record);
      this.#agenda.put(record);
    }
    for (const record of change.removed) {
      this.#changedRecords.delete(record.row.id);
      this.#removedRecords.set(record.row.id, record);
      this.#records.remove(record);
      this.#agenda.remove(record);
    }
    this.#world.records = this.#records.records;
    for (const entry of change.entries) this.#entries.add(entry);
    for (const event of change.events) this.#events.add(event);
    this.#world.counters = change.counters;
  }
}

/** What was charged and what was told is nothing that the outside could follow; anything else may be. */
const BOOKS: ReadonlySet<keyof Instance> = new Set([
  'billedUntil',
  'hourClass',
  'feesPaid',
  'expiryNoticed',
  'autoRenewalTried',
  'backups',
] as const);

function differInBooksOnly(before: Instance, after: Instance): boolean {
  for (const field in after) {
    const name = field as keyof Instance;
    if (before[name] !== after[name] && !BOOKS.has(name)) return false;
  }
  return true;
}

/** In the order of the map, which is that of creation. */
function rowsAmong<Row>(map: ReadonlyMap<string, Row>, ids: ReadonlySet<string>): Row[] {
  const found: Row[] = [];
  for (const [id, row] of map) if (ids.has(id)) found.push(row);
  return found;
}
