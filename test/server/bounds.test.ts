/**
 * Clients that do their worst at a live endpoint: the data plane holds little of
 * it, loses nothing, and answers the others meanwhile. Measured more thoroughly,
 * and with more of everything, by `npm run bench:memory`.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  endpointOf,
  NOWRITE,
  startProxy,
  startRedis,
  type BenchProxy,
  type BenchRedis,
} from '../bench/rig.mjs';
import { endpointSpec } from '../support/endpoint-spec.js';
import { command, RawClient } from '../support/raw-client.js';

const MB = 1024 * 1024;
/** V8 collects when what buffers hold has grown by 64 MB; the rest is what the allocator keeps. */
const GARBAGE_BYTES = 96 * MB;

let redis: BenchRedis;
let proxy: BenchProxy;
beforeEach(async () => {
  redis = await startRedis();
  // In a process of its own, whose memory is nobody else's.
  proxy = await startProxy(redis);
});
afterEach(async () => {
  await proxy.stop();
  await redis.stop();
});

test('the endpoint under test is told everything that an endpoint is told', () => {
  // What is missing is not zero: a slow network, say, without a time.
  expect(Object.keys(endpointOf(redis)).sort()).toEqual(Object.keys(endpointSpec()).sort());
});

test('a client that asks for 300 MB and does not read makes the data plane hold little of it', async () => {
  await using slow = await RawClient.connect(proxy.port);
  await using other = await RawClient.connect(proxy.port);
  const value = 'v'.repeat(MB);
  expect(await slow.ask(command('SET', 'big', value))).toBe('+OK\r\n');
  const before = (await proxy.memory()).rss;
  slow.socket.pause();
  slow.send(...Array.from({ length: 300 }, () => command('GET', 'big')));
  await expectAnswers(other, 200);
  slow.socket.resume();
  const each = `$${String(MB)}\r\n${value}\r\n`;
  for (let i = 0; i < 300; i += 1) {
    expect((await slow.take(each.length)).equals(Buffer.from(each))).toBe(true);
  }
  expect(await slow.ask()).toBe('');
  expect((await proxy.memory()).peakBytes - before).toBeLessThan(GARBAGE_BYTES);
});

test('100,000 commands before the first answer is read: of 300 MB of answers, little is held', async () => {
  await using client = await RawClient.connect(proxy.port);
  await using other = await RawClient.connect(proxy.port);
  const value = 'v'.repeat(3000);
  expect(await client.ask(command('SET', 'a', value))).toBe('+OK\r\n');
  const before = (await proxy.memory()).rss;
  client.socket.pause();
  client.send('GET a\r\n'.repeat(100_000));
  await expectAnswers(other, 200);
  client.socket.resume();
  const each = Buffer.from(`$3000\r\n${value}\r\n`.repeat(1000));
  for (let i = 0; i < 100; i += 1) expect((await client.take(each.length)).equals(each)).toBe(true);
  expect(await client.ask()).toBe('');
  expect((await proxy.memory()).peakBytes - before).toBeLessThan(GARBAGE_BYTES);
});

test.each([
  ['refused', 'SET a 1\r\n', `-${NOWRITE}\r\n`],
  // In its place go a RESET, a mark and a login.
  ['replaced by twenty times its bytes', 'RESET\r\n', '+RESET\r\n'],
])(
  '100,000 commands that are %s before the first answer is read: each is answered',
  async (...row) => {
    const [, sent, answer] = row;
    await proxy.freeze();
    await using client = await RawClient.connect(proxy.port);
    await using other = await RawClient.connect(proxy.port);
    client.socket.pause();
    client.send(sent.repeat(100_000));
    await expectAnswers(other, 200);
    client.socket.resume();
    const answers = await client.take(answer.length * 100_000);
    expect(answers.equals(Buffer.from(answer.repeat(100_000)))).toBe(true);
    expect(await client.ask()).toBe('');
  },
);

test('500 clients in the middle of a command cost less than 20 KB each, and keep nobody else waiting', async () => {
  const whole = command('ECHO', 'abc');
  const clients = await connectAll(500);
  await using other = await RawClient.connect(proxy.port);
  const before = (await proxy.memory()).rss;
  clients.forEach((client, i) => client.send(whole.subarray(0, 1 + (i % (whole.length - 1)))));
  await expectAnswers(other, 200);
  const { rss } = await proxy.memory();
  expect(rss - before).toBeLessThan(500 * 20 * 1024);
  clients.forEach((client, i) => client.send(whole.subarray(1 + (i % (whole.length - 1)))));
  for (const client of clients) expect(await client.ask()).toBe('$3\r\nabc\r\n');
  for (const client of clients) client.destroy();
});

test('an idle connection costs less than 20 KB', async () => {
  // The first ones also bring the compiled code.
  const first = await connectAll(200);
  const before = await proxy.memory();
  const more = await connectAll(1000);
  const after = await proxy.memory();
  expect(after.rss - before.rss).toBeLessThan(1000 * 20 * 1024);
  for (const client of [...first, ...more]) client.destroy();
});

/** Each has been answered. */
async function connectAll(count: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < count) {
    clients.push(
      ...(await Promise.all(Array.from({ length: 50 }, () => RawClient.connect(proxy.port)))),
    );
  }
  for (const client of clients) expect(await client.ask()).toBe('');
  return clients;
}

async function expectAnswers(client: RawClient, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    expect(await client.ask(command('ECHO', String(i)))).toContain(`\r\n${String(i)}\r\n`);
  }
}
