/**
 * What each state means under its terms. These facts are all that the rest of the house knows of a state: nobody
 * else asks for a state by name.
 */
import { SimulatorError } from './errors.js';
import type { State, Trigger } from './lifecycle.js';
import { isNone, type Span } from './span.js';
import {
  CHARGE_TYPES,
  TERMS,
  type ChargeType,
  type Stage,
  type Terms,
  type TermsId,
} from './terms.js';
import type { RefusalWord } from './wire-profiles.js';

/** Passes, or is refused with that line of the wire profile. */
export type Permission = 'pass' | RefusalWord;

export interface Permissions {
  readonly reads: Permission;
  readonly writes: Permission;
}

export interface StateFacts {
  readonly access: Permissions;
  /** `up`: Redis runs. `down`: it does not, and its data is kept. `gone`: neither container nor data exist. */
  readonly backend: 'up' | 'down' | 'gone';
  /** `open`: clients are served. `reserved`: the port is held, nobody is served yet. `closed`: nothing listens. */
  readonly endpoint: 'open' | 'reserved' | 'closed';
  /** Pay-as-you-go is charged each hour. */
  readonly billed: boolean;
  /** Daily backups are taken. */
  readonly backedUp: boolean;
  /** Its customer may change it: accounts, whitelist, parameters, class. Frozen "operations" (7.2.3.1) are these, too. */
  readonly changeable: boolean;
  /** The state ends by itself after this long, unless something else ends it before. */
  readonly ends?: { readonly after: Span; readonly on: Trigger };
  /** The vendor's word for it (DescribeInstances, InstanceStatus). */
  readonly status: 'Creating' | 'Normal' | 'Inactive' | 'Released';
}

/** What of an instance decides on what its state means. */
export interface Standing {
  readonly terms: TermsId;
  readonly chargeType: ChargeType;
  readonly state: State;
  /** What ended it, where it was ended before its time; null where it was not. */
  readonly endedBy: Trigger | null;
}

type Table = Readonly<Record<State | 'releasedEarly', StateFacts>>;

const READ_AND_WRITE = { reads: 'pass', writes: 'pass' } as const;

/** By id. What an id stands for never changes, so this is no more than a memory of what was worked out. */
const known = new Map<TermsId, { terms: Terms; tables: Record<ChargeType, Table> }>();

/** Makes terms known under their id; again and again, where they are the same. */
export function learnTerms(id: TermsId, terms: Terms): void {
  if (known.has(id)) return;
  const tables = CHARGE_TYPES.map((type) => [type, tableOf(terms, type)] as const);
  known.set(id, { terms, tables: Object.fromEntries(tables) as Record<ChargeType, Table> });
}

for (const [id, terms] of Object.entries(TERMS)) learnTerms(id, terms);

/** Throws UnknownTerms. */
export function termsOf(id: TermsId): Terms {
  return knownTerms(id).terms;
}

/** What the state of an instance means under its terms. */
export function factsOf(instance: Standing): StateFacts {
  const table = knownTerms(instance.terms).tables[instance.chargeType];
  const isEarly = instance.state === 'released' && instance.endedBy !== null;
  return table[isEarly ? 'releasedEarly' : instance.state];
}

/** The state has no length under these terms: whoever would come into it goes on to what follows. */
export function isSkipped({ ends }: StateFacts): boolean {
  return ends !== undefined && isNone(ends.after);
}

/** Whether anything of it exists besides its record, if only data in the recycle bin. */
export function isLiving(instance: Standing): boolean {
  return factsOf(instance).backend !== 'gone';
}

/** Whether its Redis runs. */
export function isUp(instance: Standing): boolean {
  return factsOf(instance).backend === 'up';
}

function knownTerms(id: TermsId) {
  const found = known.get(id);
  if (!found)
    throw new SimulatorError('UnknownTerms', { value: id, known: Object.keys(TERMS).join(', ') });
  return found;
}

function tableOf(terms: Terms, chargeType: ChargeType): Table {
  const { grace, frozen, released } = terms.course[chargeType];
  const open = { access: READ_AND_WRITE, backend: 'up', endpoint: 'open' } as const;
  const kept: StateFacts = {
    ...{ access: READ_AND_WRITE, backend: 'down', endpoint: 'closed' },
    ...{ billed: false, backedUp: false, changeable: false, status: 'Released' },
  };
  const hourly = (billed: boolean) => billed && chargeType === 'PostPaid';
  return {
    creating: {
      ...{ access: READ_AND_WRITE, backend: 'up', endpoint: 'reserved' },
      ...{ billed: false, backedUp: false, changeable: false, status: 'Creating' },
    },
    active: { ...open, billed: hourly(true), backedUp: true, changeable: true, status: 'Normal' },
    overdue: {
      ...open,
      ...{ billed: hourly(grace.billed), backedUp: grace.backedUp },
      ...{ changeable: true, status: 'Normal' },
      ends: { after: grace.lasts, on: 'grace-ended' },
    },
    frozen: {
      ...open,
      access: permissionsOf(frozen),
      ...{ billed: hourly(frozen.billed), backedUp: frozen.backedUp },
      ...{ changeable: false, status: 'Inactive' },
      ends: { after: frozen.lasts, on: 'retention-ended' },
    },
    released: { ...kept, ends: { after: released.lasts, on: 'bin-ended' } },
    releasedEarly: { ...kept, ends: { after: terms.earlyEnd.keptFor, on: 'bin-ended' } },
    deleted: { ...kept, backend: 'gone' },
  };
}

function permissionsOf({ reads, writes }: Stage): Permissions {
  return {
    reads: reads === 'pass' ? 'pass' : 'frozenRead',
    writes: writes === 'pass' ? 'pass' : 'frozenWrite',
  };
}
