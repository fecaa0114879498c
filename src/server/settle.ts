/** Waits until what Redis had sent by now was handed on. */

/** In the first turn of the event loop what is in the kernel is read, and it is handed on in its own turn or the next. */
const TURNS = 3;
/** For who has more than one read waiting (128 KB each): more than the kernel holds for a socket (tcp(7), tcp_rmem: 6 MB). */
const TURNS_MAX = 64;

/** One client's conversation with Redis. */
export interface Reader {
  /** Its last read of Redis was a full one, so that there may be more in the kernel. */
  readonly isBehind: boolean;
}

/**
 * A client that does not read, or for which there is no bandwidth, gets its replies later, as it would from Redis: what
 * is there of one that reads is handed on, also when it is megabytes.
 */
export async function settled(readers: ReadonlySet<Reader>): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    if (turn >= TURNS && ![...readers].some(({ isBehind }) => isBehind)) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
