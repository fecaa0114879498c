/** Numbered facts: those of the past come from the store, those to come by subscription. */
export type EventListener = () => void;

export class EventLog {
  readonly #listeners = new Set<EventListener>();

  /** There are more of them, saved. */
  announce(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Returns what ends the subscription. A listener is told that there is something to read; it must not throw, and must not wait. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
