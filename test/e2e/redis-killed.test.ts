/** The redis-server of a running instance is killed: whoever connects afterwards is served, and client libraries go on by themselves. */
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Simulator } from '../../src/index.js';
import { RawClient, until } from '../support/raw-client.js';
import {
  redisOf,
  simulator,
  temporaryDirectory,
  type TemporaryDirectory,
} from '../support/simulator.js';

/** By Redis itself, which reads what it kept; clients wait for it (QUIT is taken meanwhile). */
const LOADING = '-LOADING Redis is loading the dataset in memory\r\n+OK\r\n';
const TEMPORARY_FAILURE = '-ERR redis temporary failure\r\n';

let directory: TemporaryDirectory;
let sim: Simulator;
let port: number;
beforeAll(async () => {
  directory = await temporaryDirectory(); // without one, a Redis that ends takes its data with it
  sim = await simulator({ dataDir: directory.path });
  port = (await sim.createInstance()).port ?? 0;
});
afterAll(async () => {
  await sim.close();
  await directory[Symbol.asyncDispose]();
});

async function killRedis(): Promise<void> {
  using redis = redisOf({ port });
  const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  await using witness = await RawClient.connect(port);
  await witness.ask();
  process.kill(pid, 'SIGKILL');
  await witness.takeToEnd();
}

test('until there is another one, a client is told of a temporary failure; then it is served as before', async () => {
  await using before = await RawClient.connect(port);
  expect(await before.ask('SET kept 1\r\n')).toBe('+OK\r\n');
  await killRedis();
  await before.takeToEnd();
  await until('Redis is back', async () => {
    await using client = await RawClient.connect(port);
    client.send('PING\r\nQUIT\r\n');
    const answer = (await client.takeToEnd()).toString();
    if (answer === '+PONG\r\n+OK\r\n') return true;
    expect([TEMPORARY_FAILURE, LOADING]).toContain(answer);
    return false;
  });
  await using after = await RawClient.connect(port);
  expect(await after.ask('GET kept\r\n')).toBe('$1\r\n1\r\n');
});

test('ioredis with its defaults goes on: commands, a wait and a subscription', async () => {
  const [redis, waiting, subscriber] = [new Redis(port), new Redis(port), new Redis(port)];
  const all = [redis, waiting, subscriber];
  for (const one of all) one.on('error', () => undefined);
  try {
    await redis.set('kept', '2');
    await subscriber.subscribe('x');
    const messages: string[] = [];
    subscriber.on('message', (_, message: string) => messages.push(message));
    await waiting.ping();
    const popped = waiting.blpop('l', 0);
    await until('it waits', async () =>
      (await redis.info('clients')).includes('blocked_clients:1'),
    );

    await killRedis();
    expect(await redis.get('kept')).toBe('2');
    expect(await redis.rpush('l', 'v')).toBe(1);
    expect(await popped).toEqual(['l', 'v']);
    await until('the message arrives', async () => {
      await redis.publish('x', 'again');
      return messages.includes('again');
    });
  } finally {
    for (const one of all) one.disconnect();
  }
});

test.each([2, 3] as const)('node-redis with its defaults goes on (RESP%i)', async (RESP) => {
  const redis = createClient({ RESP, url: `redis://127.0.0.1:${String(port)}` });
  redis.on('error', () => undefined);
  await redis.connect();
  try {
    await redis.set('kept', '3');
    const messages: string[] = [];
    const subscriber = redis.duplicate();
    subscriber.on('error', () => undefined);
    await subscriber.connect();
    await subscriber.subscribe('x', (message) => messages.push(message));

    await killRedis();
    await until('it is served', async () => {
      return (await redis.get('kept').catch(() => null)) === '3';
    });
    await until('the message arrives', async () => {
      await redis.publish('x', 'again');
      return messages.includes('again');
    });
    subscriber.destroy();
  } finally {
    redis.destroy();
  }
});
