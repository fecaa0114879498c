/**
 * What clients have for Redis waits until all of them that had something to say
 * in this turn of the event loop were read, and then goes out at once: Redis
 * wakes up for many commands instead of for each. One client alone does not
 * notice, since it is still the same turn.
 */
export interface Sender {
  /** Writes what it has. */
  flush(): void;
}

export class Outbox {
  #due: Sender[] = [];

  add(sender: Sender): void {
    if (this.#due.length === 0) setImmediate(() => this.#flush());
    this.#due.push(sender);
  }

  #flush(): void {
    const due = this.#due;
    this.#due = [];
    for (const sender of due) sender.flush();
  }
}
