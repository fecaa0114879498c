/**
 * The world in SQLite. Each decision is one transaction: after a kill -9 it is
 * there whole or not at all (WAL, synchronous NORMAL: only a crash of the
 * machine itself can lose the last moments).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SimulatorError } from '../core/errors.js';
import { moneyFromMicro } from '../core/money.js';
import { commitOf, ENTRIES, EVENTS, rowsOf, type Commit, type Run } from '../core/runs.js';
import type {
  Account,
  AnyRecord,
  Instance,
  LedgerEntry,
  SimulatorEvent,
  World,
} from '../core/world.js';
import { withRecords } from '../core/record-copies.js';
import { EMPTY_WORLD, wholeOf } from '../core/world.js';
import type {
  DataTime,
  EventFilter,
  LedgerFilter,
  Page,
  StateStore,
  StoredClock,
  StoredState,
} from '../ports.js';
import { pageOf, pageOfRuns } from './memory-store.js';
import { METER_TABLES, MeterTables } from './meter-tables.js';
import { migrate, SCHEMA_VERSION } from './migrations.js';
import { RUN_TABLES, RunTables } from './run-tables.js';

/**
 * What is written goes to the database itself after so many pages (of 4 KB, so that no more than 16 MB wait), and that
 * is waited for. A long advance writes the same pages of the indexes again and again: the later, the less there is to do.
 */
const CHECKPOINT_PAGES = 4000;

