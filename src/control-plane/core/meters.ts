/**
 * What is metered of an instance (clause 3.1.3.7): names and units as the vendor's monitoring has them
 * (DescribeHistoryMonitorValues, its sub-metrics), and against which ceiling each one stands.
 *
 * Flows are told per second of real time, since clients and Redis live in it: what a reading says is how hard the
 * instance was used, and the virtual clock says when, and for how long.
 */
import { ceilingsOf, memoryBytesOf, type Sized } from './ceilings.js';
import type { Instant } from './duration.js';
import { classOf } from './instance-classes.js';

export type { Sized } from './ceilings.js';

export type MeterUnit = '%' | 'bytes' | 'KB/s' | '1/s' | 'µs' | 'number';

/** What stands for several readings where they are told more coarsely. */
export type Gathering = 'average' | 'highest' | 'last';

interface MeterRow {
  /** The vendor's MonitorKey, by which it is asked for together with its like. */
  readonly key: string;
  readonly unit: MeterUnit;
  readonly gathering: Gathering;
  /** What the instance allows of it, in its unit; null: nothing is said, or there is no ceiling. */
  readonly ceiling: (instance: Sized) => number | null;
  /** For people. */
  readonly what: string;
}

const KB = 1024;
const noCeiling = () => null;
const hundred = () => 100;
const referenceQps = ({ instanceClass }: Sized) => classOf(instanceClass).referenceQps;
const bandwidth = (way: 'In' | 'Out') => (instance: Sized) => {
  const bytesPerSecond = ceilingsOf(instance)[`bytesPerSecond${way}`];
  return bytesPerSecond === null ? null : bytesPerSecond / KB;
};
const connections = (instance: Sized) => ceilingsOf(instance).connections;

function row(
  key: string,
  unit: MeterUnit,
  gathering: Gathering,
  what: string,
  ceiling: MeterRow['ceiling'] = noCeiling,
): MeterRow {
  return { key, unit, gathering, ceiling, what };
}

/**
 * In the order in which they are shown. The vendor's names, but for the last three, of which it tells nothing.
 * A percentage is of the ceiling of the same thing: `memoryUsage` of `UsedMemory`. QPS has a reference value only.
 */
export const METERS = {
  CpuUsage: row(
    'CpuUsage',
    '%',
    'average',
    'Processor time of Redis; 100 is one processor, since it carries out commands in one thread',
    hundred,
  ),
  memoryUsage: row('MemoryUsage', '%', 'last', 'Memory, of what the class has', hundred),
  UsedMemory: row('UsedMemory', 'bytes', 'last', 'Memory that Redis has in use', memoryBytesOf),
  quotaMemory: row('quotaMemory', 'bytes', 'last', 'Memory that the class has'),
  TotalQps: row('UsedQPS', '1/s', 'average', 'Commands of clients', referenceQps),
  GetQps: row('UsedQPS', '1/s', 'average', 'Commands that read'),
  PutQps: row('UsedQPS', '1/s', 'average', 'Commands that write'),
  OtherOps: row('UsedQPS', '1/s', 'average', 'Other commands'),
  qpsUsage: row('QPSUsage', '%', 'average', 'Commands, of the reference value of the class'),
  ConnCount: row('UsedConnection', 'number', 'highest', 'Connections of clients', connections),
  connectionUsage: row('ConnectionUsage', '%', 'highest', 'Connections, of the ceiling', hundred),
  InFlow: row('IntranetIn', 'KB/s', 'average', 'What clients send', bandwidth('In')),
  OutFlow: row('IntranetOut', 'KB/s', 'average', 'What clients get', bandwidth('Out')),
  intranetInRatio: row('IntranetInRatio', '%', 'average', 'The same, of the ceiling', hundred),
  intranetOutRatio: row('IntranetOutRatio', '%', 'average', 'The same, of the ceiling', hundred),
  AvgRt: row('Redis_Avg_Rt_Monitor', 'µs', 'average', 'Time from command to reply'),
  MaxRt: row('Redis_Max_Rt_Monitor', 'µs', 'highest', 'The longest of them'),
  Keys: row('Redis_Basic_Monitor', 'number', 'last', 'Keys of all databases'),
  Expires: row('Redis_Basic_Monitor', 'number', 'last', 'Keys that have an expiry'),
  ExpiredKeys: row('Redis_Basic_Monitor', 'number', 'last', 'Keys that ended, since its start'),
  EvictedKeys: row('Redis_Basic_Monitor', 'number', 'last', 'Keys evicted, since its start'),
  evicted_keys_per_sec: row('Hit_Rate_Monitor', '1/s', 'average', 'Keys evicted'),
  hit_rate: row('Hit_Rate_Monitor', '%', 'average', 'Reads of keys that found one'),
  hit: row('Hit_Rate_Monitor', '1/s', 'average', 'Reads of keys that found one'),
  miss: row('Hit_Rate_Monitor', '1/s', 'average', 'Reads of keys that found none'),
  RefusedCommands: row('Refusals', '1/s', 'average', 'Commands that the gate refused'),
  NewConnections: row('Refusals', '1/s', 'average', 'Connections that were made'),
  RefusedConnections: row('Refusals', '1/s', 'average', 'Connections that were refused'),
} as const satisfies Record<string, MeterRow>;

export type MeterName = keyof typeof METERS;
export const METER_NAMES = Object.keys(METERS) as readonly MeterName[];

/** By meter, in its unit; what could not be read, or says nothing (a ratio of nothing), is not there. */
export type MeterValues = Partial<Record<MeterName, number>>;

/** What the meters of an instance said at one moment of virtual time. */
export interface Reading {
  readonly instanceId: string;
  readonly at: Instant;
  readonly values: MeterValues;
  /** Somebody said so (`meters inject`), and nobody measured it. */
  readonly injected: boolean;
  /** It was read while load was made on demand (`load`). */
  readonly load: boolean;
}

/** A reading for what follows from it. */
export interface Told extends Reading {
  /** What was injected until now and is over, where nothing was measured in its place. */
  readonly over?: MeterValues;
}

/** What the instance allows of it, in the meter's unit; null: no ceiling. */
export function ceilingOf(meter: MeterName, instance: Sized): number | null {
  return METERS[meter].ceiling(instance);
}
