/** The whole world goes back to a checkpoint: state, money, clock and data, under clients that stay connected. */
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import type { Simulator } from '../../src/index.js';
import { dataOf } from '../support/all-data.js';
import { simulator, worldOf } from '../support/simulator.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function started(): Promise<Simulator> {
  const one = await simulator();
  open.push(one);
  return one;
}

function clientOf({ port }: { readonly port: number | null }): Redis {
  const redis = new Redis(port ?? 0, { maxRetriesPerRequest: 0 });
  open.push({ close: () => redis.disconnect() });
  return redis;
}

/** Something of every type, in two databases, some of it with an end. */
async function fill(redis: Redis): Promise<void> {
  await redis.set('text', Buffer.from([0, 13, 10, 255]));
  await redis.set('soon', 'over', 'EX', 30);
  await redis.set('later', 'over', 'EX', 86_400 * 30);
  await redis.rpush('list', 'a', 'b', 'c');
  await redis.sadd('set', '1', '2', 'three');
  await redis.zadd('sorted', 1.5, 'one', -2, 'two');
  await redis.hset('hash', { field: 'value', other: '\r\n' });
  await redis.xadd('stream', '1-1', 'field', 'value');
  await redis.xgroup('CREATE', 'stream', 'group', '0');
  await redis.pfadd('log', 'a', 'b');
  await redis.geoadd('map', 13.361389, 38.115556, 'Palermo');
  await redis.setbit('bits', 1000, 1);
  await redis.select(3);
  await redis.set('elsewhere', 'too', 'PX', 90_000);
  await redis.select(0);
}

test('after a rollback state, money, clock, events and data are what they were', async () => {
  const one = await started();
  const redis = clientOf(await one.createInstance());
  await fill(redis);
  const [world, data] = [await worldOf(one), await dataOf(redis)];
  const { id } = await one.takeCheckpoint();

  await redis.del('text', 'list');
  await redis.set('new', 'x');
  await redis.expire('hash', 1000);
  await redis.persist('later');
  await redis.xreadgroup('GROUP', 'group', 'me', 'STREAMS', 'stream', '>');
  await redis.xack('stream', 'group', '1-1');
  await one.setAccountBalance({ balance: 0 });
  await one.advanceClock({ by: '3d' });
  await expect(redis.set('new', 'y')).rejects.toThrow(/^NOWRITE/);
  expect(await redis.exists('soon')).toBe(0);

  await one.rollBack({ id });

  expect(await redis.set('new', 'y')).toBe('OK');
  await redis.del('new');
  expect(await dataOf(redis)).toEqual(data);
  const again = (await worldOf(one)) as { events: { type: string }[] };
  expect(again.events.at(-1)?.type).toBe('rolled-back');
  expect({ ...again, events: again.events.slice(0, -1) }).toEqual(world);
});
