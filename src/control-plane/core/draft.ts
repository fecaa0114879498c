/**
 * A decision in the making: reads the world as it would be, collects what
 * changes, and numbers it. Nothing is touched until the change is applied.
 */
import { SimulatorError } from './errors.js';
import type { Instant } from './duration.js';
import { plus, ZERO } from './money.js';
import { RECORD_PREFIXES, type RecordTables } from './records.js';
import { copyOfAccount, copyOfCounters, copyOfInstance } from './row-copies.js';
import type {
  Account,
  AnyRecord,
  Change,
  Counters,
  Instance,
  LedgerEntry,
  SimulatorEvent,
  World,
} from './world.js';

type NewEntry = Pick<LedgerEntry, 'accountId' | 'instanceId' | 'kind' | 'amount' | 'text'> &
  Partial<Pick<LedgerEntry, 'grants'>>;
type NewEvent = Pick<SimulatorEvent, 'type' | 'text'> &
  Partial<Pick<SimulatorEvent, 'accountId' | 'instanceId' | 'clause' | 'data'>>;

/** What is known of the outside, as plain data: what is decided may rely upon it. */
export interface Known {
  /** Instances whose data is what it was when the last good backup of it was taken. */
  readonly unchanged: ReadonlySet<string>;
}

export const NOTHING_KNOWN: Known = { unchanged: new Set() };

const NO_RECORDS: readonly AnyRecord[] = [];

export class Draft {
  readonly #accounts = new Rows<Account>();
  readonly #instances = new Rows<Instance>();
  #records: Map<string, AnyRecord> | undefined;
  #removed: Map<string, AnyRecord> | undefined;
  readonly #entries: LedgerEntry[] = [];
  readonly #events: SimulatorEvent[] = [];
  readonly #counters: { -readonly [Name in keyof Counters]: Counters[Name] };

  constructor(
    readonly world: World,
    readonly at: Instant,
    readonly known: Known = NOTHING_KNOWN,
  ) {
    this.#counters = copyOfCounters(world.counters);
  }

  /** Throws AccountNotFound. */
  account(id: string): Account {
    const account = this.#accounts.get(id) ?? this.world.accounts.get(id);
    if (!account) {
      throw new SimulatorError('AccountNotFound', { id, known: listed(this.world.accounts) });
    }
    return account;
  }

  /** Throws InstanceNotFound. */
  instance(id: string): Instance {
    const instance = this.#instances.get(id) ?? this.world.instances.get(id);
    if (!instance) {
      throw new SimulatorError('InstanceNotFound', { id, known: listed(this.world.instances) });
    }
    return instance;
  }

  /** In the order of their creation. */
  instancesOf(accountId: string): Instance[] {
    const ids = new Set(this.world.instances.keys());
    for (const { id } of this.#instances.all()) ids.add(id);
    return [...ids].map((id) => this.instance(id)).filter((i) => i.accountId === accountId);
  }

  put(change: { readonly account?: Account; readonly instance?: Instance }): void {
    if (change.account) this.#accounts.set(copyOfAccount(change.account));
    if (change.instance) this.#instances.set(copyOfInstance(change.instance));
  }

  /** Throws RecordNotFound. */
  record<Table extends keyof RecordTables>(table: Table, id: string): RecordTables[Table] {
    const changed = this.#records?.get(id);
    if (changed?.table === table) return changed.row as RecordTables[Table];
    const rows = this.world.records[table];
    const row = this.#removed?.has(id) ? undefined : rows?.get(id);
    if (!row) {
      throw new SimulatorError('RecordNotFound', { table, id, known: listed(rows ?? new Map()) });
    }
    return row;
  }

  /** In the order of their creation. */
  records<Table extends keyof RecordTables>(table: Table): RecordTables[Table][] {
    const rows = this.world.records[table];
    const ids = new Set(rows?.keys());
    for (const { table: of, row } of this.#records?.values() ?? [])
      if (of === table) ids.add(row.id);
    return [...ids]
      .filter((id) => this.#removed?.has(id) !== true)
      .map((id) => this.record(table, id));
  }

  putRecord<Table extends keyof RecordTables>(table: Table, row: RecordTables[Table]): void {
    this.#records ??= new Map();
    this.#records.set(row.id, { table, row } as AnyRecord);
  }

  /** It is there no longer. Throws RecordNotFound. */
  removeRecord(table: keyof RecordTables, id: string): void {
    this.#removed ??= new Map();
    this.#removed.set(id, { table, row: this.record(table, id) } as AnyRecord);
    this.#records?.delete(id);
  }

  /** Such as `o-1`: no two rows of any table have the same. */
  nextId(table: keyof RecordTables): string {
    const number = this.#counters.nextRecord[table] ?? 1;
    this.#counters.nextRecord = Object.assign({}, this.#counters.nextRecord, {
      [table]: number + 1,
    });
    return `${RECORD_PREFIXES[table]}-${String(number)}`;
  }

  nextInstanceId(): string {
    const number = this.#counters.nextInstance;
    this.#counters.nextInstance = number + 1;
    return `r-${String(number)}`;
  }

  /** Adds a line to the money book and to the balance: there is no other way to move money. */
  post(entry: NewEntry): Account {
    const before = this.account(entry.accountId);
    const { accountId, instanceId, kind, amount, text, grants = ZERO } = entry;
    const account = {
      ...before,
      balance: plus(before.balance, amount),
      grants: grants === ZERO ? before.grants : plus(before.grants, grants),
    };
    const seq = this.#counters.nextEntry;
    this.#counters.nextEntry = seq + 1;
    // Field by field, as in `event`: an advance makes millions of them, and spreading was most of what a step cost.
    const { balance } = account;
    const { at } = this;
    this.#entries.push({ seq, at, accountId, instanceId, kind, amount, balance, grants, text });
    this.put({ account });
    return account;
  }

  event(event: NewEvent): void {
    const seq = this.#counters.nextEvent;
    this.#counters.nextEvent = seq + 1;
    const { type, accountId = null, instanceId = null, clause = null, text, data = {} } = event;
    this.#events.push({ seq, at: this.at, type, accountId, instanceId, clause, text, data });
  }

  change(): Change {
    return {
      at: this.at,
      accounts: this.#accounts.all(),
      instances: this.#instances.all(),
      records: this.#records ? [...this.#records.values()] : NO_RECORDS,
      removed: this.#removed ? [...this.#removed.values()] : NO_RECORDS,
      entries: this.#entries,
      events: this.#events,
      counters: copyOfCounters(this.#counters),
    };
  }
}

/** Rows by id, in the order of the first time. Most decisions change one: it is kept without a map, of which an advance would make millions. */
class Rows<Row extends { readonly id: string }> {
  #only: Row | undefined;
  #more: Map<string, Row> | undefined;

  get(id: string): Row | undefined {
    if (this.#more) return this.#more.get(id);
    return this.#only?.id === id ? this.#only : undefined;
  }

  set(row: Row): void {
    if (this.#more) this.#more.set(row.id, row);
    else if (!this.#only || this.#only.id === row.id) this.#only = row;
    else this.#more = new Map([this.#only, row].map((one) => [one.id, one]));
  }

  all(): Row[] {
    if (this.#more) return [...this.#more.values()];
    return this.#only ? [this.#only] : [];
  }
}

function listed(rows: ReadonlyMap<string, unknown>): string {
  const ids = [...rows.keys()];
  const shown = ids.slice(-10).join(', ');
  return ids.length === 0 ? 'none yet' : ids.length > 10 ? `..., ${shown}` : shown;
}
