/** One suite for every place the world can be kept in; then what only a directory can do. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { moneyFromMicro, ZERO, type Money } from '../../src/control-plane/core/money.js';
import { commitOf, type Commit } from '../../src/control-plane/core/runs.js';
import { EMPTY_WORLD, type Change, type Instance } from '../../src/control-plane/core/world.js';
import { newClimb } from '../../src/control-plane/core/abuse-levels.js';
import { classOf } from '../../src/control-plane/core/instance-classes.js';
import type { ClassRecord } from '../../src/control-plane/core/own-classes.js';
import type { TermsRecord } from '../../src/control-plane/core/own-terms.js';
import { TERMS, type Terms } from '../../src/control-plane/core/terms.js';
import type { Order } from '../../src/control-plane/core/orders.js';
import type { DataTime, StateStore } from '../../src/control-plane/ports.js';
import { DataLock } from '../../src/control-plane/stores/data-lock.js';
import { MemoryStore } from '../../src/control-plane/stores/memory-store.js';
import { SCHEMA_VERSION } from '../../src/control-plane/stores/migrations.js';
import { SqliteStore } from '../../src/control-plane/stores/sqlite-store.js';
import { ORDER } from '../support/fake-world.js';
import { instanceOf as wholeInstanceOf } from '../support/instance.js';

const AT = Date.UTC(2026, 0, 1);
const CLOCK = { now: AT, rate: 0 };
const BEYOND_2_53 = moneyFromMicro('9007199254740993');
const BEYOND_2_64 = moneyFromMicro('-123456789012345678901234567890');
const UNICODE = 'naïve 数据库 🧊 "quoted" \\ \u0000 \ud800 {"$micro":"1"} line\nend';
const EVERYTHING = { after: 0, limit: 1000 };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'frostgate-stores-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface StoreUnderTest {
  readonly kind: string;
  readonly open: () => StateStore;
  /** The same store for whoever comes next; in memory that is whoever holds it. */
  readonly reopen: (store: StateStore) => StateStore;
}

const STORES: readonly StoreUnderTest[] = [
  {
    kind: 'memory',
    open: () => new MemoryStore({ simulatorId: 'sim-1', secret: 'secret-1' }),
    reopen: (store) => store,
  },
  {
    kind: 'sqlite',
    open: () => new SqliteStore(directory),
    reopen: (store) => {
      store.close();
      return new SqliteStore(directory);
    },
  },
];

