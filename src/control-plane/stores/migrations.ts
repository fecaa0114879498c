/**
 * What an older Frostgate wrote, made what this one reads: a step for each
 * version of the schema, each as it was when it was written. What it fills in
 * are values, not today's defaults: those may change, and what is saved may not.
 */
import type Database from 'better-sqlite3';

type Step = (db: Database.Database) => void;

/** The first leads from version 1 to version 2, and so on. */
const STEPS: readonly Step[] = [withAccountsAndWhitelist, withTermsAndRecords, withDataTimes];

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
  const found = db
    .prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'counters'")
    .get();
  if (!found) return;
  const counters = { nextRecord: {}, ...(JSON.parse(found.value) as object) };
  db.prepare("UPDATE meta SET value = ? WHERE key = 'counters'").run(JSON.stringify(counters));
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
