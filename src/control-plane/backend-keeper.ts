/** Brings backends up again that went away by themselves, without hurrying one that keeps on falling. */
import { afterReal, realMs } from './clock.js';
import { problemOf } from './core/errors.js';
import { isUp } from './core/state-facts.js';
import type { World } from './core/world.js';
import type { Outside } from './outside.js';

/** A backend that falls twice within this time is left alone for as long (real ms). */
const PATIENCE_MS = 2_000;

export interface BackendKeeperParts {
  readonly outside: Pick<Outside, 'isLost' | 'lost' | 'reconcile'>;
  world(): World;
  enqueue<T>(work: () => Promise<T>): Promise<T>;
  /** For the record. */
  noteLost(instanceId: string, why: string): void;
  log(line: string): void;
}

export class BackendKeeper {
  readonly #lostAt = new Map<string, number>();
  readonly #waiting = new Map<string, () => void>();
  #closed = false;

  constructor(private readonly parts: BackendKeeperParts) {}

  lost(instanceId: string, why: string): void {
    if (this.#closed) return;
    const before = this.#lostAt.get(instanceId) ?? Number.NEGATIVE_INFINITY;
    this.#lostAt.set(instanceId, realMs());
    this.parts.log(`backend of ${instanceId} lost: ${why}`);
    this.#later(instanceId, why, realMs() - before < PATIENCE_MS ? PATIENCE_MS : 0, false);
  }

  close(): void {
    this.#closed = true;
    for (const callOff of this.#waiting.values()) callOff();
    this.#waiting.clear();
  }

  #later(instanceId: string, why: string, afterMs: number, again: boolean): void {
    // A restore that was under way when all was closed fails later than that.
    if (this.#closed) return;
    this.#waiting.get(instanceId)?.();
    const callOff = afterReal(afterMs, () => {
      this.#waiting.delete(instanceId);
      this.#restore(instanceId, why, again).catch((error: unknown) => {
        this.parts.log(
          `backend of ${instanceId} could not be brought up again: ${problemOf(error)}`,
        );
        this.#later(instanceId, why, PATIENCE_MS, true);
      });
    });
    this.#waiting.set(instanceId, callOff);
  }

  /** Says so, and brings it up again, which is said too. `again`: the same loss as before, where it failed. */
  #restore(id: string, why: string, again: boolean): Promise<void> {
    const { outside } = this.parts;
    return this.parts.enqueue(async () => {
      const instance = this.parts.world().instances.get(id);
      if (!instance || !isUp(instance)) return;
      // What failed here before may have been brought up by an advance since.
      if (again && !outside.isLost(id)) return;
      if (outside.lost(id)) this.parts.noteLost(id, why);
      await outside.reconcile(id);
    });
  }
}
