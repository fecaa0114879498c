/**
 * Terms are data: what each state means and how long it lasts under a set of
 * commercial rules. A state's facts are all that the rest of the house knows
 * of it: nobody else asks for a state by name.
 */
import { DAY_MS, HOUR_MS } from './duration.js';
import type { State, Trigger } from './lifecycle.js';
import type { FrozenLine } from './wire-profiles.js';

/** Passes, or is refused with that line of the wire profile. */
export type Permission = 'pass' | FrozenLine;

export interface StateFacts {
  readonly access: { readonly reads: Permission; readonly writes: Permission };
  /** `up`: Redis runs. `gone`: neither container nor data exist. */
  readonly backend: 'up' | 'gone';
  /** `open`: clients are served. `reserved`: the port is held, nobody is served yet. `closed`: nothing listens. */
  readonly endpoint: 'open' | 'reserved' | 'closed';
  readonly billed: boolean;
  /** Its customer may change it: accounts, whitelist, parameters. Frozen "operations" (7.2.3.1) are these, too. */
  readonly changeable: boolean;
  /** The state ends by itself after this long, unless something else ends it before. */
  readonly ends?: { readonly afterMs: number; readonly on: Trigger };
  /** The vendor's word for it (DescribeInstances, InstanceStatus). */
  readonly status: 'Creating' | 'Normal' | 'Inactive' | 'Released';
}

export type Terms = Readonly<Record<State, StateFacts>>;

const READ_AND_WRITE = { reads: 'pass', writes: 'pass' } as const;

export const TERMS = {
  /** The terms of service as received: clauses 7.2.3.1 and 7.2.3.2. */
  tos: {
    creating: {
      access: READ_AND_WRITE,
      backend: 'up',
      endpoint: 'reserved',
      billed: false,
      changeable: false,
      status: 'Creating',
    },
    active: {
      access: READ_AND_WRITE,
      backend: 'up',
      endpoint: 'open',
      billed: true,
      changeable: true,
      status: 'Normal',
    },
    overdue: {
      access: READ_AND_WRITE,
      backend: 'up',
      endpoint: 'open',
      billed: true,
      changeable: true,
      ends: { afterMs: 24 * HOUR_MS, on: 'grace-ended' },
      status: 'Normal',
    },
    frozen: {
      access: { reads: 'pass', writes: 'frozenWrite' },
      backend: 'up',
      endpoint: 'open',
      billed: true,
      changeable: false,
      ends: { afterMs: 7 * DAY_MS, on: 'retention-ended' },
      status: 'Inactive',
    },
    deleted: {
      access: READ_AND_WRITE,
      backend: 'gone',
      endpoint: 'closed',
      billed: false,
      changeable: false,
      status: 'Released',
    },
  },
} as const satisfies Record<string, Terms>;

export type TermsName = keyof typeof TERMS;
export const DEFAULT_TERMS: TermsName = 'tos';

/** What the state of an instance means under its terms. */
export function factsOf(instance: {
  readonly terms: TermsName;
  readonly state: State;
}): StateFacts {
  return TERMS[instance.terms][instance.state];
}

/** Whether anything of it exists besides its record. */
export function isLiving(instance: { readonly terms: TermsName; readonly state: State }): boolean {
  return factsOf(instance).backend !== 'gone';
}
