/** From an instance that was decided to one that answers, or to nothing but its record. A restart goes on where it was. */
import { assertThat } from './core/assert.js';
import * as decisions from './core/decisions.js';
import type { Draft } from './core/draft.js';
import { problemOf } from './core/errors.js';
import { completeRebuild } from './core/recycle-bin.js';
import { completeRestore } from './core/restoring.js';
import { isLiving } from './core/state-facts.js';
import type { Instance } from './core/world.js';
import type { Outside } from './outside.js';
import type { Reconciler } from './reconciler.js';

export interface CreationParts {
  instance(id: string): Instance;
  decide(work: (draft: Draft) => void): void;
  /** Brings the data that it is made with, where there is any. Returns how many keys. */
  load(instanceId: string): Promise<number>;
  log(line: string): void;
}

/** It was decided, and nobody was told yet that it is there. */
export function isBegun(instance: Instance): boolean {
  return instance.createdAt === null && isLiving(instance);
}

export class Creation {
  constructor(
    private readonly reconciler: Reconciler,
    private readonly outside: Outside,
    private readonly parts: CreationParts,
  ) {}

  /** Resolves when Redis answers behind the endpoint. Throws what stood in the way, when nothing but the record is left. */
  async complete(id: string): Promise<void> {
    const { parts, outside } = this;
    try {
      const port = await this.reconciler.reconcile(parts.instance(id));
      assertThat(port !== null, `${id} is being created, and has no endpoint`);
      const keys = await parts.load(id);
      parts.decide((draft) => {
        if (draft.instance(id).operation?.restore) completeRestore(draft, id, keys);
        decisions.completeCreation(draft, id, port);
      });
      await outside.reconcile(id);
    } catch (error) {
      parts.decide((draft) => decisions.abandonCreation(draft, id));
      await outside.reconcile(id).catch((left: unknown) => {
        parts.log(`what is left of ${id} could not be removed yet: ${problemOf(left)}`);
      });
      throw error;
    }
    await this.#completeRebuild(parts.instance(id));
  }

  /** Only when the new one serves clients: before that, a failure gives the data back to the released one. */
  async #completeRebuild({ id, dataFrom }: Instance): Promise<void> {
    if (dataFrom === null) return;
    this.parts.decide((draft) => completeRebuild(draft, id));
    await this.outside.reconcile(dataFrom).catch((left: unknown) => {
      this.parts.log(`what is left of ${dataFrom} could not be removed yet: ${problemOf(left)}`);
    });
  }

  /** After a restart. One that cannot be completed does not hold up the start: nobody was told of it yet. */
  async resume(living: readonly Instance[]): Promise<void> {
    // Made already, and nobody said so of the one whose data they have.
    for (const one of living) if (!isBegun(one)) await this.#completeRebuild(one);
    for (const { id } of living.filter(isBegun)) {
      await this.complete(id).catch((error: unknown) => {
        this.parts.log(`${id}, half made before, was given up: ${problemOf(error)}`);
      });
    }
  }
}
