/**
 * What becomes due next, found without asking every instance each time. It keeps nothing that does not follow
 * from the instances it was told of, and lives no longer than whoever asks: deadlines stay derived.
 */
import { firstDeadlineOf, isBefore, type Deadline } from './deadlines.js';
import { Heap } from './heap.js';
import type { Instance } from './world.js';

interface Entry {
  readonly deadline: Deadline;
  /** Whose deadline it is, as it was then: an instance that changed since has an entry of its own. */
  readonly instance: Instance;
  /** By creation; among what is due at one instant, the first one made comes first. */
  readonly order: number;
}

export class Agenda {
  /** Entries of what changed since are left in it until they come first. */
  readonly #heap = new Heap(comesBefore);
  readonly #known = new Map<string, { instance: Instance; readonly order: number }>();

  /** In the order of their creation. */
  constructor(instances: Iterable<Instance>) {
    for (const instance of instances) this.put(instance);
  }

  /** A new instance, or one that changed. */
  put(instance: Instance): void {
    let known = this.#known.get(instance.id);
    if (known) known.instance = instance;
    else {
      known = { instance, order: this.#known.size };
      this.#known.set(instance.id, known);
    }
    const deadline = firstDeadlineOf(instance);
    if (!deadline) return;
    const entry = { deadline, instance, order: known.order };
    // Mostly it is the one that came first, and was met: its next entry takes the place of the old one.
    const first = this.#heap.first();
    if (first?.instance.id === instance.id) this.#heap.replaceFirst(entry);
    else this.#heap.push(entry);
  }

  /** The same as nextDeadline of the whole world. */
  next(): Deadline | undefined {
    for (;;) {
      const first = this.#heap.first();
      if (!first || this.#known.get(first.instance.id)?.instance === first.instance) {
        return first?.deadline;
      }
      this.#heap.removeFirst();
    }
  }
}

function comesBefore(a: Entry, b: Entry): boolean {
  if (isBefore(a.deadline, b.deadline)) return true;
  return !isBefore(b.deadline, a.deadline) && a.order < b.order;
}
