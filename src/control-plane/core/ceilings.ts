/** What an instance allows at its door: its class's, where it has no own (clause 3.1.3.7). */
import { INSTANCE_CLASSES } from './instance-classes.js';
import type { Instance } from './world.js';

export interface Ceilings {
  readonly connections: number;
  readonly newConnectionsPerSecond: number;
  /** Each direction by itself; null: none. */
  readonly bytesPerSecond: number | null;
}

/** As the classes count them. */
const MEGABYTE = 1024 ** 2;

type Sized = Pick<Instance, 'instanceClass' | 'bandwidth' | 'connections'>;

export function ceilingsOf({ instanceClass, bandwidth, connections }: Sized): Ceilings {
  const row = INSTANCE_CLASSES[instanceClass];
  const own = bandwidth === null ? null : Math.ceil(bandwidth * MEGABYTE);
  const bytesPerSecond = own ?? row?.bandwidthBytesPerSecond ?? 0;
  return {
    connections: connections ?? row?.connectionsMax ?? 0,
    newConnectionsPerSecond: row?.newConnectionsPerSecondMax ?? 0,
    bytesPerSecond: bytesPerSecond === 0 ? null : bytesPerSecond,
  };
}

/** MB/s, each direction by itself; 0: no ceiling. */
export function bandwidthOf(instance: Sized): number {
  return (ceilingsOf(instance).bytesPerSecond ?? 0) / MEGABYTE;
}
