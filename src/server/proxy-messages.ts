/** What crosses the data plane's message port. Plain data, both ways. */
import type { DataPlaneError } from './data-plane-error.js';
import type { TrafficCounts } from './traffic.js';
import type { EndpointSpec, ShiftBegun, ShiftedTo, ShiftOf } from './endpoint-spec.js';

export type Request =
  | { readonly verb: 'apply'; readonly spec: EndpointSpec }
  | { readonly verb: 'settle' | 'remove' | 'markUnwritten'; readonly instanceId: string }
  | { readonly verb: 'beginShift'; readonly ids: readonly ShiftOf[] }
  | { readonly verb: 'setTimes' | 'endShift'; readonly times: readonly ShiftedTo[] }
  | { readonly verb: 'written' | 'traffic' | 'close' };

/** What a verb resolves with, where it does so with anything. */
export interface Result {
  readonly port?: number;
  /** Of beginShift. */
  readonly begun?: ShiftBegun;
  /** Of written. */
  readonly written?: readonly string[];
  readonly traffic?: readonly TrafficCounts[];
}

/** The number ties the answer to it. */
export type Call = Request & { readonly number: number };

export type Answer =
  | {
      readonly number: number;
      readonly result?: Result | undefined;
      /** `code` is null for a mistake of our own. */
      readonly error?: {
        readonly code: DataPlaneError['code'] | null;
        readonly details: DataPlaneError['details'];
      };
    }
  /** For the log: a session had to be ended by a mistake of our own. */
  | { readonly problem: string };
