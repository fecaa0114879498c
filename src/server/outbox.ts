/**
 * What clients have for Redis waits until some of them, or all that had something to say in this turn of the event
 * loop, were read, and then goes out at once: Redis wakes up for many commands instead of for each, and is at work on
 * the first ones while we read the others. One client alone does not notice, since it is still the same turn.
 */
export interface Sender {
  /** Writes what it has. */
  flush(): void;
}

/** More would leave Redis idle while we read, fewer would wake it up more often than it needs. */
const SENDERS_MAX = 16;

export class Outbox {
  #due: Sender[] = [];
  #isSet = false;

  add(sender: Sender): void {
    if (this.#due.length === SENDERS_MAX) this.#flush();
    this.#due.push(sender);
    if (this.#isSet) return;
    this.#isSet = true;
    setImmediate(() => {
      this.#isSet = false;
      this.#flush();
    });
  }

  #flush(): void {
    const due = this.#due;
    this.#due = [];
    for (const sender of due) sender.flush();
  }
}
