/** Client libraries do the same work against plain Redis and against an instance, and get the same results. */
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Simulator } from '../../src/index.js';
import { ioredis, nodeRedis, type Address, type Client } from '../support/client-libraries.js';
import { until } from '../support/raw-client.js';
import { RealRedis } from '../support/real-redis.js';
import { simulator } from '../support/simulator.js';

let plain: RealRedis;
let sim: Simulator;
let instance: Address;
beforeAll(async () => {
  plain = await RealRedis.start();
  sim = await simulator();
  instance = { port: (await sim.createInstance()).port ?? 0 };
});
afterAll(async () => {
  await sim.close();
  await plain[Symbol.asyncDispose]();
});

const LIBRARIES: readonly [string, (address: Address) => Promise<Client>][] = [
  ['ioredis', ioredis],
  ['node-redis with RESP2', (address) => nodeRedis(2, address)],
  ['node-redis with RESP3', (address) => nodeRedis(3, address)],
];

const BINARY = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const MANY = Array.from({ length: 10_000 }, (_, i) => String(i));
const LIBRARY = `#!lua name=mylib
redis.register_function('twice', function(keys, args) return args[1] .. args[1] end)`;

type Work = (client: Client, another: Client) => Promise<unknown>;

const WORKLOAD: readonly [string, Work][] = [
  ['says hello', (c) => c.call('PING')],
  [
    'values, numbers and hashes',
    (c) =>
      c.pipeline([
        ['SET', 'k', 'v', 'EX', '1000'],
        ['INCRBYFLOAT', 'f', '1.5'],
        ['HSET', 'h', 'a', '1', 'b', '2'],
        ['HGETALL', 'h'],
        ['ZADD', 'z', '1.5', 'm'],
        ['ZRANGE', 'z', '0', '-1', 'WITHSCORES'],
        ['SADD', 's', 'm'],
        ['SMEMBERS', 's'],
        ['GET', 'nothing'],
      ]),
  ],
  ['errors among answers', (c) => c.pipeline([['PING'], ['LPUSH', 'h', 'x'], ['NOPE'], ['GET']])],
  [
    '10,000 commands in a pipeline',
    async (c) => [
      await c.pipeline(MANY.map((i) => ['SET', `many:${i}`, i])),
      await c.pipeline(MANY.map((i) => ['GET', `many:${i}`])),
    ],
  ],
  ['a scan over all keys', async (c) => (await c.keys('many:*')).sort()],
  [
    'a transaction',
    (c) =>
      c.transaction([
        ['SET', 't', '1'],
        ['INCR', 't'],
        ['GET', 't'],
      ]),
  ],
  [
    'a transaction that is called off',
    async (c, another) => {
      await c.call('WATCH', 't');
      await another.call('SET', 't', '5');
      return [await c.transaction([['INCR', 't']]), await c.call('GET', 't')];
    },
  ],
  [
    'scripts and functions',
    (c) =>
      c.pipeline([
        ['EVAL', "return {KEYS[1], ARGV[1], redis.call('GET', KEYS[1])}", '1', 't', 'x'],
        ['SCRIPT', 'LOAD', 'return ARGV[1]'],
        ['EVALSHA', '098e0f0d1448c0a81dafe820f66d460eb09263da', '0', 'x'],
        ['EVALSHA', 'f'.repeat(40), '0'],
        ['FUNCTION', 'LOAD', 'REPLACE', LIBRARY],
        ['FCALL', 'twice', '0', 'x'],
        ['EVAL', "return redis.error_reply('MINE own')", '0'],
      ]),
  ],
  [
    'a stream and a group of consumers',
    (c) =>
      c.pipeline([
        ['XADD', 'x', '1-1', 'f', 'v'],
        ['XADD', 'x', '1-2', 'f', 'w'],
        ['XGROUP', 'CREATE', 'x', 'g', '0'],
        ['XREADGROUP', 'GROUP', 'g', 'a', 'COUNT', '1', 'STREAMS', 'x', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'b', 'STREAMS', 'x', '>'],
        ['XACK', 'x', 'g', '1-1'],
        ['XPENDING', 'x', 'g'],
        ['XRANGE', 'x', '-', '+'],
      ]),
  ],
  [
    'a command that waits for another client',
    async (c, another) => {
      const popped = c.call('BLPOP', 'l', '0');
      await until('it waits', async () =>
        String(await another.call('INFO', 'clients')).includes('blocked_clients:1'),
      );
      return [await another.call('RPUSH', 'l', 'v'), await popped];
    },
  ],
  [
    'binary values',
    async (c) => [
      await c.call('SET', 'b', BINARY),
      await c.call('STRLEN', 'b'),
      await c.bytes('b'),
    ],
  ],
  [
    'a value of 20 MB',
    async (c) => {
      const value = Buffer.alloc(20_000_000, BINARY);
      await c.call('SET', 'b', value);
      return (await c.bytes('b'))?.equals(value);
    },
  ],
  ...(['by name', 'by pattern', 'sharded'] as const).map((how): [string, Work] => [
    `messages ${how}`,
    async (c, another) => {
      const heard: string[] = [];
      await another.subscribe(how, how === 'by pattern' ? 'n?ws' : 'news', (m) => heard.push(m));
      const publish = how === 'sharded' ? 'SPUBLISH' : 'PUBLISH';
      const counts = await c.pipeline(['a', '-ERR', 'c'].map((m) => [publish, 'news', m]));
      await until('all have arrived', () => heard.length === 3);
      return [counts, heard];
    },
  ]),
  [
    'a connection that is cut, and comes back by itself',
    async (c, another) => {
      const id = async () => String(await c.call('CLIENT', 'ID'));
      const before = await id();
      await another.call('CLIENT', 'KILL', 'ID', before);
      await until('it is another one', async () => {
        const now = await id().catch(() => before);
        return now !== before;
      });
      return [await c.call('SET', 'k', 'again'), await c.call('GET', 'k')];
    },
  ],
];

describe.each(LIBRARIES)('%s', (_, open) => {
  test.each(WORKLOAD)('%s', async (_, work) => {
    const results: unknown[] = [];
    for (const address of [plain.address, instance]) {
      const [client, another] = [await open(address), await open(address)];
      try {
        results.push(await work(client, another));
      } finally {
        client.close();
        another.close();
      }
    }
    expect(results[0]).not.toBeUndefined();
    expect(results[1]).toEqual(results[0]);
  });
});

test('node-redis keeps a cache of its own, which Redis tells of changes', async () => {
  const clientSideCache = { ttl: 0, maxEntries: 0 };
  const socket = { host: '127.0.0.1', port: instance.port };
  const caching = createClient({ RESP: 3, socket, clientSideCache });
  const other = createClient({ socket });
  await caching.connect();
  await other.connect();
  try {
    await other.set('cached', '1');
    expect([await caching.get('cached'), await caching.get('cached')]).toEqual(['1', '1']);
    expect(caching.clientSideCache?.stats()).toMatchObject({ hitCount: 1, missCount: 1 });
    await other.set('cached', '2');
    await until('it has heard of it', async () => (await caching.get('cached')) === '2');
  } finally {
    caching.destroy();
    other.destroy();
  }
});
