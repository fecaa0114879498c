/** What Redis and the system tell of a backend's use: INFO, and the processor time of its process. */
import { readFileSync } from 'node:fs';
import type { RedisCounts } from '../core/reading.js';

/** Of one call of INFO, which takes several from Redis 7.0 on. */
export const COUNT_SECTIONS = ['memory', 'stats', 'cpu', 'keyspace'] as const;

/** A field that this Redis does not tell counts for nothing. */
export function countsOf(info: string): RedisCounts {
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  // `db0:keys=3,expires=1,avg_ttl=0`, a line for each database that has keys.
  const databases = [...info.matchAll(/^db\d+:keys=(\d+),expires=(\d+)/gm)];
  return {
    usedBytes: field('used_memory'),
    keys: databases.reduce((sum, [, keys]) => sum + Number(keys), 0),
    expires: databases.reduce((sum, [, , expires]) => sum + Number(expires), 0),
    expiredKeys: field('expired_keys'),
    evictedKeys: field('evicted_keys'),
    hits: field('keyspace_hits'),
    misses: field('keyspace_misses'),
  };
}

/** Processor time (s) as Redis counts it: of its own process, in the system and outside. */
export function cpuSecondsOf(info: string): number {
  const part = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  return part('used_cpu_sys') + part('used_cpu_user');
}

/** Linux counts by hundredths of a second, whatever the kernel does inside (USER_HZ; proc(5), /proc/pid/stat). */
const TICKS_PER_SECOND = 100;

/** Processor time (s) of a process as Linux counts it, which it does also while Redis answers nobody; null elsewhere. */
export function cpuSecondsOfProcess(pid: number): number | null {
  const stat = statOf(pid);
  // The name of the program stands in brackets, and may hold anything. The third field comes after it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields?.[14 - 3]) + Number(fields?.[15 - 3]);
  return Number.isNaN(ticks) ? null : ticks / TICKS_PER_SECOND;
}

/** At once: there is no disk behind it, and the threads that read files would take longer, and a processor from clients. */
function statOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  } catch {
    return null;
  }
}
