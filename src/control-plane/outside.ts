/** What was decided and saved, but may not be so outside yet: kept on a list until it is, so that it can be tried again. */
import { isLiving, isUp } from './core/state-facts.js';
import type { World } from './core/world.js';
import type { Reconciler } from './reconciler.js';

export class Outside {
  readonly #unreconciled = new Set<string>();
  /** Backends that went away by themselves and are not back yet; of the unreconciled. */
  readonly #lost = new Set<string>();

  constructor(
    private readonly reconciler: Reconciler,
    private readonly world: () => World,
    /** A backend that was lost is there again. */
    private readonly restored: (instanceId: string) => void,
  ) {}

  /** What is on the list. */
  get unreconciled(): string[] {
    return [...this.#unreconciled];
  }

  /** To be looked after at the next reconcile or catchUp. */
  changed(instanceIds: readonly string[]): void {
    for (const id of instanceIds) this.#unreconciled.add(id);
  }

  /** A backend went away. Returns false where that was known. */
  lost(instanceId: string): boolean {
    this.reconciler.forget(instanceId);
    this.#unreconciled.add(instanceId);
    const isNew = !this.#lost.has(instanceId);
    this.#lost.add(instanceId);
    return isNew;
  }

  /** Nobody is served by it any more, until it was looked after. */
  async shut(instanceId: string): Promise<void> {
    this.#unreconciled.add(instanceId);
    const instance = this.world().instances.get(instanceId);
    if (instance) await this.reconciler.shut(instance);
  }

  isLost(instanceId: string): boolean {
    return this.#lost.has(instanceId);
  }

  /**
   * Makes the outside agree with what was decided, of some instances or of all on the list.
   * One that fails does not hold up the others; it stays on the list, so this may be called again.
   */
  async catchUp(ids: readonly string[] = this.unreconciled): Promise<void> {
    const problems: unknown[] = [];
    for (const id of ids) {
      await this.reconcile(id).catch((error: unknown) => problems.push(error));
    }
    if (problems.length > 0) throw problems[0];
  }

  async reconcile(id: string): Promise<void> {
    const instance = this.world().instances.get(id);
    // None: a reset has forgotten it.
    if (instance) await this.reconciler.reconcile(instance);
    else await this.reconciler.remove(id);
    // What it gave back may have ended meanwhile.
    const giver = this.world().instances.get(instance?.dataFrom ?? '');
    if (instance && giver && !isLiving(instance)) await this.reconciler.reconcile(giver);
    this.#unreconciled.delete(id);
    const isBack = instance !== undefined && isUp(instance);
    if (this.#lost.delete(id) && isBack) this.restored(id);
  }

  /** After a reset nobody waits for them; what is left of their instances still has to go. */
  forgetLosses(): void {
    this.#lost.clear();
  }
}
