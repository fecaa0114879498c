/**
 * What happened, for reading: events of an instance that say the same again and again, such as hourly charges, are
 * one line. It knows no type of event: the same is what differs in its number, its time and its balance only.
 */
import type { Instant } from './duration.js';
import { sameData } from './runs.js';
import type { SimulatorEvent } from './world.js';

/** One event, or several that say the same. */
export interface StoryLine {
  /** How many. */
  readonly count: number;
  /** Of the first one. */
  readonly seq: number;
  readonly at: Instant;
  /** The last one; its text and its data stand for all. */
  readonly last: SimulatorEvent;
}

export class Story {
  readonly #open = new Map<string, StoryLine>();
  readonly #over: StoryLine[] = [];

  /** In the order of happening; lines may overlap where they are of several instances. */
  add(line: StoryLine): void {
    const { instanceId } = line.last;
    if (instanceId === null) {
      // What is of no instance, such as a top-up, may be why the rest goes on in another way.
      this.#close();
      this.#over.push(line);
      return;
    }
    const open = this.#open.get(instanceId);
    if (open && saysTheSame(open.last, line.last)) {
      const { seq, at } = open;
      this.#open.set(instanceId, { seq, at, count: open.count + line.count, last: line.last });
      return;
    }
    if (open) this.#over.push(open);
    this.#open.set(instanceId, line);
  }

  /** The lines that are over since the last time, in the order of their ends. */
  over(): StoryLine[] {
    return this.#over.splice(0).sort((a, b) => a.last.seq - b.last.seq);
  }

  /** The same, and those that might have gone on. */
  end(): StoryLine[] {
    this.#close();
    return this.over();
  }

  #close(): void {
    this.#over.push(...this.#open.values());
    this.#open.clear();
  }
}

function saysTheSame(a: SimulatorEvent, b: SimulatorEvent): boolean {
  const { type, clause, data } = b;
  if (a.type !== type || a.clause !== clause) return false;
  // Without numbers that tell, the text does.
  if (data.balance === undefined && a.text !== b.text) return false;
  return sameData({ ...a.data, balance: '' }, { ...data, balance: '' });
}
