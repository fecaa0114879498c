/**
 * What an older Frostgate wrote, made what this one reads: a step for each
 * version of the schema, each as it was when it was written. What it fills in
 * are values, not today's defaults: those may change, and what is saved may not.
 */
import type Database from 'better-sqlite3';

type Step = (db: Database.Database) => void;

/** The first leads from version 1 to version 2, and so on. */
const STEPS: readonly Step[] = [withAccountsAndWhitelist, withDataTimes];

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

/** To 3: data followed the machine's time. What is left of its keys' lives stays as it is at the next start. */
function withDataTimes(db: Database.Database): void {
  db.exec('CREATE TABLE data_times (instance_id TEXT PRIMARY KEY, row TEXT NOT NULL) STRICT');
}
