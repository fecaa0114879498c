import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { RedisControl } from '../../src/control-plane/engines/redis-control.js';
import { RealRedis } from '../support/real-redis.js';

/** Counts up for about half a second, in one script: as long as it runs, Redis is nobody else's. */
const LONG_WRITING_SCRIPT = `
  local start = redis.call('TIME')
  repeat
    redis.call('INCR', 'counter')
    local now = redis.call('TIME')
  until (now[1] - start[1]) * 1000000 + now[2] - start[2] > 500000
  return 'ended'
`;

test('a script that writes on and on holds a freeze up, and none of its writes comes after it', async () => {
  await using real = await RealRedis.start();
  // Redis says BUSY to others at once, not after its usual five seconds.
  await real.control.config('SET', 'busy-reply-threshold', '1');
  const { host, port, username, password } = real.address;
  const client = new Redis({ host, port, username, password });
  const control = await RedisControl.connect(real.address);
  try {
    const script = client.eval(LONG_WRITING_SCRIPT, 0);
    await expect.poll(() => busy(real)).toBe(true);
    await control.refuseWrites(true);
    const counted = await client.get('counter');
    expect(await script).toBe('ended');
    expect(await client.get('counter')).toBe(counted);
    await expect(client.incr('counter')).rejects.toThrow('NOREPLICAS');
    await control.refuseWrites(false);
    expect(await client.incr('counter')).toBe(Number(counted) + 1);
  } finally {
    client.disconnect();
    control.close();
  }
});

test('what waits for a connection that was lost fails at once when that is given up', async () => {
  await using real = await RealRedis.start();
  const control = await RedisControl.connect(real.address);
  const lost = new Promise<void>((resolve) => {
    control.onLost(() => resolve());
  });
  await real.control.call('CLIENT', 'KILL', 'SKIPME', 'yes');
  await lost;
  const asked = control.ping();
  control.close();
  await expect(asked).rejects.toThrow('Connection is closed');
  await expect(control.ping()).rejects.toThrow('Connection is closed');
});

async function busy(real: RealRedis): Promise<boolean> {
  return real.control.ping().then(
    () => false,
    (error: unknown) => String(error).includes('BUSY'),
  );
}
