/** What a Redis or Valkey can have of an RDB: versions of the format, and databases. */
import { SimulatorError } from './errors.js';

/** Redis and Valkey went separate ways after version 11; Valkey counts from 80 on. */
const LAST_IN_COMMON = 11;
const FIRST_OF_VALKEY = 80;

/**
 * Whether a server whose newest version is `own` reads data of version `found` (rdb.c, rdbLoadRioWithLoadingCtx:
 * nothing newer; Valkey's rdb.h, rdbIsForeignVersion: nothing of what Redis did since they parted, unless it is told to).
 */
export function readsRdb(own: number, found: number): boolean {
  const isForeign = own >= FIRST_OF_VALKEY && found > LAST_IN_COMMON && found < FIRST_OF_VALKEY;
  return found <= own && !isForeign;
}

/** What such a server reads, for people. */
export function versionsReadBy(own: number): string {
  if (own < FIRST_OF_VALKEY) return `versions up to ${String(own)}`;
  return `versions up to ${String(LAST_IN_COMMON)}, and ${String(FIRST_OF_VALKEY)} to ${String(own)}`;
}

/** Throws BackupNotLoadable where there are keys in a database that the server does not have. */
export function requireDatabases(needed: number, own: number): void {
  if (needed <= own) return;
  const problem = `there are keys in database ${String(needed - 1)}, and it has ${String(own)}`;
  throw new SimulatorError('BackupNotLoadable', { problem });
}
