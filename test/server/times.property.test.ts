/** Random commands with times, in random pieces: what Redis stores is exactly the clients' time less the offset. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command } from '../support/raw-client.js';
import { cutAt } from '../support/splits.js';

const KEYS = ['a', 'EXAT', 'k'.repeat(2000)];
/** A year from now by either clock, so that nothing ends meanwhile. */
const FROM_MS = Date.now() + 365 * 86_400_000;

interface Said {
  readonly key: string;
  readonly args: readonly string[];
  /** What is to be in Redis then (ms of the clients' clock); null: what was there before. */
  readonly until: number | null;
}

const anyCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) =>
      upper.map((is, i) => (is ? word.charAt(i) : word.charAt(i).toLowerCase())).join(''),
    );

const time = fc
  .record({
    ms: fc.integer({ min: 0, max: 10 * 365 * 86_400_000 }),
    unit: fc.constantFrom<[string, string, number]>(
      ['EXAT', 'EXPIREAT', 1000],
      ['PXAT', 'PEXPIREAT', 1],
    ),
  })
  .map(({ ms, unit: [option, name, unit] }) => {
    const told = Math.floor((FROM_MS + 40 * 365 * 86_400_000 + ms) / unit);
    return { option, name, told: String(told), until: told * unit };
  });

const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom('', 'v', 'EXAT', '\r\nPXAT\r\n', 'v'.repeat(5000));

const set = fc
  .tuple(
    key,
    value,
    time,
    anyCase('EXAT'),
    anyCase('PXAT'),
    fc.subarray(['XX', 'get']),
    fc.boolean(),
  )
  .map(([k, v, { option, told, until }, exat, pxat, more, isFirst]): Said => {
    const words = [option === 'EXAT' ? exat : pxat, told];
    const options = isFirst ? [...words, ...more] : [...more, ...words];
    return { key: k, args: ['SET', k, v, ...options], until };
  });
const getex = fc.tuple(key, time).map(([k, { option, told, until }]): Said => ({
  key: k,
  args: ['GETEX', k, option, told],
  until,
}));
const expireat = fc
  .tuple(key, time, fc.boolean(), fc.constantFrom('', 'GT', 'XX'))
  .map(([k, { name, told, until }, , flag]): Said => {
    const args = [name, k, told, ...(flag === 'XX' ? ['xx'] : [])];
    return { key: k, args, until };
  });
const others = fc.constantFrom<Said>(
  { key: 'a', args: ['GET', 'a'], until: null },
  { key: 'a', args: ['EXPIREAT', 'a', 'nope'], until: null },
  { key: 'a', args: ['SET', 'a', 'v', 'EXAT', '0'], until: null },
  { key: 'a', args: ['PEXPIRETIME', 'a'], until: null },
);

test('what is stored is the time less the offset, for any commands cut anywhere', async () => {
  await using proxied = await ProxiedRedis.start();
  const { control } = proxied.redis;
  await using client = await proxied.connect();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 3, arbitrary: set }, getex, expireat, others), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.integer({ min: -20 * 365 * 86_400_000, max: 20 * 365 * 86_400_000 }),
      fc.array(fc.nat(400), { maxLength: 6 }),
      async (commands, expiryOffsetMs, cuts) => {
        const map = { expiryOffsetMs, virtualAt: 0, realAt: 0, rate: 1 };
        await proxied.proxy.setTimes([{ instanceId: 'r-test', time: map }]);
        const expected = new Map<string, number>();
        for (const k of KEYS) {
          await control.set(k, 'v', 'PXAT', FROM_MS);
          expected.set(k, FROM_MS);
        }
        for (const { key: k, until } of commands) {
          if (until !== null) expected.set(k, until - expiryOffsetMs);
        }
        const bytes = Buffer.concat(commands.map(({ args }) => command(...args)));
        await client.sendPieces(cutAt(bytes, cuts));
        await client.ask();
        for (const [k, stored] of expected) {
          expect(await control.call('PEXPIRETIME', k)).toBe(stored);
          expect(await client.ask(command('PEXPIRETIME', k))).toBe(
            `:${String(stored + expiryOffsetMs)}\r\n`,
          );
        }
      },
    ),
    { numRuns: 150 },
  );
});
