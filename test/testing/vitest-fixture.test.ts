/** The fixture of vitest, used as its users do. The tests are in order: each looks at what the one before has left. */
import { Redis } from 'ioredis';
import { describe, expect } from 'vitest';
import { test } from '../../src/testing/vitest.js';

describe('with a simulator of the worker', () => {
  test('an instance is there when the test begins', async ({ instance, frostgate }) => {
    expect(frostgate.isShared).toBe(false);
    expect(instance.id).toBe('r-1');
    const redis = new Redis(instance.port);
    await redis.set('left', 'behind');
    redis.disconnect();
    await instance.freeze();
    expect(await instance.state()).toBe('frozen');
  });

  test('and nothing of the test before', async ({ instance, frostgate }) => {
    expect(await frostgate.now()).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(instance.id).toBe('r-1');
    const redis = new Redis(instance.port);
    expect(await redis.dbsize()).toBe(0);
    redis.disconnect();
  });
});
