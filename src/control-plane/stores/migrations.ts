/**
 * What an older Frostgate wrote, made what this one reads: a step for each
 * version of the schema, each as it was when it was written. What it fills in
 * are values, not today's defaults: those may change, and what is saved may not.
 */
import type Database from 'better-sqlite3';

type Step = (db: Database.Database) => void;

/** The first leads from version 1 to version 2, and so on. */
const STEPS: readonly Step[] = [
  withAccountsAndWhitelist,
  withTermsAndRecords,
  withDataTimes,
  withRuns,
  withLadder,
  withMeters,
  withBackups,
];

/** Raised whenever an older Frostgate could not read what this one writes. */
export const SCHEMA_VERSION = STEPS.length + 1;

/** Within the caller's transaction. */
export function migrate(db: Database.Database, from: number): void {
  for (const step of STEPS.slice(from - 1)) step(db);
}

/** To 2: an instance went without passwords, whitelist, parameters and ceilings of its own. It goes on as it was, for this machine. */
function withAccountsAndWhitelist(db: Database.Database): void {
  const added = {
    password: null,
    passwordFree: true,
    databaseAccounts: [],
    whitelist: [{ name: 'default', addresses: ['127.0.0.0/8', '::1'] }],
    commandProfile: 'apsaradb',
    parameters: {},
    bandwidth: null,
    connections: null,
  };
  const rows = db.prepare<[], { id: string; row: string }>('SELECT id, row FROM instances').all();
  const update = db.prepare('UPDATE instances SET row = ? WHERE id = ?');
  for (const { id, row } of rows) {
    update.run(JSON.stringify({ ...added, ...(JSON.parse(row) as object) }), id);
  }
}

/** To 3: everything was pay-as-you-go, and nothing was granted, locked or suspended. */
function withTermsAndRecords(db: Database.Database): void {
  db.exec(
    'CREATE TABLE records (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, row TEXT NOT NULL) STRICT',
  );
  const nothing = { $micro: '0' };
  addTo(db, 'accounts', { grants: nothing, measure: null });
  addTo(db, 'instances', {
    ...{ chargeType: 'PostPaid', hourClass: null, expiresAt: null, autoRenewMonths: null },
    ...{ expiryNoticed: null, autoRenewalTried: null, feesPaid: nothing, endedBy: null },
    dataFrom: null,
    ...{ suspensions: [], writeLock: null, operation: null },
    ...{ outages: [], generation: 0, maintainTime: { start: '18:00Z', end: '22:00Z' } },
  });
  addFeesPaid(db);
  const found = db
    .prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'counters'")
    .get();
  if (!found) return;
  const counters = { nextRecord: {}, ...(JSON.parse(found.value) as object) };
  db.prepare("UPDATE meta SET value = ? WHERE key = 'counters'").run(JSON.stringify(counters));
}

/** Everything that was charged was paid in the account's own money: there were no grants. */
function addFeesPaid(db: Database.Database): void {
  const charged = db
    .prepare<[], { id: string; total: bigint }>(
      `SELECT json_extract(row, '$.instanceId') AS id,
        SUM(CAST(json_extract(row, '$.amount."$micro"') AS INTEGER)) AS total
      FROM ledger WHERE json_extract(row, '$.kind') = 'charge' GROUP BY id`,
    )
    .safeIntegers()
    .all();
  const update = db.prepare(
    `UPDATE instances SET row = json_set(row, '$.feesPaid', json(?)) WHERE id = ?`,
  );
  for (const { id, total } of charged) {
    update.run(JSON.stringify({ $micro: (0n - total).toString() }), id);
  }
}

/** Gives each row the fields that it does not have. */
function addTo(db: Database.Database, table: 'accounts' | 'instances', added: object): void {
  const rows = db.prepare<[], { id: string; row: string }>(`SELECT id, row FROM ${table}`).all();
  const update = db.prepare(`UPDATE ${table} SET row = ? WHERE id = ?`);
  for (const { id, row } of rows) {
    update.run(JSON.stringify({ ...added, ...(JSON.parse(row) as object) }), id);
  }
}

/** To 4: data followed the machine's time. What is left of its keys' lives stays as it is at the next start. */
function withDataTimes(db: Database.Database): void {
  db.exec('CREATE TABLE data_times (instance_id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT');
}

/**
 * To 5: events and ledger went as JSON, a row for each. Now they have columns, and a row may stand for several
 * (run-tables.ts): each of those there were stands for itself. Money of up to 18 digits becomes a number.
 */
