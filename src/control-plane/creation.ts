/** From an instance that was decided to one that answers, or to nothing but its record. A restart goes on where it was. */
import { assertThat } from './core/assert.js';
import * as decisions from './core/decisions.js';
import type { Draft } from './core/draft.js';
import { problemOf } from './core/errors.js';
import { isLiving } from './core/state-facts.js';
import type { Instance } from './core/world.js';
import type { Outside } from './outside.js';
import type { Reconciler } from './reconciler.js';

export interface CreationParts {
  instance(id: string): Instance;
  decide(work: (draft: Draft) => void): void;
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
      parts.decide((draft) => decisions.completeCreation(draft, id, port));
      await outside.reconcile(id);
    } catch (error) {
      parts.decide((draft) => decisions.abandonCreation(draft, id));
      await outside.reconcile(id).catch((left: unknown) => {
        parts.log(`what is left of ${id} could not be removed yet: ${problemOf(left)}`);
      });
      throw error;
    }
  }

  /** After a restart. One that cannot be completed does not hold up the start: nobody was told of it yet. */
  async resume(begun: readonly Instance[]): Promise<void> {
    for (const { id } of begun) {
      await this.complete(id).catch((error: unknown) => {
        this.parts.log(`${id}, half made before, was given up: ${problemOf(error)}`);
      });
    }
  }
}
