/** A slow network in front of a real Redis (8.2.2): later, in order, and nothing is lost. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command } from '../support/raw-client.js';

const SLOW_MS = 60;
/** Timers may fire a little early by the clock that a test reads. */
const SLACK_MS = 5;
let proxied: ProxiedRedis;

beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());
beforeEach(() => proxied.apply({}));

test('what clients and Redis say arrives later, each way, also on connections that were there before', async () => {
  await using client = await proxied.connect();
  await client.ask(command('SET', 'a', '1'));
  await proxied.apply({ latencyMs: SLOW_MS });
  const before = performance.now();
  expect(await client.ask(command('GET', 'a'))).toBe('$1\r\n1\r\n');
  expect(performance.now() - before).toBeGreaterThanOrEqual(2 * SLOW_MS - SLACK_MS);
});

test('order and bytes stay as they are, whatever the sizes, while it becomes slow and fast again', async () => {
  await using client = await proxied.connect();
  const values = Array.from({ length: 40 }, (_, n) => String(n).repeat(1 + n * 997));
  for (const [n, value] of values.entries()) {
    if (n === 5) await proxied.apply({ latencyMs: 3 });
    if (n === 30) await proxied.apply({ latencyMs: 0 });
    client.send(command('ECHO', value));
  }
  for (const value of values) {
    const line = `$${String(value.length)}\r\n${value}\r\n`;
    expect((await client.take(line.length)).toString()).toBe(line);
  }
});

test('a client that says no more still gets all of its answers', async () => {
  await proxied.apply({ latencyMs: 5 });
  await using client = await proxied.connect();
  const value = 'v'.repeat(300_000);
  client.send(command('ECHO', value), command('ECHO', 'last'), command('QUIT'));
  client.end();
  const all = (await client.takeToEnd()).toString();
  expect(all.length).toBe(`$300000\r\n${value}\r\n$4\r\nlast\r\n+OK\r\n`.length);
  expect(all.endsWith('$4\r\nlast\r\n+OK\r\n')).toBe(true);
});

test('what is on its way when time begins to move gets to Redis when it has moved', async () => {
  const [instanceId, time] = ['r-test', null];
  await using client = await proxied.connect();
  await using leaving = await proxied.connect();
  for (const one of [client, leaving]) await one.ask(command('PING'));
  await proxied.apply({ latencyMs: SLOW_MS });
  client.send(command('SET', 'late', '1'));
  leaving.send(command('SET', 'later', '1'));
  leaving.end();
  await new Promise((resolve) => setTimeout(resolve, SLOW_MS / 3));
  await proxied.proxy.beginShift([{ instanceId, volatile: true }]);
  client.send(command('INCR', 'late'));
  await new Promise((resolve) => setTimeout(resolve, 3 * SLOW_MS));
  expect(await proxied.redis.control.exists('late', 'later')).toBe(0);
  await proxied.proxy.endShift([{ instanceId, time }]);
  expect(await client.takeLines(2)).toEqual(['+OK', ':2']);
  expect((await leaving.takeToEnd()).toString()).toBe('+OK\r\n');
});

test('a new generation ends the sessions that there are, once', async () => {
  await using before = await proxied.connect();
  await before.ask(command('PING'));
  await proxied.apply({ generation: 1 });
  await before.takeToEnd();
  expect(before.isOpen).toBe(false);
  await using after = await proxied.connect();
  expect(await after.ask(command('ECHO', 'a'))).toBe('$1\r\na\r\n');
  await proxied.apply({ generation: 1 });
  expect(await after.ask(command('ECHO', 'b'))).toBe('$1\r\nb\r\n');
});

test('who is there when the backend is taken away is cut off', async () => {
  await using before = await proxied.connect();
  await before.ask(command('PING'));
  await proxied.apply({ backend: null });
  await before.takeToEnd();
  expect(before.isOpen).toBe(false);
  await using after = await proxied.connect();
  after.send(command('GET', 'a'));
  expect((await after.takeToEnd()).toString()).toBe('-ERR redis temporary failure\r\n');
});

test('while there is no backend, a client is told so and its connection ends', async () => {
  await proxied.apply({ backend: null, generation: 2 });
  await using client = await proxied.connect();
  client.send(command('GET', 'a'));
  expect((await client.takeToEnd()).toString()).toBe('-ERR redis temporary failure\r\n');
});
