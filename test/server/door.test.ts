/** Who gets in at all: the whitelist, and the ceilings of the class. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_CEILINGS } from '../support/endpoint-spec.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command, RawClient, until } from '../support/raw-client.js';

const PING = command('PING');

let proxied: ProxiedRedis;
beforeEach(async () => {
  proxied = await ProxiedRedis.start();
});
afterEach(() => proxied[Symbol.asyncDispose]());

async function connectedToRedis(): Promise<number> {
  const list = String(await proxied.redis.control.call('CLIENT', 'LIST'));
  return list.trim().split('\n').length - 1; // without the one that asks
}

describe('the whitelist', () => {
  test('lets connect, and answers every command of whoever is not on it', async () => {
    await proxied.apply({ whitelist: ['127.0.0.7', '10.0.0.0/8'] });
    await using client = await proxied.connect();
    const { localPort } = client.socket;
    const line = `-ERR illegal address: 127.0.0.1:${String(localPort)}`;
    client.send(command('AUTH', 'x'), 'GET a\r\n', command('SET', 'a', 'x'.repeat(100_000)));
    expect(await client.takeLines(3)).toEqual([line, line, line]);
    expect(await connectedToRedis()).toBe(0);
  });

  test('lets in who is on it, by address or by range', async () => {
    await proxied.apply({ whitelist: ['127.0.0.7', '127.0.1.0/24'] });
    for (const address of ['127.0.0.7', '127.0.1.200']) {
      await using client = await proxied.connectFrom(address);
      client.send(PING);
      expect(await client.takeLine()).toBe('+PONG');
    }
  });

  test('knows IPv4 clients of an IPv6 listener, and IPv6 ranges', async () => {
    await using six = await ProxiedRedis.start({ host: '::', whitelist: ['127.0.0.1', '::/64'] });
    for (const host of ['127.0.0.1', '::1']) {
      await using client = await RawClient.connect(six.port, host);
      client.send(PING);
      expect(await client.takeLine()).toBe('+PONG');
    }
    await six.apply({ whitelist: ['127.0.0.9', '2001:db8::/32'] });
    for (const host of ['127.0.0.1', '::1']) {
      await using client = await RawClient.connect(six.port, host);
      client.send(PING);
      expect(await client.takeLine()).toContain(`illegal address: ${host}:`);
    }
  });

  test.each([
    ['0.0.0.0/0', '127.0.0.1', '::1'],
    ['::/0', '::1', '127.0.0.1'],
  ])('takes %s for everybody of its family', async (all, who, other) => {
    await using six = await ProxiedRedis.start({ host: '::', whitelist: [all] });
    await using client = await RawClient.connect(six.port, who);
    client.send(PING);
    expect(await client.takeLine()).toBe('+PONG');
    await using stranger = await RawClient.connect(six.port, other);
    stranger.send(PING);
    expect(await stranger.takeLine()).toContain(`illegal address: ${other}:`);
  });

  test('counts for connections that come after a change', async () => {
    await using before = await proxied.connect();
    before.send(PING);
    await before.takeLine();
    await proxied.apply({ whitelist: [] });
    before.send(PING);
    expect(await before.takeLine()).toBe('+PONG');
    await using after = await proxied.connect();
    after.send(PING);
    expect(await after.takeLine()).toContain('-ERR illegal address');
  });
});

describe('the ceiling of connections', () => {
  test('turns one too many away as Redis does, and counts those who left', async () => {
    await proxied.apply({ ceilings: { ...NO_CEILINGS, connections: 2 } });
    await using one = await proxied.connect();
    const two = await proxied.connect();
    for (const client of [one, two]) {
      client.send(PING);
      expect(await client.takeLine()).toBe('+PONG');
    }
    await using three = await proxied.connect();
    expect(await three.takeLine()).toBe('-ERR max number of clients reached');
    await until('it is closed', () => !three.isOpen);
    await two[Symbol.asyncDispose]();
    await until('Redis has one client less', async () => (await connectedToRedis()) === 1);
    await using four = await proxied.connect();
    four.send(PING);
    expect(await four.takeLine()).toBe('+PONG');
  });

  test('is not used up by those whom the whitelist turns away', async () => {
    const ceilings = { ...NO_CEILINGS, connections: 1 };
    await proxied.apply({ ceilings, whitelist: ['127.0.0.7'] });
    await using stranger = await proxied.connect();
    stranger.send(PING);
    await stranger.takeLine();
    await using client = await proxied.connectFrom('127.0.0.7');
    client.send(PING);
    expect(await client.takeLine()).toBe('+PONG');
  });
});

test('new connections above the rate wait for their turn, and all are served', async () => {
  await proxied.apply({ ceilings: { ...NO_CEILINGS, newConnectionsPerSecond: 20 } });
  const began = performance.now();
  const clients = await Promise.all(Array.from({ length: 30 }, () => proxied.connect()));
  for (const client of clients) client.send(PING);
  for (const client of clients) expect(await client.takeLine()).toBe('+PONG');
  // A second's worth comes at once, the other ten in half a second; a slow machine takes longer, never shorter.
  expect(performance.now() - began).toBeGreaterThan(490);
  for (const client of clients) await client[Symbol.asyncDispose]();
});

test('who leaves before its turn leaves nothing behind', async () => {
  await proxied.apply({ ceilings: { ...NO_CEILINGS, newConnectionsPerSecond: 10 } });
  const clients = await Promise.all(Array.from({ length: 20 }, () => proxied.connect()));
  for (const client of clients) await client[Symbol.asyncDispose]();
  await using last = await proxied.connect();
  last.send(PING);
  expect(await last.takeLine()).toBe('+PONG');
  await until('Redis has only the last one', async () => (await connectedToRedis()) === 1);
});

describe('the ceiling of bandwidth', () => {
  const MEGABYTE = 1024 * 1024;
  const bothWays = (bytes: number) => ({
    ...{ ...NO_CEILINGS, bytesPerSecondIn: bytes, bytesPerSecondOut: bytes },
  });

  /** How long the work took, over how long it has to take (both ms). */
  async function overDue(work: () => Promise<void>, dueMs: number): Promise<number> {
    const began = performance.now();
    await work();
    return (performance.now() - began) / dueMs;
  }

  test('delays what is read and what is written, each by itself, and refuses nothing', async () => {
    const value = Buffer.alloc(MEGABYTE, 'x');
    await proxied.apply({ ceilings: bothWays(2 * MEGABYTE) });
    await using client = await proxied.connect();
    const written = await overDue(async () => {
      client.send(command('SET', 'big', value));
      expect(await client.takeLine()).toBe('+OK');
    }, 500);
    // What is in flight when the ceiling is reached, and 20 ms at once, are not waited for.
    expect(written).toBeGreaterThan(0.8);
    const read = await overDue(async () => {
      client.send(command('GET', 'big'));
      await client.take(value.length + '$1048576\r\n\r\n'.length);
    }, 500);
    expect(read).toBeGreaterThan(0.8);
  });

  test('is one for all clients of an instance, and none of them gets more than its share', async () => {
    const value = Buffer.alloc(2 * MEGABYTE, 'x');
    await proxied.redis.control.set('big', value);
    await proxied.apply({ ceilings: bothWays(8 * MEGABYTE) });
    await using one = await proxied.connect();
    await using two = await proxied.connect();
    const got = [0, 0];
    /** What the other one had when the first had all. */
    let other = 0;
    const took = await overDue(async () => {
      await Promise.all(
        [one, two].map(async (client, i) => {
          client.socket.on('data', (chunk: Buffer) => (got[i] = (got[i] ?? 0) + chunk.length));
          client.send(command('GET', 'big'));
          await client.take(value.length);
          other ||= got[1 - i] ?? 0;
        }),
      );
    }, 500);
    expect(took).toBeGreaterThan(0.8);
    // One after the other, it would be nothing.
    expect(other / value.length).toBeGreaterThan(0.5);
  });

  test('is gone when it is lifted', async () => {
    await proxied.apply({ ceilings: bothWays(1000) });
    await using client = await proxied.connect();
    await proxied.apply({});
    client.send(command('ECHO', 'x'.repeat(MEGABYTE)));
    await client.take(MEGABYTE); // at the old rate, it would take a quarter of an hour
  });
});