const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE accounts (id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT;
  CREATE TABLE instances (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, row TEXT NOT NULL) STRICT;
  CREATE TABLE records (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, row TEXT NOT NULL) STRICT;
  CREATE TABLE data_times (instance_id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT;
  ${RUN_TABLES}
  ${METER_TABLES}
`;

interface Stored {
  readonly row: string;
}

export class SqliteStore implements StateStore {
  readonly meters: MeterTables;
  readonly #db: Database.Database;
  readonly #commit: (commit: Commit, clock: StoredClock) => void;
  readonly #reset: (commit: Commit, clock: StoredClock) => void;
  readonly #turnBack: (world: World, commit: Commit, clock: StoredClock) => void;
  readonly #saveDataTimes: (times: ReadonlyMap<string, DataTime | null>) => void;
  readonly #story: RunTables;
  readonly #statements = new Map<string, Database.Statement>();

  /** Throws DataDirectoryNewer. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const file = join(directory, 'state.db');
    this.#db = new Database(file);
    chmodSync(file, 0o600); // it holds the secret that the backends' passwords derive from
    this.#db.pragma('journal_mode = WAL');
    this.#db.pragma('synchronous = NORMAL');
    this.#db.pragma(`wal_autocheckpoint = ${String(CHECKPOINT_PAGES)}`);
    this.#prepareSchema(directory);
    this.#story = new RunTables(this.#db);
    this.meters = new MeterTables(this.#db);
    this.#commit = this.#db.transaction((commit: Commit, clock: StoredClock) => {
      this.#write(commit);
      this.saveClock(clock);
    });
    this.#reset = this.#db.transaction((commit: Commit, clock: StoredClock) => {
      for (const table of ['accounts', 'instances', 'records', 'ledger', 'events', 'data_times']) {
        this.#db.exec(`DELETE FROM ${table}`);
      }
      this.meters.forgetAfter(-Infinity);
      this.#write(commit);
      this.saveClock(clock);
    });
    this.#turnBack = this.#db.transaction((world: World, commit: Commit, clock: StoredClock) => {
      for (const table of ['accounts', 'instances', 'records']) {
        this.#db.exec(`DELETE FROM ${table}`);
      }
      this.#story.forgetFrom(world.counters);
      this.meters.forgetAfter(clock.now);
      this.#write(commitOf(wholeOf(world, commit.at)));
      this.#write(commit);
      this.saveClock(clock);
    });
    this.#saveDataTimes = this.#db.transaction((times: ReadonlyMap<string, DataTime | null>) => {
      const save = this.#prepared(
        'INSERT INTO data_times (instance_id, row) VALUES (?, ?) ON CONFLICT (instance_id) DO UPDATE SET row = excluded.row',
      );
      const forget = this.#prepared('DELETE FROM data_times WHERE instance_id = ?');
      for (const [id, time] of times) {
        if (time) save.run(id, JSON.stringify(time));
        else forget.run(id);
      }
    });
  }

  load(): StoredState {
    const counters = this.#meta('counters');
    const clock = this.#meta('clock');
    const rows = <Row>(table: string, order: string, revive: (text: string) => Row) =>
      this.#db
        .prepare<[], Stored>(`SELECT row FROM ${table} ORDER BY ${order}`)
        .all()
        .map(({ row }) => revive(row));
    const accounts = rows('accounts', 'rowid', revived<Account>);
    const instances = rows('instances', 'number', revived<Instance>);
    const records = this.#db
      .prepare<[], Stored & { kind: AnyRecord['table'] }>(
        'SELECT kind, row FROM records ORDER BY number',
      )
      .all()
      .map(({ kind, row }) => ({ table: kind, row: revived(row) }) as AnyRecord);
    return {
      simulatorId: this.#meta('simulatorId') ?? '',
      secret: this.#meta('secret') ?? '',
      world: {
        accounts: new Map(accounts.map((row) => [row.id, row])),
        instances: new Map(instances.map((row) => [row.id, row])),
        records: withRecords({}, records),
        counters: counters === null ? EMPTY_WORLD.counters : revived(counters),
      },
      engine: this.#meta('engine') as StoredState['engine'],
      clock: clock === null ? null : revived(clock),
      dataTimes: new Map(
        this.#db
          .prepare<[], Stored & { id: string }>('SELECT instance_id AS id, row FROM data_times')
          .all()
          .map(({ id, row }) => [id, revived<DataTime>(row)]),
      ),
    };
  }

  commit(commit: Commit, clock: StoredClock): void {
    this.#commit(commit, clock);
  }

  saveEngine(kind: NonNullable<StoredState['engine']>): void {
    this.#setMeta('engine', kind);
  }

  saveClock(clock: StoredClock): void {
    this.#setMeta('clock', JSON.stringify(clock));
  }

  saveDataTimes(times: ReadonlyMap<string, DataTime | null>): void {
    this.#saveDataTimes(times);
  }

  reset(commit: Commit, clock: StoredClock): void {
    this.#reset(commit, clock);
  }

  turnBack(world: World, commit: Commit, clock: StoredClock): void {
    this.#turnBack(world, commit, clock);
  }

  events(filter: EventFilter): Page<SimulatorEvent> {
    return pageOf(rowsOf(this.#story.events(filter), EVENTS, filter), filter.limit);
  }

  eventRuns(filter: Omit<EventFilter, 'order'>): Page<Run<SimulatorEvent>> {
    return pageOfRuns(this.#story.events(filter), filter);
  }

  ledger(filter: LedgerFilter): Page<LedgerEntry> {
    return pageOf(rowsOf(this.#story.ledger(filter), ENTRIES, filter), filter.limit);
  }

  close(): void {
    this.#db.close();
  }

  #prepareSchema(directory: string): void {
    const found = Number(this.#db.pragma('user_version', { simple: true }));
    if (found > SCHEMA_VERSION) {
      this.#db.close();
      throw new SimulatorError('DataDirectoryNewer', {
        dir: directory,
        found: String(found),
        known: String(SCHEMA_VERSION),
      });
    }
    if (found === SCHEMA_VERSION) return;
    this.#db.transaction(() => {
      if (found > 0) migrate(this.#db, found);
      else this.#createSchema();
      this.#db.pragma(`user_version = ${String(SCHEMA_VERSION)}`);
    })();
  }

  #createSchema(): void {
    this.#db.exec(SCHEMA);
    this.#setMeta('simulatorId', randomUUID());
    this.#setMeta('secret', randomBytes(32).toString('hex'));
  }

  #write(commit: Commit): void {
    const account = this.#prepared(
      'INSERT INTO accounts (id, row) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row',
    );
    for (const row of commit.accounts) account.run(row.id, written(row));
    const instance = this.#prepared(
      'INSERT INTO instances (id, row) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row',
    );
    for (const row of commit.instances) instance.run(row.id, written(row));
    const record = this.#prepared(
      'INSERT INTO records (id, kind, row) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row',
    );
    for (const { table, row } of commit.records) record.run(row.id, table, written(row));
    const gone = this.#prepared('DELETE FROM records WHERE id = ?');
    for (const { row } of commit.removed) gone.run(row.id);
    this.#story.append(commit.events, commit.entries);
    this.#setMeta('counters', JSON.stringify(commit.counters));
  }

  #prepared(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #meta(key: string): string | null {
    const found = this.#db
      .prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?')
      .get(key);
    return found?.value ?? null;
  }

  #setMeta(key: string, value: string): void {
    this.#prepared(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ).run(key, value);
  }
}

/** JSON has no big integers: money is written as `{"$micro":"210000"}`. It stands in the rows' own fields. */
function written(row: object): string {
  let plain: Record<string, unknown> | undefined;
  for (const [field, value] of Object.entries(row)) {
    if (typeof value === 'bigint') (plain ??= { ...row })[field] = { $micro: value.toString() };
  }
  return JSON.stringify(plain ?? row);
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the table that a row was read from says what it is
function revived<Row>(text: string): Row {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && '$micro' in value
      ? moneyFromMicro(String(value.$micro))
      : value,
  ) as Row;
}
