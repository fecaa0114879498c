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
import { Heap } from './heap.js';

interface Entry {
  readonly deadline: Deadline;
  /** Whose deadline it is, as it was then: what changed since has an entry of its own. */
  readonly row: Subject['row'];
  /** By creation; among what is due at one instant, the first one made comes first. */
  readonly order: number;
}

export class Agenda {
  /** Entries of what changed since are left in it until they come first. */
  readonly #heap = new Heap(comesBefore);
  readonly #known = new Map<string, { row: Subject['row']; readonly order: number }>();
  #made = 0;

  /** As subjectsOf has them. */
  constructor(subjects: Iterable<Subject>) {
    for (const subject of subjects) this.put(subject);
  }

  /** A new one, or one that changed. */
  put(subject: Subject): void {
    const { row } = subject;
    let known = this.#known.get(row.id);
    if (known) known.row = row;
    else {
      known = { row, order: this.#made };
      this.#made += 1;
      this.#known.set(row.id, known);
    }
    const deadline = earliestOf(deadlinesOfSubject(subject));
    if (!deadline) return;
    const entry = { deadline, row, order: known.order };
    // Mostly it is the one that came first, and was met: its next entry takes the place of the old one.
    const first = this.#heap.first();
    if (first?.row.id === row.id) this.#heap.replaceFirst(entry);
    else this.#heap.push(entry);
  }

  /** There is no such one any more. */
  remove({ row }: Subject): void {
    this.#known.delete(row.id);
  }

  /** The same as nextDeadline of the whole world. */
  next(): Deadline | undefined {
    for (;;) {
      const first = this.#heap.first();
      if (!first || this.#known.get(first.row.id)?.row === first.row) {
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
