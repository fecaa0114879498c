/**
 * What becomes due next, found without asking every instance each time. It keeps nothing that does not follow
 * from the instances it was told of, and lives no longer than whoever asks: deadlines stay derived.
 */
import { firstDeadlineOf, isBefore, type Deadline } from './deadlines.js';
import type { Instance } from './world.js';

interface Entry {
  readonly deadline: Deadline;
  /** Whose deadline it is, as it was then: an instance that changed since has an entry of its own. */
  readonly instance: Instance;
  /** By creation; among what is due at one instant, the first one made comes first. */
  readonly order: number;
}

export class Agenda {
  /** A heap: no entry is due before the one at half its index. Entries of what changed since are left in it until they come first. */
  readonly #heap: Entry[] = [];
  readonly #known = new Map<string, { readonly instance: Instance; readonly order: number }>();

  /** In the order of their creation. */
  constructor(instances: Iterable<Instance>) {
    for (const instance of instances) this.put(instance);
  }

  /** A new instance, or one that changed. */
  put(instance: Instance): void {
    const order = this.#known.get(instance.id)?.order ?? this.#known.size;
    this.#known.set(instance.id, { instance, order });
    const deadline = firstDeadlineOf(instance);
    if (deadline) this.#push({ deadline, instance, order });
  }

  /** The same as nextDeadline of the whole world. */
  next(): Deadline | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (!first || this.#known.get(first.instance.id)?.instance === first.instance) {
        return first?.deadline;
      }
      this.#removeFirst();
    }
  }

  #push(entry: Entry): void {
    let at = this.#heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (!parent || !comesBefore(entry, parent)) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = entry;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]];
      const isRight = left !== undefined && right !== undefined && comesBefore(right, left);
      const child = isRight ? right : left;
      if (!child || !comesBefore(child, last)) break;
      this.#heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    this.#heap[at] = last;
  }
}

function comesBefore(a: Entry, b: Entry): boolean {
  if (isBefore(a.deadline, b.deadline)) return true;
  return !isBefore(b.deadline, a.deadline) && a.order < b.order;
}
