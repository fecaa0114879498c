/** What the clock of the data has to do with. */
import type { VirtualClock } from './clock.js';
import type { ShiftBegun } from '../server/index.js';
import type { DataCopy, DataPlane, Engine, StateStore } from './ports.js';

export interface DataClockParts {
  readonly engine: Engine;
  readonly dataPlane: DataPlane;
  readonly store: StateStore;
  readonly clock: Pick<VirtualClock, 'now' | 'rate'>;
  /** Virtual milliseconds for each real one, as it is: 0 also where a step failed and time stands. */
  readonly rate: () => number;
  /** The data is there again at the next start, and its Redis does not run in between. */
  readonly parks: boolean;
  /** Before data goes ahead of what is saved of the clock. */
  readonly saveClock: () => void;
  /** Its data could not be brought to the clock's time: nobody is to be served by it before `arrive`. Resolves when nobody is. */
  readonly shut: (instanceId: string) => Promise<void>;
  readonly log: (line: string) => void;
  /** The machine's time; otherwise only in tests. */
  readonly machineTime?: () => number;
}

/** All the data of an instance, with the offset that it stood at. */
export interface StandingCopy {
  readonly copy: DataCopy;
  readonly offset: number;
}

/** What comes after a shift: more of the same advance, the clock as it runs, or time that stands because a step failed. */
export type AfterShift = 'more' | 'run' | 'stand';

/** Clients are held while time moves. */
export interface OpenShift {
  /** Whom the data plane was asked to hold, and whom it holds whole. */
  readonly begun: ReadonlySet<string>;
  readonly held: ReadonlySet<string>;
  /** Their Redis does not answer, or may still be at what clients said before. */
  readonly failed: ShiftBegun['failed'];
}

export const NO_SHIFT: OpenShift = { begun: new Set(), held: new Set(), failed: [] };
