/** frostgate/testing: what a test does with a simulator of its own, and with one that others use as well. */
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { startFrostgate, type Frostgate, type FrostgateOptions } from '../../src/testing/index.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function started(options: FrostgateOptions = {}): Promise<Frostgate> {
  const one = await startFrostgate({ join: null, engine: 'process', ...options });
  open.push(one);
  return one;
}

function clientOf({ port }: { readonly port: number }): Redis {
  const redis = new Redis(port, { maxRetriesPerRequest: 0 });
  open.push({ close: () => redis.disconnect() });
  return redis;
}

test('owe, freeze and pay move the clock as far as it takes, and the client feels it', async () => {
  const frostgate = await started();
  const instance = await frostgate.createInstance();
  const redis = clientOf(instance);
  await redis.set('key', 'value');
  await instance.owe();
  expect(await instance.state()).toBe('overdue');
  expect(await frostgate.now()).toEqual(new Date('2026-01-01T01:00:00Z'));
  expect(await redis.set('key', 'in grace')).toBe('OK');
  await instance.freeze();
  expect(await frostgate.now()).toEqual(new Date('2026-01-02T01:00:00Z'));
  await expect(redis.set('key', 'frozen')).rejects.toThrow(/^NOWRITE/);
  expect(await redis.get('key')).toBe('in grace');
  await instance.pay();
  expect(await instance.state()).toBe('active');
  expect(await redis.set('key', 'paid')).toBe('OK');
});

test('until goes to what the plan says, and says what comes instead where that is never', async () => {
  const frostgate = await started();
  const instance = await frostgate.createInstance();
  await instance.freeze();
  await instance.until('deleted');
  expect(await frostgate.now()).toEqual(new Date('2026-01-09T01:00:00Z'));
  await expect(instance.until('active')).rejects.toThrow(
    `${instance.id} will not be active if nobody acts. What will happen to it: nothing`,
  );
});

test('the money of one instance is not that of another', async () => {
  const frostgate = await started();
  const [one, other] = [await frostgate.createInstance(), await frostgate.createInstance()];
  await one.freeze();
  expect([await one.state(), await other.state()]).toEqual(['frozen', 'active']);
});

test('a rollback puts back what tests did, again and again, on the connections that are open', async () => {
  const frostgate = await started();
  const instance = await frostgate.createInstance();
  const redis = clientOf(instance);
  await redis.set('key', 'before', 'EX', 3600);
  const beginning = await frostgate.checkpoint();
  for (const round of [1, 2, 3]) {
    const added = await frostgate.createInstance();
    await instance.freeze();
    await instance.until('deleted');
    await beginning.rollback();
    expect(await frostgate.now()).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(await instance.state()).toBe('active');
    await expect(added.state()).rejects.toThrow(/no instance/);
    const again = clientOf(instance);
    expect([await again.get('key'), await again.ttl('key')]).toEqual(['before', 3600]);
    await again.set('key', `after round ${String(round)}`);
  }
});

test('a report says what the application did: what was refused, in which words, how often, and when it went on', async () => {
  const frostgate = await started();
  const instance = await frostgate.createInstance();
  const redis = clientOf(instance);
  await redis.set('key', 'before');
  await redis.set('key', 'value');
  const observation = await instance.observe();
  await instance.freeze();
  for (const value of ['1', '2', '3']) await redis.set('key', value).catch(() => undefined);
  await redis.incr('count').catch(() => undefined);
  await redis.get('key');
  const during = await observation.report();
  const line = "NOWRITE You can't write against a non-write redis";
  expect(during).toMatchObject({ reads: 1, writes: 4, refused: 4, retries: 2, connects: 0 });
  expect(during.refusals).toEqual([
    { command: 'set', line: expect.stringContaining(line) as string, count: 3 },
    { command: 'incr', line: expect.stringContaining(line) as string, count: 1 },
  ]);
  expect(during.recoveryMs).toBeNull();
  await instance.pay();
  await clientOf(instance).ping();
  await redis.set('key', 'again');
  const after = await observation.report();
  expect(after).toMatchObject({ refused: 4, connects: 1 });
  expect(after.recoveryMs).toBeGreaterThan(0);
});

test('a backup is put back, one by its name or the newest one, and a rollback knows nothing of it', async () => {
  const frostgate = await started();
  const instance = await frostgate.createInstance();
  const read = async () => {
    const redis = clientOf(instance);
    return redis.get('key');
  };
  await clientOf(instance).set('key', 'first');
  const beginning = await frostgate.checkpoint();
  const first = await instance.backup();
  await clientOf(instance).set('key', 'second');
  await frostgate.advance('1h');
  await instance.backup();
  await clientOf(instance).set('key', 'third');
  await instance.restore();
  expect(await read()).toBe('second');
  await instance.restore(first);
  expect(await read()).toBe('first');
  await beginning.rollback();
  const { backups } = await frostgate.client.describeBackups({ instance: instance.id });
  expect([await read(), backups]).toEqual(['first', []]);
});

test('the timers of a test are its own: none is faked, and none keeps time', async () => {
  const [timer, now] = [setTimeout, Date.now];
  const frostgate = await started();
  await frostgate.advance('365d');
  expect(setTimeout).toBe(timer);
  expect(Date.now).toBe(now);
  expect(Math.abs(Date.now() - new Date().getTime())).toBeLessThan(1000);
});

test('a simulator that runs is joined, and goes on when this is closed, without what was made here', async () => {
  const host = await started();
  const joined = await startFrostgate({ join: host.api });
  open.push(joined);
  expect([host.isShared, joined.isShared]).toEqual([false, true]);
  const instance = await joined.createInstance();
  await instance.freeze();
  expect(await host.now()).toEqual(await joined.now());
  await joined.close();
  const { instances } = await host.client.describeInstances();
  expect(instances).toEqual([]);
});

test('nobody at the address of FROSTGATE_URL is an error that names it', async () => {
  const nobody = { url: 'http://127.0.0.1:9', token: undefined };
  await expect(startFrostgate({ join: nobody })).rejects.toThrow('http://127.0.0.1:9');
});
