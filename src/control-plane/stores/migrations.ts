/**
 * What an older Frostgate wrote, made what this one reads: a step for each
 * version of the schema, each as it was when it was written. What it fills in
 * are values, not today's defaults: those may change, and what is saved may not.
 */
import type Database from 'better-sqlite3';

type Step = (db: Database.Database) => void;

/** The first leads from version 1 to version 2, and so on. */
const STEPS: readonly Step[] = [withAccountsAndWhitelist, withTermsAndRecords];

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
  db.prepare("UPDATE ledger SET row = json_set(row, '$.grants', json(?))").run(
    JSON.stringify(nothing),
  );
  addTo(db, 'accounts', { grants: nothing });
  addTo(db, 'instances', {
    ...{ chargeType: 'PostPaid', hourClass: null, expiresAt: null, autoRenewMonths: null },
    ...{ expiryNoticed: null, autoRenewalTried: null, feesPaid: nothing, endedBy: null },
    dataFrom: null,
    ...{ suspensions: [], writeLock: null, operation: null },
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
