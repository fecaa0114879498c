/** What meters say between two looks at an instance: at what its engine counts, and at what passes its endpoint. */
import type { Sized } from './ceilings.js';
import { ceilingOf, type MeterName, type MeterValues } from './meters.js';

/** What Redis says of itself; null: it could not be asked, as while a script holds it up. */
export interface EngineCounts {
  /** Processor time (s) since some moment; null: nobody knows. */
  readonly cpuSeconds: number | null;
  readonly info: RedisCounts | null;
}

/** Of INFO; all but the first three count up from its start. */
export interface RedisCounts {
  readonly usedBytes: number;
  readonly keys: number;
  readonly expires: number;
  readonly expiredKeys: number;
  readonly evictedKeys: number;
  readonly hits: number;
  readonly misses: number;
}

/** What passed an endpoint since it was opened, but for the first, which is now. */
export interface TrafficCounts {
  readonly connections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly reads: number;
  readonly writes: number;
  readonly others: number;
  readonly refusedCommands: number;
  readonly newConnections: number;
  readonly refusedConnections: number;
  /** Times from command to reply, by class of length (see LATENCY_CLASSES_PER_DOUBLING); beyond its end there were none. */
  readonly latencies: readonly number[];
  /** Of all of them (µs). */
  readonly latencySum: number;
}

/** One look. */
export interface Look {
  /** Real time (ms since some moment). */
  readonly realMs: number;
  readonly traffic: TrafficCounts | null;
  readonly engine: EngineCounts | null;
}

/** A class of times is so much wider than the one before that eight of them double it: what is told is right within 9 %. */
export const LATENCY_CLASSES_PER_DOUBLING = 8;
/** So many are told apart: up to 2^26 µs, about a minute. */
export const LATENCY_CLASSES = 26 * LATENCY_CLASSES_PER_DOUBLING + 1;

/** The longest time of a class (µs). The first one ends at 1 µs. */
export function latencyEnd(index: number): number {
  return 2 ** (index / LATENCY_CLASSES_PER_DOUBLING);
}

/** `before` is null where nothing is known of a flow yet: then there are only the meters of what is now. */
export function valuesOf(instance: Sized, before: Look | null, now: Look): MeterValues {
  return withRatios(instance, { ...stocks(instance, now), ...flows(before, now) });
}

/** With each value that has a ceiling as a share of it, too. */
export function withRatios(instance: Sized, measured: MeterValues): MeterValues {
  const values = { ...measured };
  for (const [ratio, of] of RATIOS) {
    const [value, ceiling] = [values[of], ceilingOf(of, instance)];
    if (value !== undefined && ceiling !== null && ceiling > 0) {
      values[ratio] = (100 * value) / ceiling;
    }
  }
  return values;
}

const RATIOS: readonly (readonly [ratio: MeterName, of: MeterName])[] = [
  ['memoryUsage', 'UsedMemory'],
  ['qpsUsage', 'TotalQps'],
  ['connectionUsage', 'ConnCount'],
  ['intranetInRatio', 'InFlow'],
  ['intranetOutRatio', 'OutFlow'],
];

function stocks(instance: Sized, { traffic, engine }: Look): MeterValues {
  const quota = ceilingOf('UsedMemory', instance);
  const info = engine?.info ?? null;
  return {
    ...(quota === null ? {} : { quotaMemory: quota }),
    ...(traffic && { ConnCount: traffic.connections }),
    ...(info && {
      UsedMemory: info.usedBytes,
      Keys: info.keys,
      Expires: info.expires,
      ExpiredKeys: info.expiredKeys,
      EvictedKeys: info.evictedKeys,
    }),
  };
}

function flows(before: Look | null, now: Look): MeterValues {
  const seconds = before === null ? 0 : (now.realMs - before.realMs) / 1000;
  if (before === null || seconds <= 0) return {};
  return {
    ...(before.traffic && now.traffic && traffic(before.traffic, now.traffic, seconds)),
    ...(before.engine && now.engine && engine(before.engine, now.engine, seconds)),
  };
}

function traffic(before: TrafficCounts, now: TrafficCounts, seconds: number): MeterValues {
  const since = grown(before, now);
  const [reads, writes, others] = [since('reads'), since('writes'), since('others')];
  return {
    TotalQps: (reads + writes + others) / seconds,
    GetQps: reads / seconds,
    PutQps: writes / seconds,
    OtherOps: others / seconds,
    InFlow: since('bytesIn') / KB / seconds,
    OutFlow: since('bytesOut') / KB / seconds,
    RefusedCommands: since('refusedCommands') / seconds,
    NewConnections: since('newConnections') / seconds,
    RefusedConnections: since('refusedConnections') / seconds,
    ...latency(before, now),
  };
}

const KB = 1024;

function latency(before: TrafficCounts, now: TrafficCounts): MeterValues {
  const isSame = now.latencySum >= before.latencySum;
  const counts = now.latencies.map((n, at) => n - (isSame ? (before.latencies[at] ?? 0) : 0));
  const count = counts.reduce((sum, one) => sum + one, 0);
  if (count <= 0) return {};
  const sum = now.latencySum - (isSame ? before.latencySum : 0);
  const longest = counts.findLastIndex((one) => one > 0);
  return { AvgRt: sum / count, MaxRt: latencyEnd(longest) };
}

function engine(before: EngineCounts, now: EngineCounts, seconds: number): MeterValues {
  const [b, n] = [before.cpuSeconds, now.cpuSeconds];
  const cpu = b === null || n === null ? {} : { CpuUsage: (100 * sinceOf(b, n)) / seconds };
  if (before.info === null || now.info === null) return cpu;
  const since = grown(before.info, now.info);
  const [hits, misses] = [since('hits'), since('misses')];
  return {
    ...cpu,
    evicted_keys_per_sec: since('evictedKeys') / seconds,
    hit: hits / seconds,
    miss: misses / seconds,
    ...(hits + misses === 0 ? {} : { hit_rate: (100 * hits) / (hits + misses) }),
  };
}

/** What counts up begins again with the process that counts. */
function sinceOf(before: number, now: number): number {
  return now >= before ? now - before : now;
}

function grown<Field extends string>(
  before: Readonly<Record<Field, unknown>>,
  now: Readonly<Record<Field, unknown>>,
): (field: Field) => number {
  return (field) => sinceOf(Number(before[field]), Number(now[field]));
}
