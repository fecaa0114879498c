/** The ceiling of bandwidth, met by clients that take all they can get: the rate is measured, and nobody is told an error. */
import { describe, expect, test } from 'vitest';
import { command, RawClient, until } from '../support/raw-client.js';
import { redisOf, simulator } from '../support/simulator.js';

const KB = 1024;
const MEGABYTE = 1024 ** 2;
/** Far below what any machine does, so that it is the ceiling that is measured. */
const CEILING = 4;
/** Over a second. */
const OFF_BY_MAX = 0.05;
/** A machine that is busy with other things may not get to it for a part of a second; then another second tells. */
const SECONDS_MAX = 20;
/** Of one second, a client's part is a few portions more or less. */
const SECONDS_MIN = 3;
const VALUE = 'x'.repeat(16 * KB);
const SET = command('SET', 'k', VALUE);
const GET = command('GET', 'k');
const REPLY_BYTES = VALUE.length + `$${String(VALUE.length)}\r\n\r\n`.length;

interface Eager {
  /** What came through so far. */
  bytes(): number;
  /** The first error that it was told; undefined: none. */
  error(): string | undefined;
  end(): Promise<void>;
}

/** Always has several requests on the way; an answer is so long, and stands for so many bytes. */
async function eager(
  port: number,
  request: Buffer,
  answerBytes: number,
  counted: number,
): Promise<Eager> {
  const client = await RawClient.connect(port);
  let [got, asked] = [0, 0];
  let error: string | undefined;
  const ask = () => {
    for (; asked < Math.floor(got / answerBytes) + 4; asked += 1) client.socket.write(request);
  };
  client.socket.on('data', (chunk: Buffer) => {
    if (chunk[0] === '-'.charCodeAt(0)) error ??= chunk.toString('latin1');
    got += chunk.length;
    ask();
  });
  ask();
  return {
    bytes: () => (got / answerBytes) * counted,
    error: () => error,
    end: () => client[Symbol.asyncDispose](),
  };
}

const WAYS = {
  in: (port: number) => eager(port, SET, '+OK\r\n'.length, SET.length),
  out: (port: number) => eager(port, GET, REPLY_BYTES, REPLY_BYTES),
} as const;

/** How much all of them got in a second, of the ceiling. */
async function rateOf(clients: readonly Eager[]): Promise<number> {
  const total = () => clients.reduce((sum, one) => sum + one.bytes(), 0);
  const [before, began] = [total(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const seconds = (performance.now() - began) / 1_000;
  return (total() - before) / seconds / MEGABYTE / CEILING;
}

describe('bandwidth', () => {
  test.each(Object.keys(WAYS) as (keyof typeof WAYS)[])(
    'goes %s at the rate of the ceiling, within 5 % over a second, evenly to all clients, and without an error',
    async (way) => {
      await using sim = await simulator();
      const instance = await sim.createInstance({ bandwidth: CEILING });
      const { port } = instance;
      using redis = redisOf(instance);
      await redis.set('k', VALUE);
      const clients = await Promise.all(Array.from({ length: 4 }, () => WAYS[way](port ?? 0)));
      // What may pass at once after a rest.
      await rateOf(clients);
      const first = clients.map((one) => one.bytes());
      const rates: number[] = [];
      const isPrecise = () => Math.abs((rates.at(-1) ?? 0) - 1) <= OFF_BY_MAX;
      while (rates.length < SECONDS_MIN || (!isPrecise() && rates.length < SECONDS_MAX)) {
        rates.push(await rateOf(clients));
      }
      expect(rates.at(-1), String(rates)).toBeGreaterThan(1 - OFF_BY_MAX);
      expect(rates.at(-1), String(rates)).toBeLessThan(1 + OFF_BY_MAX);
      const each = clients.map((one, n) => one.bytes() - (first[n] ?? 0));
      expect(Math.min(...each) / Math.max(...each), String(each)).toBeGreaterThan(0.75);
      expect(clients.map((one) => one.error())).toEqual(Array(4).fill(undefined));
      for (const client of clients) await client.end();
    },
  );

  test("is wider or gone for clients that are connected when it is set by hand or switched off, and the class's again", async () => {
    await using sim = await simulator();
    const instance = await sim.createInstance({ bandwidth: CEILING });
    const { id, port } = instance;
    using redis = redisOf(instance);
    await redis.set('k', VALUE);
    const clients = [await WAYS.out(port ?? 0), await WAYS.out(port ?? 0)];
    await rateOf(clients);
    const becomes = (what: string, isSo: (rate: number) => boolean) =>
      until(what, async () => isSo(await rateOf(clients)), 60_000);
    await sim.modifyInstanceCeilings({ id, bandwidth: CEILING / 4 });
    await becomes('a quarter', (rate) => rate > 0.2 && rate < 0.3);
    await sim.modifyInstanceCeilings({ id, bandwidth: 'off' });
    await becomes('more than twice', (rate) => rate > 2);
    const { ceilings } = await sim.modifyInstanceCeilings({ id, bandwidth: 'class' });
    expect(ceilings.find(({ name }) => name === 'bandwidth')).toMatchObject({
      ...{ value: 10, unit: 'MB/s', set: 'by class' },
    });
    await becomes("the class's", (rate) => rate > 2 && rate < (10 / CEILING) * 1.1);
    for (const client of clients) await client.end();
  });
});