describe.each(STORES)('a $kind store', ({ open, reopen }) => {
  let store: StateStore;
  beforeEach(() => {
    store = open();
  });
  afterEach(() => {
    store.close();
  });

  test('that is new has an empty world, no clock, no engine, and knows who it belongs to', () => {
    const { world, clock, engine, simulatorId, secret } = store.load();
    expect(world).toEqual(EMPTY_WORLD);
    expect([clock, engine]).toEqual([null, null]);
    expect(simulatorId).not.toBe('');
    expect(secret.length).toBeGreaterThan(5);
    expect(store.events(EVERYTHING)).toEqual({ rows: [], next: null });
  });

  test('gives back what was committed: every field, large money, any text, and the order', () => {
    const classRecord: ClassRecord = {
      ...classOf('tair.rdb.64g'),
      ...{ id: 'ic-1', name: UNICODE, classId: 'mine-1', addedAt: AT, pricePerMonth: BEYOND_2_64 },
    };
    const climb = newClimb('ab-1', { instanceId: 'r-2', terms: 'tos', meter: 'cpu' }, AT);
    const entry = entryOf(1, { amount: BEYOND_2_64, balance: BEYOND_2_53, text: UNICODE });
    const event = eventOf(1, { text: UNICODE, data: { words: UNICODE } });
    const commit = commitWith({
      accounts: ['zoe', 'adam', 'default'].map((id) => ({
        id,
        balance: BEYOND_2_53,
        owingSince: null,
        grants: BEYOND_2_64,
        measure: null,
      })),
      instances: ['r-10', 'r-9', 'r-2'].map((id) => instanceOf(id, { name: UNICODE })),
      entries: [entry],
      events: [event],
      records: [
        { table: 'orders', row: orderOf('o-2') },
        { table: 'classes', row: classRecord },
        { table: 'abuse', row: climb },
      ],
      counters: { nextInstance: 11, nextEntry: 2, nextEvent: 2, nextRecord: { orders: 3 } },
    });
    store.commit(commit, { now: AT + 1, rate: 0.5 });
    store = reopen(store);
    const { world, clock } = store.load();
    expect([...world.accounts.values()]).toEqual(commit.accounts);
    expect([...world.instances.values()]).toEqual(commit.instances);
    expect([...(world.records.orders ?? [])]).toEqual([['o-2', orderOf('o-2')]]);
    expect([...(world.records.classes ?? [])]).toEqual([['ic-1', classRecord]]);
    expect([...(world.records.abuse ?? [])]).toEqual([['ab-1', climb]]);
    expect(world.counters).toEqual(commit.counters);
    expect(clock).toEqual({ now: AT + 1, rate: 0.5 });
    expect(store.events(EVERYTHING).rows).toEqual([event]);
    expect(store.ledger({ accountId: 'default', ...EVERYTHING }).rows).toEqual([entry]);
  });

  test('replaces what changes, keeps what does not, and keeps the order of creation', () => {
    const [first, second] = [instanceOf('r-1'), instanceOf('r-2')];
    store.commit(commitWith({ instances: [first, second] }), CLOCK);
    const frozen = instanceOf('r-1', { state: 'frozen', since: AT + 5 });
    store.commit(commitWith({ instances: [frozen] }), CLOCK);
    store = reopen(store);
    expect([...store.load().world.instances.values()]).toEqual([frozen, second]);
  });

  test('does not change what was loaded before', () => {
    store.commit(commitWith({ instances: [instanceOf('r-1')] }), CLOCK);
    const before = store.load();
    store.commit(commitWith({ instances: [instanceOf('r-2')] }), { now: AT + 1, rate: 1 });
    expect([...before.world.instances.keys()]).toEqual(['r-1']);
    expect(before.clock).toEqual(CLOCK);
  });

  test('remembers where the clock stands and which engine has the data, apart from any change', () => {
    store.saveClock({ now: AT + 12_345, rate: 60 });
    store.saveEngine('process');
    store = reopen(store);
    expect(store.load().clock).toEqual({ now: AT + 12_345, rate: 60 });
    expect(store.load().engine).toBe('process');
    store.saveClock({ now: AT + 12_346, rate: 0 });
    expect(store.load().clock).toEqual({ now: AT + 12_346, rate: 0 });
  });

  test('remembers which time the data of each instance follows, until there is none or all is reset', () => {
    const witness = { database: 3, key: 'AP8=', field: null, expiresAt: AT + 9 };
    const begun = { offset: -5, intent: { to: 600_000, witness } };
    const still = { offset: 7, intent: null };
    store.saveDataTimes(
      new Map<string, DataTime | null>([
        ['r-1', begun],
        ['r-2', still],
      ]),
    );
    store = reopen(store);
    expect([...store.load().dataTimes]).toEqual([
      ['r-1', begun],
      ['r-2', still],
    ]);
    store.saveDataTimes(
      new Map<string, DataTime | null>([
        ['r-1', null],
        ['r-2', begun],
      ]),
    );
    store = reopen(store);
    expect([...store.load().dataTimes]).toEqual([['r-2', begun]]);
    store.reset(commitWith({}), CLOCK);
    expect(store.load().dataTimes.size).toBe(0);
  });

  test('gives the events in pages, each saying where the next one begins', () => {
    const events = Array.from({ length: 7 }, (_, i) => eventOf(i + 1));
    store.commit(commitWith({ events }), CLOCK);
    const pages: number[][] = [];
    for (let after: number | null = 0; after !== null;) {
      const page = store.events({ after, limit: 3 });
      pages.push(page.rows.map(({ seq }) => seq));
      after = page.next;
    }
    expect(pages).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    expect(store.events({ after: 4, limit: 3 })).toMatchObject({ next: null });
    expect(store.events({ after: 7, limit: 3 })).toEqual({ rows: [], next: null });
  });

  test('filters the events by instance and by type, before it counts the page', () => {
    const events = [
      eventOf(1, { instanceId: 'r-1', type: 'charged' }),
      eventOf(2, { instanceId: 'r-2', type: 'charged' }),
      eventOf(3, { instanceId: 'r-1', type: 'state-changed' }),
      eventOf(4, { instanceId: null, type: 'topped-up' }),
      eventOf(5, { instanceId: 'r-1', type: 'charged' }),
    ];
    store.commit(commitWith({ events }), CLOCK);
    const seqs = (filter: Partial<Parameters<StateStore['events']>[0]>) =>
      store.events({ ...EVERYTHING, ...filter }).rows.map(({ seq }) => seq);
    expect(seqs({ instanceId: 'r-1' })).toEqual([1, 3, 5]);
    expect(seqs({ types: ['charged'] })).toEqual([1, 2, 5]);
    expect(seqs({ types: ['topped-up', 'state-changed'] })).toEqual([3, 4]);
    expect(seqs({ instanceId: 'r-1', types: ['charged'], after: 1 })).toEqual([5]);
    expect(seqs({ types: [] })).toEqual([]);
    expect(seqs({ instanceId: "r-1' OR '1'='1" })).toEqual([]);
    expect(store.events({ after: 0, limit: 2, instanceId: 'r-1' }).next).toBe(3);
  });

  test('filters the events by clause and by time, and tells them backwards', () => {
    const hour = (n: number) => AT + n * 3_600_000;
    const clauses = ['7.2.3.1', '7.2.3', '7.2.30', '7.2', null, '7.2.3.2'];
    const events = clauses.map((clause, i) => eventOf(i + 1, { clause, at: hour(i) }));
    store.commit(commitWith({ events }), CLOCK);
    const seqs = (filter: Partial<Parameters<StateStore['events']>[0]>) =>
      store.events({ ...EVERYTHING, ...filter }).rows.map(({ seq }) => seq);
    expect(seqs({ clause: '7.2.3' })).toEqual([1, 2, 6]);
    expect(seqs({ clause: '7.2.3.1' })).toEqual([1]);
    expect(seqs({ clause: '7' })).toEqual([1, 2, 3, 4, 6]);
    expect(seqs({ clause: '%' })).toEqual([]);
    expect(seqs({ from: hour(2) })).toEqual([3, 4, 5, 6]);
    expect(seqs({ to: hour(2) })).toEqual([1, 2, 3]);
    expect(seqs({ from: hour(1), to: hour(3), clause: '7.2.3' })).toEqual([2]);
    expect(seqs({ from: hour(2) + 1, to: hour(3) - 1 })).toEqual([]);
    expect(seqs({ order: 'desc' })).toEqual([6, 5, 4, 3, 2, 1]);
    expect(store.events({ after: 0, limit: 2, order: 'desc' }).next).toBe(5);
    expect(seqs({ order: 'desc', after: 5, limit: 2 })).toEqual([4, 3]);
    expect(store.events({ after: 2, limit: 2, order: 'desc' })).toMatchObject({ next: null });
  });

  test('tells what repeats itself in pages and filters like everything else, and as runs', () => {
    // Two instances by turns, in two commits.
    const events = Array.from({ length: 400 }, (_, i) => {
      const balance = `${String(1000 - i)}.00`;
      return eventOf(i + 1, {
        ...{ instanceId: `r-${String(1 + (i % 2))}`, at: AT + Math.floor(i / 2) * 3_600_000 },
        ...{ text: `charged, balance ${balance}`, data: { amount: '1.00', balance } },
      });
    });
    store.commit(commitWith({ events: events.slice(0, 200) }), CLOCK);
    store.commit(commitWith({ events: events.slice(200) }), CLOCK);
    store = reopen(store);
    for (const order of ['asc', 'desc'] as const) {
      const read: unknown[] = [];
      for (let after: number | null = 0; after !== null;) {
        const page = store.events({ after, limit: 7, instanceId: 'r-2', order });
        read.push(...page.rows);
        after = page.next;
      }
      const expected = events.filter(({ instanceId }) => instanceId === 'r-2');
      expect(read).toEqual(order === 'asc' ? expected : expected.reverse());
    }
    const runs: (readonly [string | null, number, number])[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page = store.eventRuns({ after, limit: 3, from: AT + 3_600_000 });
      runs.push(
        ...page.rows.map(({ first, count }) => [first.instanceId, first.seq, count] as const),
      );
      after = page.next;
    }
    // What goes on beyond a page is told again from there.
    expect(runs).toEqual([
      ['r-1', 3, 99],
      ['r-2', 4, 99],
      ['r-1', 201, 1],
      ['r-2', 202, 100],
      ['r-1', 203, 99],
    ]);
  });

  test('gives the ledger by account, in pages', () => {
    const entries = Array.from({ length: 6 }, (_, i) =>
      entryOf(i + 1, { accountId: i % 2 === 0 ? 'even' : 'odd' }),
    );
    store.commit(commitWith({ entries }), CLOCK);
    const page = store.ledger({ accountId: 'even', after: 0, limit: 2 });
    expect(page.rows.map(({ seq }) => seq)).toEqual([1, 3]);
    expect(page.next).toBe(3);
    const rest = store.ledger({ accountId: 'even', after: 3, limit: 2 });
    expect([rest.rows.map(({ seq }) => seq), rest.next]).toEqual([[5], null]);
    expect(store.ledger({ accountId: 'nobody', ...EVERYTHING }).rows).toEqual([]);
  });

  test('forgets records that are removed, also what was never there, and keeps the order of the others', () => {
    const rows = ['o-1', 'o-2', 'o-3'].map(
      (id) => ({ table: 'orders', row: orderOf(id) }) as const,
    );
    const [first, second, third] = rows;
    if (!first || !second || !third) throw new Error('there are three');
    store.commit(commitWith({ records: rows }), CLOCK);
    const before = store.load();
    store.commit(commitWith({ records: [third], removed: [first] }), CLOCK);
    store.commit(commitWith({ removed: [first, { table: 'orders', row: orderOf('o-9') }] }), CLOCK);
    store = reopen(store);
    expect([...(store.load().world.records.orders?.keys() ?? [])]).toEqual(['o-2', 'o-3']);
    expect([...(before.world.records.orders?.keys() ?? [])]).toEqual(['o-1', 'o-2', 'o-3']);
  });

  test('forgets everything by a reset but who it belongs to, and numbers on', () => {
    const before = store.load();
    store.saveEngine('process');
    store.commit(
      commitWith({
        accounts: [
          { id: 'old', balance: BEYOND_2_53, owingSince: AT, grants: ZERO, measure: null },
        ],
        records: [{ table: 'orders', row: orderOf('o-1') }],
        instances: [instanceOf('r-1')],
        entries: [entryOf(1)],
        events: [eventOf(1)],
      }),
      CLOCK,
    );
    const counters = { nextInstance: 2, nextEntry: 2, nextEvent: 3, nextRecord: {} };
    store.reset(commitWith({ events: [eventOf(2)], counters }), { now: AT + 9, rate: 1 });
    store = reopen(store);
    const after = store.load();
    expect(after.world).toEqual({ ...EMPTY_WORLD, counters });
    expect(after.clock).toEqual({ now: AT + 9, rate: 1 });
    expect(after.engine).toBe('process');
    expect([after.simulatorId, after.secret]).toEqual([before.simulatorId, before.secret]);
    expect(store.events(EVERYTHING).rows.map(({ seq }) => seq)).toEqual([2]);
    expect(store.ledger({ accountId: 'default', ...EVERYTHING }).rows).toEqual([]);
  });
});

