/** Accounts, whitelist, parameters and ceilings, from the API to what an application meets at its endpoint. */
import { Redis, type RedisOptions } from 'ioredis';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { filesWith } from '../support/files.js';
import { RawClient, command, until } from '../support/raw-client.js';
import { redisOf, simulator, temporaryDirectory } from '../support/simulator.js';

const PASSWORD = 'Instance-Password-1';
const OTHER = 'Another-Password-2';

interface Reachable {
  readonly port: number | null;
}

/** An application that is set up once and does not try again. */
function application({ port }: Reachable, options: RedisOptions = {}): Redis {
  const redis = new Redis({
    ...{ host: '127.0.0.1', port: port ?? 0, lazyConnect: true, retryStrategy: () => null },
    ...options,
  });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
}

async function firstAnswer(instance: Reachable, ...words: string[]): Promise<string> {
  await using client = await RawClient.connect(instance.port ?? 0);
  client.send(command(...words));
  return await client.takeLine();
}

describe('an instance with a password', () => {
  test('lets in ioredis and node-redis with it, by default account and by id, and nobody without', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ password: PASSWORD });
    expect(await firstAnswer(instance, 'GET', 'a')).toBe('-NOAUTH Authentication required');
    expect(await application(instance, { password: PASSWORD }).set('a', '1')).toBe('OK');
    const byId = { username: instance.id, password: PASSWORD };
    expect(await application(instance, byId).get('a')).toBe('1');
    for (const RESP of [2, 3] as const) {
      const redis = createClient({
        url: `redis://default:${PASSWORD}@127.0.0.1:${String(instance.port)}`,
        RESP,
      });
      await redis.connect();
      expect(await redis.get('a')).toBe('1');
      await redis.close();
    }
  });

  test('has accounts that may write and such that may not', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ password: PASSWORD });
    const { id } = instance;
    const account = { id, password: OTHER };
    await sim.createAccount({ ...account, accountName: 'writer' });
    await sim.createAccount({ ...account, accountName: 'reader', privilege: 'RoleReadOnly' });
    const writer = application(instance, { username: 'writer', password: OTHER });
    expect(await writer.set('a', '1')).toBe('OK');
    const reader = application(instance, { username: 'reader', password: OTHER });
    expect(await reader.get('a')).toBe('1');
    await expect(reader.set('a', '2')).rejects.toThrow(/^NOPERM/);
    await expect(reader.eval("return redis.call('SET', 'a', '2')", 0)).rejects.toThrow();
    expect(await reader.get('a')).toBe('1');

    await sim.grantAccountPrivilege({ id, accountName: 'reader', privilege: 'RoleReadWrite' });
    expect(await reader.set('a', '2')).toBe('OK');

    await sim.deleteAccount({ id, accountName: 'reader' });
    await until('its connection is ended', () => reader.status === 'end');
    const auth = await firstAnswer(instance, 'AUTH', 'reader', OTHER);
    expect(auth).toBe('-WRONGPASS invalid username-password pair');
    expect(await writer.get('a')).toBe('2');
  });

  test('takes another one for those who log in after the change', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ password: PASSWORD });
    const before = application(instance, { password: PASSWORD });
    await before.set('a', '1');
    await sim.modifyInstanceAttribute({ id: instance.id, newPassword: OTHER });
    expect(await before.get('a')).toBe('1');
    expect(await firstAnswer(instance, 'AUTH', PASSWORD)).toMatch(/^-WRONGPASS/);
    expect(await firstAnswer(instance, 'AUTH', OTHER)).toBe('+OK');
  });

  test('may be opened to clients without one, and closed again', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ password: PASSWORD });
    const { id } = instance;
    await sim.modifyInstanceVpcAuthMode({ id, vpcAuthMode: 'Close' });
    expect(await firstAnswer(instance, 'PING')).toBe('+PONG');
    expect(await firstAnswer(instance, 'AUTH', PASSWORD)).toBe('+OK');
    expect(await firstAnswer(instance, 'AUTH', OTHER)).toMatch(/^-WRONGPASS/);
    await sim.modifyInstanceVpcAuthMode({ id, vpcAuthMode: 'Open' });
    expect(await firstAnswer(instance, 'PING')).toMatch(/^-NOAUTH/);
  });

  test('is frozen and thawed for its accounts as for anybody', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ password: PASSWORD });
    const redis = application(instance, { password: PASSWORD });
    await redis.set('a', '1');
    await sim.setAccountBalance({ balance: 0 });
    await sim.advanceClock({ by: '25h' });
    await expect(redis.set('a', '2')).rejects.toThrow(/^NOWRITE/);
    expect(await firstAnswer(instance, 'SET', 'a', '2')).toMatch(/^-NOAUTH/);
    await sim.topUpAccount({ amount: 100 });
    expect(await redis.set('a', '3')).toBe('OK');
  });

  test('has the same accounts, whitelist and parameters after a restart', async () => {
    const { path: dataDir } = await temporaryDirectory();
    const options = { dataDir };
    let port: number | null;
    {
      await using sim = await simulator(options);
      const instance = await sim.createInstance({ password: PASSWORD, securityIps: '127.0.0.1' });
      const { id } = instance;
      port = instance.port;
      await sim.createAccount({
        id,
        accountName: 'app',
        password: OTHER,
        privilege: 'RoleReadOnly',
      });
      await sim.modifyInstanceConfig({ id, config: { 'maxmemory-policy': 'allkeys-lru' } });
    }
    await using sim = await simulator(options);
    const instance = await sim.describeInstanceAttribute({ id: 'r-1' });
    expect(instance.port).toBe(port);
    const reader = application(instance, { username: 'app', password: OTHER });
    await expect(reader.set('a', '1')).rejects.toThrow(/^NOPERM/);
    const redis = application(instance, { password: PASSWORD });
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual([
      'maxmemory-policy',
      'allkeys-lru',
    ]);
    expect(await firstAnswer(instance, 'PING')).toMatch(/^-NOAUTH/);
    await using stranger = await RawClient.connect(port ?? 0, '127.0.0.1', '127.0.0.2');
    stranger.send(command('PING'));
    expect(await stranger.takeLine()).toMatch(/^-ERR illegal address: 127\.0\.0\.2:\d+$/);
  });

  test('keeps its password to itself', async () => {
    const { path: dataDir } = await temporaryDirectory();
    await using sim = await simulator({ dataDir });
    const { id } = await sim.createInstance({ password: PASSWORD });
    await sim.createAccount({ id, accountName: 'app', password: OTHER });
    const said = JSON.stringify([
      await sim.describeInstances({ all: true }),
      await sim.describeAccounts({ id }),
      await sim.listEvents({}),
    ]);
    expect(said).not.toContain(PASSWORD);
    expect(said).not.toContain(OTHER);
    expect(await filesWith(dataDir, [PASSWORD, OTHER])).toEqual([]);
  });
});

