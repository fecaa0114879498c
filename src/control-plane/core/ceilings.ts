/**
 * What an instance allows (clause 3.1.3.7): its class's, where it has no own; narrowed, while it is used excessively.
 * What happens at each ceiling, and who sees to it, is in docs/ceilings.md.
 */
import { classOf, type InstanceClass } from './instance-classes.js';
import type { AbuseMeter } from './terms.js';
import type { Instance, Narrowing } from './world.js';

export interface Ceilings {
  /** null: none. */
  readonly connections: number | null;
  readonly newConnectionsPerSecond: number | null;
  /** From clients to Redis, and back; null: none. */
  readonly bytesPerSecondIn: number | null;
  readonly bytesPerSecondOut: number | null;
}

/** As the classes count them. */
const MEGABYTE = 1024 ** 2;

interface CeilingRow {
  readonly unit: string;
  /** What its own may be, 0 (off) apart: far beyond any class, so that a slip is not taken for a wish. */
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  readonly ofClass: (row: InstanceClass) => number;
  /** For people. */
  readonly what: string;
}

/** Each can be the class's, another one, or switched off, by instance: `instance ceilings`. */
export const CEILINGS = {
  memory: {
    ...{ unit: 'MB', least: 8, most: 4_194_304, whole: true },
    ofClass: ({ memoryBytes }) => memoryBytes / MEGABYTE,
    what: 'Memory of its data (maxmemory)',
  },
  connections: {
    ...{ unit: 'clients', least: 1, most: 1_000_000, whole: true },
    ofClass: ({ connectionsMax }) => connectionsMax,
    what: 'Clients at once',
  },
  newConnections: {
    ...{ unit: 'clients/s', least: 1, most: 1_000_000, whole: true },
    ofClass: ({ newConnectionsPerSecondMax }) => newConnectionsPerSecondMax,
    what: 'New clients in a second',
  },
  bandwidth: {
    ...{ unit: 'MB/s', least: 0.001, most: 10_000, whole: false },
    ofClass: ({ bandwidthBytesPerSecond }) => bandwidthBytesPerSecond / MEGABYTE,
    what: 'Bytes each way',
  },
  cpu: {
    ...{ unit: 'CPU', least: 0.01, most: 1_024, whole: false },
    ofClass: ({ cpuCores }) => cpuCores,
    what: 'Processors, with the Docker engine',
  },
} as const satisfies Record<string, CeilingRow>;
export type CeilingName = keyof typeof CEILINGS;
export const CEILING_NAMES = Object.keys(CEILINGS) as readonly CeilingName[];

/** Nothing of its own: all of them are the class's. */
export const CLASS_CEILINGS = {
  ...{ memory: null, connections: null, newConnections: null, bandwidth: null, cpu: null },
} as const satisfies Record<CeilingName, null>;

/** What of an instance its ceilings follow from. */
export type Sized = Pick<Instance, 'instanceClass' | 'narrowed' | CeilingName>;

/** In the ceiling's unit, before anything is narrowed; null: none, it is switched off. */
export function ceilingOf(instance: Sized, name: CeilingName): number | null {
  const own = instance[name];
  const value = own ?? CEILINGS[name].ofClass(classOf(instance.instanceClass));
  return value === 0 ? null : value;
}

/** What the door sees to. */
export function ceilingsOf(instance: Sized): Ceilings {
  const bytes = (meter: AbuseMeter) => {
    const megabytes = inForce(instance, meter);
    return megabytes === null ? null : Math.ceil(megabytes * MEGABYTE);
  };
  return {
    connections: ceilingOf(instance, 'connections'),
    newConnectionsPerSecond: ceilingOf(instance, 'newConnections'),
    bytesPerSecondIn: bytes('bandwidthIn'),
    bytesPerSecondOut: bytes('bandwidthOut'),
  };
}

/** What Redis sees to; null: it takes what the machine has. */
export function memoryBytesOf(instance: Sized): number | null {
  const megabytes = ceilingOf(instance, 'memory');
  return megabytes === null ? null : megabytes * MEGABYTE;
}

/** What Docker sees to: processors, parts of one too; null: all that the machine has. */
export function cpuCoresOf(instance: Sized): number | null {
  return inForce(instance, 'cpu');
}

/** MB/s, each direction by itself, where nothing is narrowed; 0: no ceiling. */
export function bandwidthOf(instance: Sized): number {
  return ceilingOf(instance, 'bandwidth') ?? 0;
}

/** The ceiling that each meter of the ladder stands against, and what is narrowed where it is used excessively. */
export const CEILING_OF_METER = {
  // What fills memory comes in.
  memory: { ceiling: 'memory', narrows: 'bandwidthIn' },
  cpu: { ceiling: 'cpu', narrows: 'cpu' },
  bandwidthIn: { ceiling: 'bandwidth', narrows: 'bandwidthIn' },
  bandwidthOut: { ceiling: 'bandwidth', narrows: 'bandwidthOut' },
} as const satisfies Record<
  AbuseMeter,
  { readonly ceiling: CeilingName; readonly narrows: Narrowing['meter'] }
>;

/** The ceiling of a meter as it is now, in its unit; null: there is none. */
export function inForce(instance: Sized, meter: AbuseMeter): number | null {
  const ceiling = ceilingOf(instance, CEILING_OF_METER[meter].ceiling);
  const narrowest = instance.narrowed
    .filter((one) => one.meter === meter)
    .reduce((least, { toPercent }) => Math.min(least, toPercent), 100);
  return ceiling === null ? null : (ceiling * narrowest) / 100;
}

export const NO_CEILING = 'no ceiling';

/** `24 MB/s`; for people. */
export function ceilingText(instance: Sized, meter: AbuseMeter): string {
  const value = inForce(instance, meter);
  if (value === null) return NO_CEILING;
  return `${String(Math.round(value * 1000) / 1000)} ${CEILINGS[CEILING_OF_METER[meter].ceiling].unit}`;
}
