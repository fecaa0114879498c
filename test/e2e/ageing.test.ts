/** TTLs follow virtual time, seen by clients of a whole simulator. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startSimulator } from '../../src/index.js';
import { SimulatorProcess } from '../support/simulator-process.js';

const CLIENTS = 20;
const KEYS_EACH = 50;
const THREE_DAYS_MS = 3 * 86_400_000;
/** So long before the end of the advance the last key is over: setting them all takes time. */
const BEFORE_END_MS = 60_000;

test('after `advance 10m` a key set with EX 300 is gone, and one with EX 900 has 300 s left', async () => {
  await using sim = await startSimulator({ engine: 'process' });
  const { port } = await sim.createInstance();
  const redis = new Redis(port ?? 0);
  await redis.set('short', 'value', 'EX', 300);
  await redis.set('long', 'value', 'EX', 900);
  await sim.advanceClock({ by: '10m' });
  expect(await redis.exists('short')).toBe(0);
  expect(Math.abs((await redis.pttl('long')) - 300_000)).toBeLessThan(1000);
  redis.disconnect();
});

test('under a frozen clock TTLs stand still; under a fast one they fly', async () => {
  await using sim = await startSimulator({ engine: 'process' });
  const { port } = await sim.createInstance();
  const redis = new Redis(port ?? 0);
  await redis.set('soon', 'value', 'PX', 1500);
  const began = performance.now();
  await expect.poll(() => performance.now() - began > 2000, { timeout: 5000 }).toBe(true);
  expect(await redis.get('soon')).toBe('value');
  await redis.set('late', 'value', 'EX', 600);
  await sim.runClock({ rate: 1000 });
  await expect.poll(() => redis.exists('late'), { timeout: 5000 }).toBe(0);
  redis.disconnect();
});

test('under the eyes of live clients, no key is seen that is over, and none is missing that is not', async () => {
  await using sim = await startSimulator({ engine: 'process', rate: 1 });
  const { port } = await sim.createInstance();
  const clients = Array.from({ length: CLIENTS }, () => new Redis(port ?? 0));
  let isOver = false;
  const wrong: string[] = [];
  const looks = new Array<number>(CLIENTS).fill(0);
  const gone = new Set<string>();
  const watch = async (redis: Redis, client: number) => {
    const names = Array.from({ length: KEYS_EACH }, (_, at) => `${String(client)}:${String(at)}`);
    const end = new Map<string, number>();
    for (const [at, name] of names.entries()) {
      const ttl = Math.ceil(((at + 1) * THREE_DAYS_MS) / KEYS_EACH) - BEFORE_END_MS;
      await redis.set(name, 'value', 'PX', ttl);
      end.set(name, Number(await redis.call('PEXPIRETIME', name)));
    }
    while (!isOver) {
      const multi = redis.multi().time();
      for (const name of names) multi.exists(name);
      const replies = (await multi.time().exec())?.map(([, reply]) => reply) ?? [];
      const [before, after] = [millis(replies[0]), millis(replies.at(-1))];
      for (const [at, name] of names.entries()) {
        const ends = end.get(name) ?? 0;
        const isThere = replies[at + 1] === 1;
        // Redis takes one time for all of a transaction, and TIME another; both are between these.
        if (isThere && ends < before - 1)
          wrong.push(`${name} lives ${String(before - ends)} ms too long`);
        if (!isThere && ends > after)
          wrong.push(`${name} is gone ${String(ends - after)} ms too early`);
        if (!isThere) gone.add(name);
      }
      looks[client] = (looks[client] ?? 0) + 1;
    }
  };
  const watching = clients.map(watch);
  await expect.poll(() => Math.min(...looks), { timeout: 20_000 }).toBeGreaterThan(0);
  for (let hours = 0; hours < 24; hours += 1) await sim.advanceClock({ by: '1h' });
  await sim.advanceClock({ by: '2d' });
  // One may have been under way: the next one of each was asked after the end.
  const seen = [...looks];
  const sinceOf = (count: number, client: number) => count - (seen[client] ?? 0);
  await expect.poll(() => Math.min(...looks.map(sinceOf)), { timeout: 20_000 }).toBeGreaterThan(1);
  isOver = true;
  await Promise.all(watching);
  for (const client of clients) client.disconnect();
  expect(wrong).toEqual([]);
  expect(gone.size).toBe(CLIENTS * KEYS_EACH);
}, 120_000);

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'after %s and a restart, keys have left what they had',
  async (signal) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'frostgate-ageing-'));
    const args = ['--engine', 'process', '--data-dir', dataDir, '--api-port', '0', '--rate', '0'];
    const settings = [...args, '--ports', '26700-26799'];
    try {
      await using first = new SimulatorProcess(settings);
      const client = await first.client();
      const { port } = await client.createInstance({});
      const redis = new Redis(port ?? 0, { retryStrategy: () => null });
      redis.on('error', () => undefined);
      await redis.set('long', 'value', 'EX', 900);
      await redis.set('soon', 'value', 'EX', 602);
      await client.advanceClock({ by: '10m' });
      await first.end(signal);
      const began = performance.now();
      await expect.poll(() => performance.now() - began > 2500, { timeout: 5000 }).toBe(true);
      await using second = new SimulatorProcess(settings);
      await second.client();
      const again = new Redis(port ?? 0);
      expect(Math.abs((await again.pttl('long')) - 300_000)).toBeLessThan(1000);
      // Its two seconds have gone by meanwhile, for the machine: an end in good order keeps it all the same.
      if (signal === 'SIGTERM') expect(await again.exists('soon')).toBe(1);
      again.disconnect();
      redis.disconnect();
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
);

function millis(time: unknown): number {
  const [seconds, micros] = (time as [string, string]).map(Number);
  return (seconds ?? 0) * 1000 + Math.floor((micros ?? 0) / 1000);
}
