/** What tests of backups do again and again. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { redisOf } from './simulator.js';

/** On a connection of its own, for whoever was disconnected. */
export async function again<T>(
  port: number | null,
  work: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = redisOf({ port });
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** Files of backups in a data directory, half ones too. */
export async function filesOf(directory: string): Promise<string[]> {
  return (await readdir(join(directory, 'backups'))).sort();
}