describe('a sqlite store', () => {
  test('keeps a name and a secret of its own for each directory', () => {
    const first = new SqliteStore(directory);
    const kept = first.load();
    first.close();
    const [again, other] = [new SqliteStore(directory), new SqliteStore(join(directory, 'other'))];
    expect(again.load()).toMatchObject({ simulatorId: kept.simulatorId, secret: kept.secret });
    expect(other.load().simulatorId).not.toBe(kept.simulatorId);
    expect(other.load().secret).not.toBe(kept.secret);
    again.close();
    other.close();
  });

  test('saves a change whole or not at all', () => {
    const store = new SqliteStore(directory);
    store.commit(commitWith({ entries: [entryOf(1)] }), CLOCK);
    const twice = commitWith({ instances: [instanceOf('r-1')], entries: [entryOf(2), entryOf(1)] });
    expect(() => store.commit(twice, { now: AT + 1, rate: 0 })).toThrow('UNIQUE');
    expect(store.load().world.instances.size).toBe(0);
    expect(store.load().clock).toEqual(CLOCK);
    expect(store.ledger({ accountId: 'default', ...EVERYTHING }).rows).toHaveLength(1);
    store.close();
  });

  test('has what was committed when the process is killed at once', async () => {
    const store = new SqliteStore(directory);
    store.commit(commitWith({ instances: [instanceOf('r-1')] }), CLOCK);
    store.close();
    const child = childOf(`
      const db = new Database(join(directory, 'state.db'));
      db.prepare("UPDATE meta SET value = 'written by the child' WHERE key = 'secret'").run();
      say('written');
    `);
    await lineOf(child, 'written');
    await killed(child);
    const again = new SqliteStore(directory);
    expect(again.load().secret).toBe('written by the child');
    again.close();
  });

  test('is for its owner only: it holds the secret of the passwords', () => {
    const store = new SqliteStore(join(directory, 'data'));
    store.commit(commitWith({}), CLOCK);
    const modeOf = (name: string) => statSync(join(directory, 'data', name)).mode & 0o777;
    expect(modeOf('').toString(8)).toBe('700');
    expect(['state.db', 'state.db-wal'].map((name) => modeOf(name).toString(8))).toEqual([
      '600',
      '600',
    ]);
    store.close();
  });

  test('of version 1 goes on: instances are as they were, with the settings that there were none of', () => {
    const old = stateOfVersion1();
    const store = new SqliteStore(directory);
    const { world, simulatorId, secret, clock } = store.load();
    expect([simulatorId, secret]).toEqual(['sim-1', 'secret-1']);
    expect(clock).toEqual(CLOCK);
    expect([...world.instances.values()]).toEqual(
      old.map((row) => ({
        ...row,
        password: null,
        passwordFree: true,
        databaseAccounts: [],
        whitelist: [{ name: 'default', addresses: ['127.0.0.0/8', '::1'] }],
        commandProfile: 'apsaradb',
        parameters: {},
        bandwidth: null,
        connections: null,
        ...{ chargeType: 'PostPaid', hourClass: null, expiresAt: null, autoRenewMonths: null },
        ...{ expiryNoticed: null, autoRenewalTried: null, endedBy: null },
        feesPaid: 'id' in row && row.id === 'r-1' ? 420_000n : ZERO,
        ...{ dataFrom: null, suspensions: [], writeLock: null, operation: null },
        ...{ outages: [], generation: 0, maintainTime: { start: '18:00Z', end: '22:00Z' } },
        ...{ memory: null, newConnections: null, cpu: null, narrowed: [] },
        backups: {
          policy: {
            ...{ enabled: null, hour: 2, retentionDays: 7, since: AT },
            days: 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday'.split(','),
          },
          ...{ triedAt: null, lastGood: null, running: null },
        },
      })),
    );
    expect(world.accounts.get('default')).toEqual({
      ...{ id: 'default', balance: BEYOND_2_53, owingSince: null, grants: ZERO, measure: null },
    });
    expect(world.counters).toEqual({
      ...{ nextInstance: 3, nextEntry: 1, nextEvent: 1, nextRecord: {} },
    });
    expect(store.load().dataTimes).toEqual(new Map());
    store.saveDataTimes(new Map([['r-2', { offset: 1, intent: null }]]));
    expect(store.load().dataTimes.size).toBe(1);
    const entries = store.ledger({ accountId: 'default', after: 0, limit: 10 }).rows;
    expect(entries.map(({ amount, grants }) => [amount, grants])).toEqual([
      [-210_000n, ZERO],
      [-210_000n, ZERO],
    ]);
    const changed = { ...world.instances.get('r-2'), connections: 5 } as Instance;
    store.commit(commitWith({ instances: [changed] }), CLOCK);
    store.close();
    const again = new SqliteStore(directory);
    expect([...again.load().world.instances.values()].map(({ id }) => id)).toEqual(['r-1', 'r-2']);
    expect(again.load().world.instances.get('r-2')).toEqual(changed);
    again.close();
  });

  test('of version 2 goes on: events and ledger are as they were, number by number', () => {
    stateOfVersion1();
    const events = [
      eventOf(1, { text: UNICODE, data: { words: UNICODE } }),
      eventOf(2, { instanceId: 'r-2', accountId: null, clause: null, type: 'backend-lost' }),
    ];
    const entries = [
      entryOf(1, { amount: BEYOND_2_64, balance: BEYOND_2_53, text: UNICODE, kind: 'top-up' }),
      entryOf(2, { instanceId: 'r-2', at: AT + 1 }),
      entryOf(3, { accountId: 'zoe' }),
    ];
    writtenByVersion2(events, entries);
    const store = new SqliteStore(directory);
    expect(store.events(EVERYTHING).rows).toEqual(events);
    expect(store.events({ ...EVERYTHING, instanceId: 'r-2' }).rows).toEqual([events[1]]);
    expect(store.ledger({ accountId: 'default', ...EVERYTHING }).rows).toEqual(entries.slice(0, 2));
    expect(store.ledger({ accountId: 'zoe', ...EVERYTHING }).rows).toEqual(entries.slice(2));
    store.commit(commitWith({ events: [eventOf(3)], entries: [entryOf(4)] }), CLOCK);
    expect(store.events({ after: 1, limit: 9 }).rows.map(({ seq }) => seq)).toEqual([2, 3]);
    store.close();
  });

  test('of version 5 goes on: ceilings are those there were, terms and orders have what there was none of', () => {
    const now = new SqliteStore(directory);
    const own: TermsRecord = {
      ...{ id: 't-1', termsId: 'mine-1', agreed: null, addedAt: AT },
      terms: { ...(TERMS.tos as Terms), name: 'mine' },
    };
    const order = { ...orderOf('o-1'), request: { ...ORDER, connections: 7 } };
    const records = [
      { table: 'terms', row: own } as const,
      { table: 'orders', row: order } as const,
      { table: 'orders', row: orderOf('o-2') } as const,
    ];
    now.commit(commitWith({ instances: [instanceOf('r-1')], records }), CLOCK);
    now.close();
    asVersion5();
    const store = new SqliteStore(directory);
    const { world } = store.load();
    const { backups } = world.instances.get('r-1') ?? instanceOf('r-1');
    expect(world.instances.get('r-1')).toEqual({ ...instanceOf('r-1'), backups });
    expect(world.records.terms?.get('t-1')).toEqual(own);
    expect(world.records.orders?.get('o-1')).toEqual(order);
    expect(world.records.orders?.get('o-2')).toEqual(orderOf('o-2'));
    store.close();
  });

  test('of a newer version is left as it is, and the way out is named', () => {
    new SqliteStore(directory).close();
    const db = new Database(join(directory, 'state.db'));
    db.pragma('user_version = 99');
    db.close();
    expect(() => new SqliteStore(directory)).toThrow(
      `the data directory ${directory} was written by a newer Frostgate (schema 99, this one knows ${String(SCHEMA_VERSION)}). Update Frostgate, or give another directory with --data-dir`,
    );
    const after = new Database(join(directory, 'state.db'));
    expect(after.pragma('user_version', { simple: true })).toBe(99);
    after.close();
  });
});

