/** One suite for all engines: what a backend counts, for the meters of its instance. */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/control-plane/ports.js';
import { connectTo, specOf } from '../support/backends.js';
import { ENGINES, type EngineUnderTest } from '../support/engines.js';
import { until } from '../support/raw-client.js';

/** It goes on until it is killed, and does nothing but that. */
const BURN = 'while true do end';

for (const engine of ENGINES) {
  const leftOut = engine.missing === null ? '' : `, LEFT OUT: ${engine.missing}`;
  describe.skipIf(engine.missing !== null)(`the ${engine.kind} engine${leftOut}`, () => {
    suite(engine);
  });
}

function suite({ kind, lab: newLab }: EngineUnderTest): void {
  test('counts memory, keys of all databases, expiries, hits, misses and evictions', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    using redis = connectTo(await engine.up(specOf('r-1')));
    const before = await infoOf(engine);
    expect(before).toMatchObject({ keys: 0, expires: 0, evictedKeys: 0 });
    await redis.set('a', 'x'.repeat(1_000_000), 'PX', 1);
    await redis.select(3);
    await redis.mset({ b: '1', c: '2' });
    await redis.set('d', 'x'.repeat(2_000_000), 'EX', 1000);
    await redis.mget('b', 'c', 'd', 'none');
    await redis.select(0);
    await until('the first one has ended', async () => (await redis.exists('a')) === 0);
    const after = await infoOf(engine);
    expect(after).toMatchObject({ keys: 3, expires: 1 });
    expect(after.usedBytes - before.usedBytes).toBeGreaterThan(1_900_000);
    expect(after.expiredKeys - before.expiredKeys).toBe(1);
    expect(after.hits - before.hits).toBeGreaterThanOrEqual(3);
    expect(after.misses - before.misses).toBeGreaterThanOrEqual(1);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-random', 'maxmemory', '1');
    await redis.set('e', '1').catch(() => undefined);
    await redis.config('SET', 'maxmemory', '0');
    expect((await infoOf(engine)).evictedKeys - before.evictedKeys).toBe(3);
  });

  test('counts processor time, while a script holds Redis up as well where it is ours to ask the system', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const backend = await engine.up(specOf('r-1'));
    using redis = connectTo(backend);
    using other = connectTo(backend);
    await other.ping();
    await redis.config('SET', 'busy-reply-threshold', '100');
    const before = (await engine.counts('r-1')).cpuSeconds ?? 0;
    const burning = redis.eval(BURN, 0).catch(() => 'killed');
    await until('Redis is busy', async () => {
      return other.ping().then(
        () => false,
        (error: unknown) => String(error).includes('BUSY'),
      );
    });
    if (kind === 'external') {
      expect(await engine.counts('r-1')).toEqual({ cpuSeconds: null, info: null });
    } else {
      const begun = (await engine.counts('r-1')).cpuSeconds ?? 0;
      await until('it took processor time', async () => {
        return ((await engine.counts('r-1')).cpuSeconds ?? 0) >= begun + 0.3;
      });
      expect((await engine.counts('r-1')).info).toBe(null);
    }
    await other.script('KILL');
    expect(await burning).toBe('killed');
    await until('it was counted', async () => {
      return ((await engine.counts('r-1')).cpuSeconds ?? 0) >= before + 0.1;
    });
    expect(await infoOf(engine)).toMatchObject({ keys: 0 });
  });

  test('refuses to count what is not up', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    await expect(engine.counts('r-2')).rejects.toMatchObject({ code: 'EngineFailed' });
  });
}

async function infoOf(engine: Engine) {
  const { info } = await engine.counts('r-1');
  if (!info) throw new Error('Redis did not answer');
  return info;
}