function withRuns(db: Database.Database): void {
  const columns = `
    seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, count INTEGER NOT NULL,
    step_seq INTEGER NOT NULL, step_at INTEGER NOT NULL, step_balance ANY NOT NULL, at INTEGER NOT NULL,
    account_id TEXT, instance_id TEXT`;
  const common = `seq, seq, 1, 1, 0, 0, row ->> 'at', row ->> 'accountId', row ->> 'instanceId'`;
  const money = (field: string) => {
    const micro = `(row ->> '$.${field}."$micro"')`;
    return `CASE WHEN length(${micro}) <= 18 THEN CAST(${micro} AS INTEGER) ELSE ${micro} END`;
  };
  db.exec(`
    ALTER TABLE events RENAME TO old_events;
    ALTER TABLE ledger RENAME TO old_ledger;
    DROP INDEX events_by_instance;
    DROP INDEX ledger_by_account;
    CREATE TABLE events (${columns}, type TEXT NOT NULL, clause TEXT, text TEXT NOT NULL, data TEXT NOT NULL) STRICT;
    CREATE INDEX events_by_last ON events (last_seq);
    CREATE INDEX events_by_instance ON events (instance_id, seq);
    CREATE TABLE ledger (${columns}, kind TEXT NOT NULL, amount ANY NOT NULL, balance ANY NOT NULL, grants ANY NOT NULL, text TEXT NOT NULL) STRICT;
    CREATE INDEX ledger_by_account ON ledger (account_id, seq);
    INSERT INTO events SELECT ${common}, row ->> 'type', row ->> 'clause', row -> 'text', row -> 'data'
      FROM old_events ORDER BY seq;
    INSERT INTO ledger SELECT ${common}, row ->> 'kind', ${money('amount')}, ${money('balance')}, 0, row -> 'text'
      FROM old_ledger ORDER BY seq;
    DROP TABLE old_events;
    DROP TABLE old_ledger;
  `);
}

/** To 6: only bandwidth and connections had ceilings of an instance's own, nothing was narrowed, and terms knew no ladder (3.1.3.7). */
function withLadder(db: Database.Database): void {
  addTo(db, 'instances', { memory: null, newConnections: null, cpu: null, narrowed: [] });
  const abuse = {
    high: { after: '5m', memory: 80, cpu: 80, bandwidthIn: 80, bandwidthOut: 80 },
    excessive: {
      ...{ after: '1h', memory: 110, cpu: 95, bandwidthIn: 95, bandwidthOut: 95 },
      ...{ narrowedTo: 50, answerWithin: '3d' },
    },
    abusive: {
      ...{ after: '24h', memory: 120, cpu: 95, bandwidthIn: 95, bandwidthOut: 95 },
      liftedBy: 'answer',
    },
    falls: { under: 10, after: '30m' },
    readingHolds: '30m',
  };
  db.prepare(
    `UPDATE records SET row = json_set(row, '$.terms.abuse', json(?)) WHERE kind = 'terms'`,
  ).run(JSON.stringify(abuse));
  // An order for a new instance keeps what was asked for.
  db.prepare(
    `UPDATE records SET row = json_set(row, '$.request.memory', NULL, '$.request.newConnections', NULL, '$.request.cpu', NULL)
      WHERE kind = 'orders' AND json_type(row, '$.request') = 'object'`,
  ).run();
}

/** To 7: nothing was metered. */
function withMeters(db: Database.Database): void {
  db.exec(`
    CREATE TABLE meter_points (
      instance_id TEXT NOT NULL, step_ms INTEGER NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL,
      injected INTEGER NOT NULL, load INTEGER NOT NULL, "values" TEXT NOT NULL,
      PRIMARY KEY (instance_id, step_ms, at)) STRICT, WITHOUT ROWID;
    CREATE INDEX meter_points_by_age ON meter_points (step_ms, at);
    CREATE TABLE meter_injections (
      instance_id TEXT NOT NULL, meter TEXT NOT NULL, value REAL NOT NULL, until INTEGER NOT NULL,
      PRIMARY KEY (instance_id, meter)) STRICT, WITHOUT ROWID;
  `);
}

/** To 8: nothing was backed up. From the next window on, it is. */
function withBackups(db: Database.Database): void {
  const clock = db
    .prepare<[], { now: number | null }>(
      "SELECT value ->> 'now' AS now FROM meta WHERE key = 'clock'",
    )
    .get();
  const days = 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday'.split(',');
  const policy = { enabled: null, hour: 2, days, retentionDays: 7, since: clock?.now ?? 0 };
  addTo(db, 'instances', { backups: { policy, triedAt: null, lastGood: null, running: null } });
}