describe('a data directory', () => {
  test('is made where there is none', () => {
    const lock = new DataLock(join(directory, 'a', 'b'), 'process 1');
    expect(existsSync(join(directory, 'a', 'b'))).toBe(true);
    lock.release();
  });

  test('is for one simulator: the second one is refused, and told who has it', () => {
    const lock = new DataLock(directory, 'process 4711');
    const second = codeOf(() => new DataLock(directory, 'process 4712'));
    expect(second.code).toBe('DataDirectoryInUse');
    expect(second.message).toBe(
      `the data directory ${directory} is in use by another simulator (process 4711). Stop that one, or give another directory with --data-dir`,
    );
    new DataLock(join(directory, 'other'), 'process 4713').release();
    lock.release();
    new DataLock(directory, 'process 4712').release();
  });

  test('that another process has is refused until that process dies, however it dies', async () => {
    const child = childOf(`
      const db = new Database(join(directory, 'lock.db'));
      db.exec('BEGIN EXCLUSIVE');
      writeFileSync(join(directory, 'owner'), 'process ' + process.pid);
      say('locked');
    `);
    await lineOf(child, 'locked');
    expect(() => new DataLock(directory, 'process 1')).toThrow(
      `is in use by another simulator (process ${String(child.pid)})`,
    );
    await killed(child);
    new DataLock(directory, 'process 1').release();
  });

  test('that this process has is refused to another one', async () => {
    const lock = new DataLock(directory, 'process 1');
    const child = childOf(`
      const db = new Database(join(directory, 'lock.db'), { timeout: 10 });
      try { db.exec('BEGIN EXCLUSIVE'); say('locked'); } catch (error) { say(error.code); }
    `);
    await lineOf(child, 'SQLITE_BUSY');
    await killed(child);
    lock.release();
  });

  test('whose lock is no file of ours is not said to be in use', () => {
    writeFileSync(
      join(directory, 'lock.db'),
      'a text that is longer than a header of SQLite. '.repeat(9),
    );
    const failure = codeOf(() => new DataLock(directory, 'process 1'));
    expect(failure.code).toBe('SQLITE_NOTADB');
  });
});

