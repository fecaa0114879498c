/** What a client can know of all data of an instance. */
import type { Redis } from 'ioredis';

/** All there is, as Redis writes it, with the time that is left of each key. */
export async function dataOf(
  redis: Redis,
): Promise<Record<string, [value: unknown, endsAt: number]>> {
  const found: Record<string, [unknown, number]> = {};
  for (const db of [0, 3]) {
    await redis.select(db);
    for (const key of (await redis.keys('*')).sort()) {
      // A set has another order once it was put in anew.
      const dump = await redis.dumpBuffer(key);
      const value =
        (await redis.type(key)) === 'set'
          ? (await redis.smembers(key)).sort()
          : dump.toString('hex');
      found[`${String(db)} ${key}`] = [value, await redis.pexpiretime(key)];
    }
  }
  await redis.select(0);
  return found;
}
