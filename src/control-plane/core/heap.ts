/** Keeps things so that the first of them is found at once, however many there are. */
export class Heap<Entry> {
  /** No entry comes before the one at half its index. */
  readonly #entries: Entry[] = [];

  /** `comesBefore` must not change its mind about two entries that are in here. */
  constructor(private readonly comesBefore: (a: Entry, b: Entry) => boolean) {}

  /** What comes first; undefined where there is nothing. */
  first(): Entry | undefined {
    return this.#entries[0];
  }

  push(entry: Entry): void {
    const entries = this.#entries;
    let at = entries.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = entries[above];
      if (parent === undefined || !this.comesBefore(entry, parent)) break;
      entries[at] = parent;
      at = above;
    }
    entries[at] = entry;
  }

  removeFirst(): void {
    const last = this.#entries.pop();
    if (last !== undefined && this.#entries.length > 0) this.#sink(last);
  }

  /** The same as removeFirst and push, in one go. */
  replaceFirst(entry: Entry): void {
    this.#sink(entry);
  }

  #sink(entry: Entry): void {
    const entries = this.#entries;
    let at = 0;
    for (;;) {
      const [left, right] = [entries[2 * at + 1], entries[2 * at + 2]];
      const isRight = left !== undefined && right !== undefined && this.comesBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !this.comesBefore(child, entry)) break;
      entries[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    entries[at] = entry;
  }
}