/** A state.db as the first version wrote it. Returns its instances. */
function stateOfVersion1(): readonly object[] {
  const db = new Database(join(directory, 'state.db'));
  db.exec(`
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE accounts (id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT;
    CREATE TABLE instances (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, row TEXT NOT NULL) STRICT;
    CREATE TABLE ledger (seq INTEGER PRIMARY KEY, account_id TEXT NOT NULL, row TEXT NOT NULL) STRICT;
    CREATE INDEX ledger_by_account ON ledger (account_id, seq);
    CREATE TABLE events (seq INTEGER PRIMARY KEY, instance_id TEXT, type TEXT NOT NULL, row TEXT NOT NULL) STRICT;
    CREATE INDEX events_by_instance ON events (instance_id, seq);
    PRAGMA user_version = 1;
  `);
  const meta = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  meta.run('simulatorId', 'sim-1');
  meta.run('secret', 'secret-1');
  meta.run('clock', JSON.stringify(CLOCK));
  meta.run('counters', '{"nextInstance":3,"nextEntry":1,"nextEvent":1}');
  db.prepare('INSERT INTO accounts (id, row) VALUES (?, ?)').run(
    'default',
    `{"id":"default","balance":{"$micro":"${String(BEYOND_2_53)}"},"owingSince":null}`,
  );
  for (const seq of [1, 2]) {
    const money = `"amount":{"$micro":"-210000"},"balance":{"$micro":"0"}`;
    const of = `"seq":${String(seq)},"at":${String(AT)},"accountId":"default","instanceId":"r-1"`;
    db.prepare('INSERT INTO ledger (seq, account_id, row) VALUES (?, ?, ?)').run(
      ...[seq, 'default', `{${of},"kind":"charge",${money},"text":"one hour"}`],
    );
  }
  const common = { accountId: 'default', instanceClass: 'redis.master.small.default' };
  const since = { since: AT, requestedAt: AT, createdAt: AT };
  const choices = { host: '0.0.0.0', terms: 'tos', wireProfile: 'redis', ...since };
  const rows = [
    {
      ...common,
      ...choices,
      id: 'r-1',
      name: UNICODE,
      port: 6400,
      state: 'deleted',
      billedUntil: null,
    },
    {
      ...common,
      ...choices,
      id: 'r-2',
      name: 'r-2',
      port: null,
      state: 'creating',
      billedUntil: AT,
    },
  ];
  const instance = db.prepare('INSERT INTO instances (id, row) VALUES (?, ?)');
  for (const row of rows) instance.run(row.id, JSON.stringify(row));
  db.close();
  return rows;
}

