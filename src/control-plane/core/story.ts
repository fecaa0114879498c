/**
 * What happened, for reading: events of an instance that say the same again and again, such as hourly charges, are
 * one line. The same is what differs in its number, its time and its balance only.
 */
import type { Instant } from './duration.js';
import type { EventType } from './event-types.js';
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

/** What goes on by itself, each at its own times: it does not end the line of the other. */
const ROUTINE: ReadonlySet<string> = new Set(['charged', 'backup-finished'] satisfies EventType[]);

export class Story {
  /** By instance: one line, or one for each kind of routine. */
  readonly #open = new Map<string, readonly StoryLine[]>();
  readonly #over: StoryLine[] = [];

  /** In the order of happening; lines may overlap where they are of several instances, or routine. */
  add(line: StoryLine): void {
    const { instanceId } = line.last;
    if (instanceId === null) {
      // What is of no instance, such as a top-up, may be why the rest goes on in another way.
      this.#close();
      this.#over.push(line);
      return;
    }
    const open = this.#open.get(instanceId) ?? [];
    const same = open.find(({ last }) => saysTheSame(last, line.last));
    if (same) {
      const { seq, at } = same;
      const longer = { seq, at, count: same.count + line.count, last: line.last };
      this.#open.set(instanceId, [...open.filter((one) => one !== same), longer]);
      return;
    }
    const goOn = open.filter(({ last }) => isBeside(last, line.last));
    this.#over.push(...open.filter((one) => !goOn.includes(one)));
    this.#open.set(instanceId, [...goOn, line]);
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
    this.#over.push(...[...this.#open.values()].flat());
    this.#open.clear();
  }
}

function isBeside(a: SimulatorEvent, b: SimulatorEvent): boolean {
  return a.type !== b.type && ROUTINE.has(a.type) && ROUTINE.has(b.type);
}

function saysTheSame(a: SimulatorEvent, b: SimulatorEvent): boolean {
  const { type, clause, data } = b;
  if (a.type !== type || a.clause !== clause) return false;
  // Without numbers that tell, the text does.
  if (data.balance === undefined && a.text !== b.text) return false;
  return sameData({ ...a.data, balance: '' }, { ...data, balance: '' });
}
