/**
 * What becomes due next, found without asking everything each time. It keeps nothing that does not follow
 * from what it was told of, and lives no longer than whoever asks: deadlines stay derived.
 */
import {
  deadlinesOfSubject,
  earliestOf,
  isBefore,
  type Deadline,
  type Subject,
} from './deadlines.js';

interface Entry {
  readonly deadline: Deadline;
  /** Whose deadline it is, as it was then: what changed since has an entry of its own. */
  readonly row: Subject['row'];
  /** By creation; among what is due at one instant, the first one made comes first. */
  readonly order: number;
}

export class Agenda {
  /** A heap: no entry is due before the one at half its index. Entries of what changed since are left in it until they come first. */
  readonly #heap: Entry[] = [];
  readonly #known = new Map<string, { readonly row: Subject['row']; readonly order: number }>();

  /** As subjectsOf has them. */
  constructor(subjects: Iterable<Subject>) {
    for (const subject of subjects) this.put(subject);
  }

  /** A new one, or one that changed. */
  put(subject: Subject): void {
    const { row } = subject;
    const order = this.#known.get(row.id)?.order ?? this.#known.size;
    this.#known.set(row.id, { row, order });
    const deadline = earliestOf(deadlinesOfSubject(subject));
    if (deadline) this.#push({ deadline, row, order });
  }

  /** The same as nextDeadline of the whole world. */
  next(): Deadline | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (!first || this.#known.get(first.row.id)?.row === first.row) {
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
