/** Which versions of the RDB format a Redis or Valkey reads. */

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
