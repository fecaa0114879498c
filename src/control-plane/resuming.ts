/** After a start: every instance is brought back, and what a crash left half made is completed or given up. */
import { problemOf } from './core/errors.js';
import type { Instance } from './core/world.js';
import { isPortProblem } from './reconciler.js';

/** Instances whose backends are brought up at the same time. */
const RESUME_AT_ONCE = 8;

export interface Resuming {
  /** Ends what is left of instances that are none of the living ones. */
  sweep(): Promise<void>;
  bringBack(instanceId: string): Promise<void>;
  /** Goes on with what was still being made. */
  complete(living: readonly Instance[]): Promise<void>;
  /** Its backend could not be brought back. */
  lost(instanceId: string, why: string): void;
  log(line: string): void;
}

/** Throws PortBusy and others of the kind: an instance without its port is of no use to its clients. */
export async function resumeInstances(
  living: readonly Instance[],
  resuming: Resuming,
): Promise<void> {
  await resuming.sweep();
  // Kept ports first: an instance that was still being made must not take one of them.
  const made = living.filter(({ createdAt }) => createdAt !== null);
  for (let i = 0; i < made.length; i += RESUME_AT_ONCE) {
    const batch = made.slice(i, i + RESUME_AT_ONCE);
    await Promise.all(batch.map(({ id }) => resumeOne(id, resuming)));
  }
  await resuming.complete(living);
}

/** One whose Redis cannot come back does not hold up the others; one without its port does: it is kept for its clients. */
async function resumeOne(id: string, resuming: Resuming): Promise<void> {
  try {
    await resuming.bringBack(id);
  } catch (error) {
    if (isPortProblem(error)) throw error;
    resuming.lost(id, problemOf(error));
    resuming.log(`${id} did not come back: ${problemOf(error)}`);
  }
}