describe('the whitelist', () => {
  test('is what the instance was created with, until it is changed', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ securityIps: '10.0.0.0/8' });
    const { id } = instance;
    expect(await firstAnswer(instance, 'PING')).toMatch(/^-ERR illegal address: 127\.0\.0\.1:\d+$/);
    await sim.modifySecurityIps({ id, securityIps: '127.0.0.1', modifyMode: 'Append' });
    expect(await firstAnswer(instance, 'PING')).toBe('+PONG');
    await sim.modifySecurityIps({ id, securityIps: '127.0.0.1', modifyMode: 'Delete' });
    expect(await firstAnswer(instance, 'PING')).toMatch(/^-ERR illegal address/);
  });
});

describe('commands that are not open', () => {
  test('are the documented ones by default, and none with the profile open', async () => {
    await using sim = await simulator();
    const closed = await sim.createInstance();
    const set = ['CONFIG', 'SET', 'timeout', '100'];
    expect(await firstAnswer(closed, ...set)).toBe("-ERR unknown command 'config set'");
    const open = await sim.createInstance({ commandProfile: 'open' });
    expect(await firstAnswer(open, ...set)).toBe('+OK');
    expect(await firstAnswer(open, 'ACL', 'WHOAMI')).toBe('$7');
  });

  test('are those too that the customer closed', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance();
    const config = { '#no_loose_disabled-commands': 'flushall,keys' };
    await sim.modifyInstanceConfig({ id: instance.id, config });
    const words = "-ERR command 'flushall' not support for your account";
    expect(await firstAnswer(instance, 'FLUSHALL')).toBe(words);
  });
});

describe('parameters', () => {
  test('are in effect at once, and only those of the list can be changed', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance();
    const { id } = instance;
    using redis = redisOf(instance);
    await sim.modifyInstanceConfig({ id, config: '{"notify-keyspace-events":"KEA","hz":20}' });
    expect(await redis.config('GET', 'hz')).toEqual(['hz', '20']);
    await expect(sim.modifyInstanceConfig({ id, config: { maxmemory: '1gb' } })).rejects.toThrow(
      /maxmemory/,
    );
    await expect(sim.modifyInstanceConfig({ id, config: { hz: 501 } })).rejects.toThrow(/hz/);
    expect(await redis.config('GET', 'hz')).toEqual(['hz', '20']);
  });
});

describe('the ceilings of the class', () => {
  test('are those of the instance: connections', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ connections: 1 });
    await using only = await RawClient.connect(instance.port ?? 0);
    only.send(command('PING'));
    expect(await only.takeLine()).toBe('+PONG');
    await using second = await RawClient.connect(instance.port ?? 0);
    expect(await second.takeLine()).toBe('-ERR max number of clients reached');
  });

  test('are those of the instance: bandwidth', async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ bandwidth: 4 });
    using redis = redisOf(instance);
    const began = performance.now();
    await redis.set('a', Buffer.alloc(2 * 1024 ** 2)); // half a second's worth
    expect(performance.now() - began).toBeGreaterThan(400);
  });
});
