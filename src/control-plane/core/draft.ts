/**
 * A decision in the making: reads the world as it would be, collects what
 * changes, and numbers it. Nothing is touched until the change is applied.
 */
import { SimulatorError } from './errors.js';
import type { Instant } from './duration.js';
import { plus } from './money.js';
import type {
  Account,
  Change,
  Counters,
  Instance,
  LedgerEntry,
  SimulatorEvent,
  World,
} from './world.js';

type NewEntry = Pick<LedgerEntry, 'accountId' | 'instanceId' | 'kind' | 'amount' | 'text'>;
type NewEvent = Pick<SimulatorEvent, 'type' | 'text'> &
  Partial<Pick<SimulatorEvent, 'accountId' | 'instanceId' | 'clause' | 'data'>>;

export class Draft {
  readonly #accounts = new Rows<Account>();
  readonly #instances = new Rows<Instance>();
  readonly #entries: LedgerEntry[] = [];
  readonly #events: SimulatorEvent[] = [];
  readonly #counters: { -readonly [Name in keyof Counters]: Counters[Name] };

  constructor(
    readonly world: World,
    readonly at: Instant,
  ) {
    this.#counters = { ...world.counters };
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
    if (change.account) this.#accounts.set(change.account);
    if (change.instance) this.#instances.set(change.instance);
  }

  nextInstanceId(): string {
    const number = this.#counters.nextInstance;
    this.#counters.nextInstance = number + 1;
    return `r-${String(number)}`;
  }

  /** Adds a line to the money book and to the balance: there is no other way to move money. */
  post(entry: NewEntry): Account {
    const before = this.account(entry.accountId);
    const account = { ...before, balance: plus(before.balance, entry.amount) };
    const seq = this.#counters.nextEntry;
    this.#counters.nextEntry = seq + 1;
    // Field by field, as in `event`: an advance makes millions of them, and spreading was most of what a step cost.
    const { accountId, instanceId, kind, amount, text } = entry;
    const { balance } = account;
    this.#entries.push({ seq, at: this.at, accountId, instanceId, kind, amount, balance, text });
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
      entries: this.#entries,
      events: this.#events,
      counters: { ...this.#counters },
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
