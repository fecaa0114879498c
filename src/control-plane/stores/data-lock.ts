/**
 * Keeps a data directory for one simulator. SQLite's own lock on a file that is
 * held open: the system lets go of it when the process dies, however it dies.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { problemOf, SimulatorError } from '../core/errors.js';

/** A simulator that was killed a moment ago may still be on its way out. */
const WAIT_MS = 500;

export class DataLock {
  readonly #db: Database.Database;

  /** Throws DataDirectoryInUse, StoreNotAvailable. `owner` is written down for whoever comes second. */
  constructor(directory: string, owner: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const ownerFile = join(directory, 'owner');
    this.#db = open(join(directory, 'lock.db'));
    try {
      this.#db.exec('BEGIN EXCLUSIVE');
    } catch (cause) {
      this.#db.close();
      const busy = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY');
      if (!busy) throw cause; // a full disk, a file that is none of ours: not somebody else's lock
      throw new SimulatorError(
        'DataDirectoryInUse',
        { dir: directory, owner: ` (${readOwner(ownerFile)})` },
        { cause },
      );
    }
    writeFileSync(ownerFile, owner, { mode: 0o600 });
  }

  release(): void {
    this.#db.close();
  }
}

/** npm leaves its compiled part out where it may run no install scripts, and says so in a line that is easily missed. */
function open(file: string): Database.Database {
  try {
    return new Database(file, { timeout: WAIT_MS });
  } catch (cause) {
    // Its loader has no code for that.
    if (!problemOf(cause).startsWith('Could not locate the bindings file')) throw cause;
    throw new SimulatorError('StoreNotAvailable', {}, { cause });
  }
}

function readOwner(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
