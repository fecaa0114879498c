/** A script that runs on holds everything up, and may write: nothing is settled before it has ended. */
import { setTimeout as delay } from 'node:timers/promises';
import { wasRefusedFor } from './key-ageing.js';

/** How long a script may keep Redis from being configured, after the five seconds that Redis itself waits for it. */
const BUSY_WITHIN_MS = 20_000;
const BUSY_EVERY_MS = 100;

export async function whenNotBusy<T>(work: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += BUSY_EVERY_MS) {
    try {
      return await work();
    } catch (error) {
      const isBusy = wasRefusedFor(error, 'BUSY') && waitedMs < BUSY_WITHIN_MS;
      if (!isBusy) throw error;
      await delay(BUSY_EVERY_MS);
    }
  }
}