/** Rows as version 2 wrote them, which had the tables of version 1. */
function writtenByVersion2(events: Change['events'], entries: Change['entries']): void {
  const db = new Database(join(directory, 'state.db'));
  db.exec('DELETE FROM ledger');
  const event = db.prepare('INSERT INTO events (seq, instance_id, type, row) VALUES (?, ?, ?, ?)');
  for (const row of events) event.run(row.seq, row.instanceId, row.type, JSON.stringify(row));
  const entry = db.prepare('INSERT INTO ledger (seq, account_id, row) VALUES (?, ?, ?)');
  for (const row of entries) {
    const text = JSON.stringify(row, (_, value: unknown) =>
      typeof value === 'bigint' ? { $micro: value.toString() } : value,
    );
    entry.run(row.seq, row.accountId, text);
  }
  db.pragma('user_version = 2');
  db.close();
}

/** What came with version 6 and later is taken out of the tables again. */
function asVersion5(): void {
  const db = new Database(join(directory, 'state.db'));
  db.exec(`
    UPDATE instances SET row = json_remove(row, '$.memory', '$.newConnections', '$.cpu', '$.narrowed', '$.backups');
    UPDATE records SET row = json_remove(row, '$.terms.abuse') WHERE kind = 'terms';
    UPDATE records SET row = json_remove(row, '$.request.memory', '$.request.newConnections', '$.request.cpu')
      WHERE kind = 'orders';
    DROP TABLE meter_points;
    DROP TABLE meter_injections;
  `);
  db.pragma('user_version = 5');
  db.close();
}

