/**
 * Events and ledger in SQLite, in columns: a line of a table is a run (core/runs.ts). A sum of money is an INTEGER,
 * or text where it is beyond 64 bits. Texts are JSON, which has a way to write any text that there may be.
 */
import type Database from 'better-sqlite3';
import { moneyFromMicro, type Money } from '../core/money.js';
import { lastSeqOf, RUN_SPAN_MAX, type Run } from '../core/runs.js';
import type { Counters, LedgerEntry, SimulatorEvent } from '../core/world.js';
import type { EventFilter, LedgerFilter } from '../ports.js';

const RUN_COLUMNS = `
  seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, count INTEGER NOT NULL,
  step_seq INTEGER NOT NULL, step_at INTEGER NOT NULL, step_balance ANY NOT NULL, at INTEGER NOT NULL,
  account_id TEXT, instance_id TEXT`;

export const RUN_TABLES = `
  CREATE TABLE events (${RUN_COLUMNS}, type TEXT NOT NULL, clause TEXT, text TEXT NOT NULL, data TEXT NOT NULL) STRICT;
  CREATE INDEX events_by_last ON events (last_seq);
  CREATE INDEX events_by_instance ON events (instance_id, seq);
  CREATE TABLE ledger (${RUN_COLUMNS}, kind TEXT NOT NULL, amount ANY NOT NULL, balance ANY NOT NULL, grants ANY NOT NULL, text TEXT NOT NULL) STRICT;
  CREATE INDEX ledger_by_account ON ledger (account_id, seq);
`;

/** As SQLite gives it: integers are bigints, since a double does not hold every sum of money. */
interface StoredRun {
  readonly seq: bigint;
  readonly count: bigint;
  readonly step_seq: bigint;
  readonly step_at: bigint;
  readonly step_balance: bigint | string;
  readonly at: bigint;
  readonly account_id: string | null;
  readonly instance_id: string | null;
  readonly text: string;
}

interface StoredEventRun extends StoredRun {
  readonly type: SimulatorEvent['type'];
  readonly clause: string | null;
  readonly data: string;
}

interface StoredEntryRun extends StoredRun {
  readonly account_id: string;
  readonly kind: LedgerEntry['kind'];
  readonly amount: bigint | string;
  readonly balance: bigint | string;
  readonly grants: bigint | string;
}

export class RunTables {
  readonly #db: Database.Database;
  readonly #insertEvent: Database.Statement;
  readonly #insertEntry: Database.Statement;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#insertEvent = db.prepare(
      `INSERT INTO events (${COMMON}, type, clause, text, data) VALUES (${placeholders(9 + 4)})`,
    );
    this.#insertEntry = db.prepare(
      `INSERT INTO ledger (${COMMON}, kind, amount, balance, grants, text) VALUES (${placeholders(9 + 5)})`,
    );
  }

  /** Within the caller's transaction. */
  append(events: readonly Run<SimulatorEvent>[], entries: readonly Run<LedgerEntry>[]): void {
    for (const run of events) {
      const { type, clause, text, data } = run.first;
      const own = [type, clause, JSON.stringify(text), JSON.stringify(data)];
      this.#insertEvent.run(...commonOf(run), ...own);
    }
    for (const run of entries) {
      const { kind, amount, balance, grants, text } = run.first;
      const money = [amount, balance, grants].map(written);
      const own = [kind, ...money, JSON.stringify(text)];
      this.#insertEntry.run(...commonOf(run), ...own);
    }
  }

  /** Within the caller's transaction. A run never goes beyond the commit that it came with. */
  forgetFrom({ nextEvent, nextEntry }: Counters): void {
    this.#db.prepare('DELETE FROM events WHERE seq >= ?').run(nextEvent);
    this.#db.prepare('DELETE FROM ledger WHERE seq >= ?').run(nextEntry);
  }

  /** In the order of their first events, or backwards in that of their last ones. Lasts until the database is asked for something else. */
  *events(filter: EventFilter): Generator<Run<SimulatorEvent>> {
    const { after, from, to, instanceId, types, clause, order } = filter;
    const down = order === 'desc';
    const conditions = down
      ? ['(@after = 0 OR (seq < @after AND last_seq < @after + @span))']
      : ['seq > @after - @span', 'last_seq > @after'];
    if (from !== undefined) conditions.push('at + (count - 1) * step_at >= @from');
    if (to !== undefined) conditions.push('at <= @to');
    if (instanceId !== undefined) conditions.push('instance_id = @instanceId');
    if (types) conditions.push('type IN (SELECT value FROM json_each(@types))');
    if (clause !== undefined) {
      conditions.push(
        `(clause = @clause OR substr(clause, 1, length(@clause) + 1) = @clause || '.')`,
      );
    }
    const found = this.#db
      .prepare<unknown[], StoredEventRun>(
        `SELECT * FROM events WHERE ${conditions.join(' AND ')} ORDER BY ${down ? 'last_seq DESC' : 'seq'}`,
      )
      .safeIntegers()
      .iterate({
        ...{ after, from, to, instanceId, clause, span: RUN_SPAN_MAX },
        types: JSON.stringify(types ?? []),
      });
    for (const row of found) yield eventRunOf(row);
  }

  /** As events. */
  *ledger({ accountId, after }: LedgerFilter): Generator<Run<LedgerEntry>> {
    const found = this.#db
      .prepare<unknown[], StoredEntryRun>(
        `SELECT * FROM ledger
         WHERE account_id = @accountId AND seq > @after - @span AND last_seq > @after ORDER BY seq`,
      )
      .safeIntegers()
      .iterate({ accountId, after, span: RUN_SPAN_MAX });
    for (const row of found) yield entryRunOf(row);
  }
}

const COMMON = 'seq, last_seq, count, step_seq, step_at, step_balance, at, account_id, instance_id';

function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

function commonOf(run: Run<SimulatorEvent | LedgerEntry>): unknown[] {
  const { first, count, step } = run;
  const { seq, at, accountId, instanceId } = first;
  const steps = [step.seq, step.at, written(step.balance)];
  return [seq, lastSeqOf(run), count, ...steps, at, accountId, instanceId];
}

function eventRunOf(row: StoredEventRun): Run<SimulatorEvent> {
  const { type, clause } = row;
  const data = JSON.parse(row.data) as SimulatorEvent['data'];
  return runOf(row, { ...rowOf(row), type, clause, data });
}

function entryRunOf(row: StoredEntryRun): Run<LedgerEntry> {
  const { account_id: accountId, kind } = row;
  const [amount, balance] = [moneyFromMicro(row.amount), moneyFromMicro(row.balance)];
  const grants = moneyFromMicro(row.grants);
  return runOf(row, { ...rowOf(row), accountId, kind, amount, balance, grants });
}

function rowOf({ seq, at, account_id, instance_id, text }: StoredRun) {
  return {
    seq: Number(seq),
    at: Number(at),
    accountId: account_id,
    instanceId: instance_id,
    text: JSON.parse(text) as string,
  };
}

function runOf<Row>({ count, step_seq, step_at, step_balance }: StoredRun, first: Row): Run<Row> {
  const balance = moneyFromMicro(step_balance);
  return {
    first,
    count: Number(count),
    step: { seq: Number(step_seq), at: Number(step_at), balance },
  };
}

/** What fits 64 bits is a number for SQLite, too. */
function written(money: Money): bigint | string {
  return BigInt.asIntN(64, money) === money ? money : money.toString();
}
