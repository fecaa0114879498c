/** What passes an endpoint is counted where it passes. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Traffic } from '../../src/server/traffic.js';
import { LATENCY_CLASSES, latencyEnd } from '../../src/control-plane/core/reading.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command, until } from '../support/raw-client.js';

let proxied: ProxiedRedis;
beforeEach(async () => {
  proxied = await ProxiedRedis.start();
});
afterEach(() => proxied[Symbol.asyncDispose]());

async function counts() {
  const [one] = await proxied.proxy.traffic();
  if (!one) throw new Error('there is no endpoint');
  return one;
}

describe('an endpoint', () => {
  test('counts bytes each way as its clients see them, whatever the pieces', async () => {
    await using client = await proxied.connect();
    const sent = [command('SET', 'k', 'v'.repeat(100_000)), command('GET', 'k'), command('PING')];
    const answer = `+OK\r\n$100000\r\n${'v'.repeat(100_000)}\r\n+PONG\r\n`;
    for (const piece of sent) await client.sendPieces([piece.subarray(0, 7), piece.subarray(7)]);
    await client.take(answer.length);
    const { bytesIn, bytesOut } = await counts();
    expect(bytesIn).toBe(sent.reduce((sum, { length }) => sum + length, 0));
    expect(bytesOut).toBe(answer.length);
  });

  test('counts commands by what they do, and those that were refused among them', async () => {
    await proxied.apply({ access: { reads: null, writes: 'NOWRITE no' } });
    await using client = await proxied.connect();
    client.send(command('GET', 'k'), command('MGET', 'k', 'l'), command('SET', 'k', 'v'));
    client.send('PING\r\nNOSUCH thing\r\n', command('CONFIG', 'GET', 'maxmemory'));
    await client.takeUntil('maxmemory');
    const { reads, writes, others, refusedCommands } = await counts();
    expect({ reads, writes, others, refusedCommands }).toEqual({
      ...{ reads: 2, writes: 1, others: 3, refusedCommands: 1 },
    });
  });

  test('counts connections: those that are there, those that were made, those that were refused', async () => {
    const ceilings = {
      ...{ connections: 2, newConnectionsPerSecond: null },
      ...{ bytesPerSecondIn: null, bytesPerSecondOut: null },
    };
    await proxied.apply({ ceilings });
    await using first = await proxied.connect();
    const second = await proxied.connect();
    await first.ask('PING\r\n');
    await second.ask('PING\r\n');
    await using third = await proxied.connect();
    expect((await third.takeToEnd()).toString()).toContain('max number of clients');
    await second[Symbol.asyncDispose]();
    await until('the second has left', async () => (await counts()).connections === 1);
    const { connections, newConnections, refusedConnections } = await counts();
    expect({ connections, newConnections, refusedConnections }).toEqual({
      ...{ connections: 1, newConnections: 2, refusedConnections: 1 },
    });
  });

  test('times each batch of commands once, and leaves out what waits by its own wish', async () => {
    await using client = await proxied.connect();
    const begun = performance.now();
    await client.ask('PING\r\n');
    const once = await counts();
    expect(sumOf(once.latencies)).toBe(1);
    expect(once.latencySum).toBeLessThanOrEqual((performance.now() - begun) * 1000);
    client.send(command('BLPOP', 'list', '0'));
    await until('it waits', async () => {
      return (await proxied.redis.control.info('clients')).includes('blocked_clients:1');
    });
    await proxied.redis.control.rpush('list', 'a');
    await client.takeUntil('a\r\n');
    expect((await counts()).latencies).toEqual(once.latencies);
    await client.ask('PING\r\n');
    expect(sumOf((await counts()).latencies)).toBe(2);
  });

  test('does not time what a subscriber is told', async () => {
    await using client = await proxied.connect();
    client.send(command('SUBSCRIBE', 'news'));
    await client.takeUntil(':1\r\n');
    const before = sumOf((await counts()).latencies);
    await proxied.redis.control.publish('news', 'hello');
    await client.takeUntil('hello');
    expect(sumOf((await counts()).latencies)).toBe(before);
  });
});

/** The end of the last class that the control plane knows of. */
const LONGEST_US = latencyEnd(LATENCY_CLASSES - 1);

test('a time is in the first class that ends at it or after it, and beyond the last one in none', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.0001, max: 70_000, noNaN: true }), (ms) => {
      const traffic = new Traffic();
      traffic.took(ms);
      const { latencies, latencySum } = traffic.read('r-1', 0);
      const at = latencies.indexOf(1);
      if (ms * 1000 > LONGEST_US) {
        expect([at, latencySum]).toEqual([-1, 0]);
        return;
      }
      // A class is told by a power of two, which has its own rounding.
      expect(latencyEnd(at)).toBeGreaterThanOrEqual(ms * 1000 * (1 - 1e-9));
      if (at > 0) expect(latencyEnd(at - 1)).toBeLessThan(ms * 1000 * (1 + 1e-9));
      expect(latencySum).toBe(ms * 1000);
    }),
  );
});

const sumOf = (counts: readonly number[]) => counts.reduce((sum, one) => sum + one, 0);