function commitWith(changed: Partial<Change>): Commit {
  const nothing = {
    accounts: [],
    instances: [],
    records: [],
    removed: [],
    entries: [],
    events: [],
  };
  return commitOf({ at: AT, ...nothing, counters: EMPTY_WORLD.counters, ...changed });
}

function instanceOf(id: string, changed: Partial<Instance> = {}): Instance {
  return wholeInstanceOf({
    id,
    ...{ since: AT, requestedAt: AT, createdAt: AT, billedUntil: AT, port: 6400 },
    ...{ password: { salt: '00', hash: 'ff' }, passwordFree: false },
    whitelist: [{ name: 'default', addresses: ['127.0.0.0/8', '::1'] }],
    ...{ parameters: { timeout: '60' }, connections: 5, feesPaid: BEYOND_2_64 },
    ...changed,
  });
}

function orderOf(id: string): Order {
  return {
    ...{ id, kind: 'renewal', accountId: 'default', instanceId: 'r-2', request: null },
    ...{ terms: 'tos', instanceClass: 'redis.master.small.default', months: 12 },
    ...{ autoRenewMonths: null, price: BEYOND_2_53, until: null, state: 'unpaid' },
    ...{ orderedAt: AT, paidAt: null, term: null, paidByGrants: ZERO, refundable: BEYOND_2_64 },
    ...{ refundableFrom: null, text: UNICODE },
  };
}

