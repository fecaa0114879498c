/** Where what meters say is kept: a part of the store that the world is in. */
import type { Instant } from './core/duration.js';
import type { Point } from './core/meter-history.js';
import type { MeterName, Reading } from './core/meters.js';

export interface PointFilter {
  readonly instanceId: string;
  /** One of LEVELS. */
  readonly stepMs: number;
  /** Points that begin within, the ends included. */
  readonly from: Instant;
  readonly to: Instant;
}

/** What a meter is said to say, in place of what it says. */
export interface Injection {
  readonly instanceId: string;
  readonly meter: MeterName;
  /** In the meter's unit. */
  readonly value: number;
  /** From then on it says again what it says. */
  readonly until: Instant;
}

/** What is kept of readings (core/meter-history.ts); what is too old goes by itself. It survives as a commit does. */
export interface MeterStore {
  /** A later one of the same five seconds takes the place of the one before. */
  record(readings: readonly Reading[]): void;
  /** In order of time. */
  points(filter: PointFilter): readonly Point[];
  /** Those that were saved last. */
  injections(): readonly Injection[];
  /** All of them, in place of those that there were. */
  saveInjections(injections: readonly Injection[]): void;
}
