/**
 * What passes an endpoint, counted where it passes. A command costs an addition; the clock is read once for what
 * goes to Redis together, and once when the first answer to it comes. Nothing is gathered before somebody asks.
 */

import { RefusedCommands, type RefusalCounts } from './refused-commands.js';

/** What is counted; the numbers only grow. Eight bytes each: a busy endpoint passes 2^31 within an hour. */
export const COUNT = {
  bytesIn: 0,
  bytesOut: 1,
  reads: 2,
  writes: 3,
  others: 4,
  refusedCommands: 5,
  newConnections: 6,
  refusedConnections: 7,
} as const;

/** Classes of times: each is so much wider than the one before that eight of them double it. Up to 64 s. */
const CLASSES_PER_DOUBLING = 8;
const CLASSES = 26 * CLASSES_PER_DOUBLING + 1;

/** What passed since the endpoint was opened: plain data. */
export interface TrafficCounts extends RefusalCounts {
  readonly instanceId: string;
  /** Now. */
  readonly connections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly reads: number;
  readonly writes: number;
  /** Commands that neither read nor write keys, and those that Redis does not know. */
  readonly others: number;
  /** Of all these commands, those that the gate refused. */
  readonly refusedCommands: number;
  readonly newConnections: number;
  readonly refusedConnections: number;
  /**
   * Times from command to reply: how many ended in each class, of which class `i` ends at 2^(i/8) µs. Commands that
   * were sent together count as one, from the sending to the first reply; those that may block are left out. It ends
   * with the longest class that there was: where nothing passed, it is empty.
   */
  readonly latencies: readonly number[];
  /** Of all of them (µs). */
  readonly latencySum: number;
}

export class Traffic {
  readonly counts = new Float64Array(Object.keys(COUNT).length);
  readonly refused = new RefusedCommands();
  readonly #latencies = new Float64Array(CLASSES);
  /** So many of them were used. */
  #classes = 0;
  #latencySum = 0;

  add(what: number, by = 1): void {
    this.counts[what] = (this.counts[what] as number) + by; // its own table says that it is there
  }

  /** A reply came so long (ms) after its command. What is beyond the classes was waited for, not worked for. */
  took(ms: number): void {
    const us = ms * 1000;
    const at = us <= 1 ? 0 : Math.ceil(Math.log2(us) * CLASSES_PER_DOUBLING);
    if (at >= CLASSES) return;
    if (at >= this.#classes) this.#classes = at + 1;
    this.#latencies[at] = (this.#latencies[at] as number) + 1;
    this.#latencySum += us;
  }

  read(instanceId: string, connections: number): TrafficCounts {
    const counts = Object.entries(COUNT).map(([name, at]) => [name, this.counts[at]]);
    return {
      ...{ instanceId, connections, ...this.refused.read() },
      ...(Object.fromEntries(counts) as Record<keyof typeof COUNT, number>),
      // Not all of them: that would be most of what is told of an endpoint, and clients wait while it is told.
      latencies: [...this.#latencies.subarray(0, this.#classes)],
      latencySum: this.#latencySum,
    };
  }
}

/** Of one session: how long Redis takes to answer what was sent together. */
export class Stopwatch {
  #sentAt = 0;
  #isOff = false;

  constructor(private readonly traffic: Traffic) {}

  /** Something was sent. Where an answer is owed already, it is that one which is timed. */
  sent(): void {
    if (this.#sentAt === 0 && !this.#isOff) this.#sentAt = performance.now();
  }

  /** Something came. */
  came(): void {
    if (this.#sentAt !== 0) this.traffic.took(performance.now() - this.#sentAt);
    this.#sentAt = 0;
    this.#isOff = false;
  }

  /** A command that may block goes out: however long that takes, it is no latency. From the next answer on, times count again. */
  ignoreNext(): void {
    this.#sentAt = 0;
    this.#isOff = true;
  }
}