function entryOf(seq: number, changed: Partial<Change['entries'][number]> = {}) {
  const [amount, balance] = [-210_000n as Money, 790_000n as Money];
  const what = { kind: 'charge' as const, amount, balance, grants: ZERO, text: 'one hour' };
  return { seq, at: AT, accountId: 'default', instanceId: null, ...what, ...changed };
}

function eventOf(seq: number, changed: Partial<Change['events'][number]> = {}) {
  const of = { accountId: 'default', instanceId: null, clause: '2.2.2' };
  return { seq, at: AT, type: 'charged' as const, text: 'charged', data: {}, ...of, ...changed };
}

function codeOf(work: () => unknown): { code: unknown; message: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      return { code: error.code, message: error.message };
  }
  throw new Error('it was not refused');
}

/** A process of its own that says lines, and lives until it is killed. */
function childOf(script: string): ChildProcess {
  const source = `
    import { writeFileSync } from 'node:fs';
    import { join } from 'node:path';
    import Database from 'better-sqlite3';
    const directory = ${JSON.stringify(directory)};
    const say = (line) => process.stdout.write(line + '\\n');
    ${script}
    setInterval(() => undefined, 1000);
    process.stdin.on('end', () => process.exit()).resume(); // so that it never outlives the tests
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function lineOf(child: ChildProcess, expected: string): Promise<void> {
  if (!child.stdout) throw new Error('the child has no output');
  for await (const line of createInterface(child.stdout)) {
    expect(line).toBe(expected);
    return;
  }
  throw new Error(`the child ended without saying "${expected}"`);
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
