/** Numbered facts: those of the past come from the store, those to come by subscription. */
import type { SimulatorEvent } from './core/world.js';

export type EventListener = (event: SimulatorEvent) => void;

export class EventLog {
  readonly #listeners = new Set<EventListener>();

  announce(events: readonly SimulatorEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }

  /** Returns what ends the subscription. A listener must not throw, and must not wait. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
