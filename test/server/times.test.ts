/**
 * Absolute times at an endpoint whose clients live in virtual time: the same conversation as with a plain Redis, but
 * for the times, which are moved by hand there.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TimeMap } from '../../src/server/index.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command } from '../support/raw-client.js';
import { byteByByte, cutAt } from '../support/splits.js';
import { all, expectSame, withoutId } from './conversation.js';

const ID = 'r-test';
/** Nine days and some, so that no second of one clock is a second of the other. */
const OFFSET_MS = 9 * 86_400_000 + 123;
/** Where the conversations' times begin, in whole seconds of either clock. */
const REAL_BASE_S = Math.floor(Date.now() / 1000) + 3600;
const VIRTUAL_BASE_S = REAL_BASE_S + 9 * 86_400;

const TIME: TimeMap = { expiryOffsetMs: OFFSET_MS, virtualAt: 0, realAt: 0, rate: 1 };

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());
beforeEach(() => proxied.proxy.setTimes([{ instanceId: ID, time: TIME }]));

/** `@5` is five seconds after the base, `@5ms` five milliseconds. */
function said(lines: readonly string[], baseS: number, encode = asArray): Buffer {
  const timed = lines.map((line) =>
    line
      .replace(/@(-?\d+)ms/g, (_, ms) => String(baseS * 1000 + Number(ms)))
      .replace(/@(-?\d+)/g, (_, s) => String(baseS + Number(s))),
  );
  return all(...timed.map(encode));
}

const asArray = (line: string) =>
  command(...line.split(' ').map((word) => (word === "''" ? '' : word)));
const inline = (line: string) => `${line}\r\n`;

/** Times as their distance from the base, whichever it is. */
const fromBase = (answer: string) =>
  withoutId(answer).replace(/^:(\d{10}|\d{13})\r$/gm, (_, digits: string) => {
    const isMs = digits.length === 13;
    const bases = [REAL_BASE_S, VIRTUAL_BASE_S].map(
      (base) => Number(digits) - base * (isMs ? 1000 : 1),
    );
    const nearest = bases.reduce((a, b) => (Math.abs(a) < Math.abs(b) ? a : b));
    return `@${String(nearest)}${isMs ? 'ms' : ''}\r`;
  });

async function expectSameTimes(lines: readonly string[], encode = asArray): Promise<string> {
  return await expectSame(proxied, said(lines, VIRTUAL_BASE_S, encode), {
    direct: said(lines, REAL_BASE_S, encode),
    normalise: fromBase,
  });
}

const SHOWN = ['PEXPIRETIME k', 'EXPIRETIME k'];

describe.each<[string, (line: string) => Buffer | string]>([
  ['in RESP', asArray],
  ['inline', inline],
])('a time that is told %s', (_, encode) => {
  test.each<[string, string[]]>([
    ['EXPIREAT', ['SET k v', 'EXPIREAT k @100']],
    ['EXPIREAT, lower case', ['SET k v', 'expireat k @100']],
    ['EXPIREAT of no key', ['EXPIREAT k @100']],
    ['EXPIREAT that is over', ['SET k v', 'EXPIREAT k @-7200', 'EXISTS k']],
    ['EXPIREAT long ago', ['SET k v', 'EXPIREAT k 1', 'EXISTS k']],
    ['EXPIREAT of nothing', ['SET k v', 'EXPIREAT k 0', 'EXISTS k']],
    ['EXPIREAT before 1970', ['SET k v', 'EXPIREAT k -5', 'EXISTS k']],
    ['EXPIREAT NX', ['SET k v', 'EXPIREAT k @100 NX', 'EXPIREAT k @200 NX']],
    ['EXPIREAT XX', ['SET k v', 'EXPIREAT k @100 XX']],
    ['EXPIREAT GT', ['SET k v EXAT @100', 'EXPIREAT k @101 gt', 'EXPIREAT k @90 GT']],
    ['EXPIREAT LT', ['SET k v EXAT @100', 'EXPIREAT k @99 LT', 'EXPIREAT k @200 LT']],
    ['PEXPIREAT', ['SET k v', 'PEXPIREAT k @100001ms']],
    ['PEXPIREAT NX', ['SET k v', 'PEXPIREAT k @100001ms NX']],
    ['PEXPIREAT that is over', ['SET k v', 'PEXPIREAT k @-7200000ms', 'EXISTS k']],
    ['SET EXAT', ['SET k v EXAT @100']],
    ['SET PXAT', ['SET k v PXAT @100001ms']],
    ['SET, any case, any place', ['SET k v eXaT @100 NX', 'SET k w XX GET pxAT @7ms']],
    ['SET of words', ['SET EXAT EXAT EXAT @100', 'GET EXAT', 'PEXPIRETIME EXAT']],
    ['SET KEEPTTL', ['SET k v EXAT @100', 'SET k w KEEPTTL']],
    ['SET EXAT twice', ['SET k v EXAT @100 EXAT @200']],
    ['SET that is over', ['SET k v EXAT @-7200', 'EXISTS k']],
    ['GETEX EXAT', ['SET k v', 'GETEX k EXAT @100']],
    ['GETEX PXAT', ['SET k v', 'GETEX k pxat @100001ms']],
    ['GETEX PERSIST', ['SET k v EXAT @100', 'GETEX k PERSIST']],
  ])('%s', async (_what, lines) => {
    const answer = await expectSameTimes([...lines, ...SHOWN], encode as typeof asArray);
    expect(answer).not.toBe('');
  });

  test('an EXPIREAT is what EXPIRETIME says', async () => {
    const answer = await expectSameTimes(
      ['SET k v', 'EXPIREAT k @100', ...SHOWN],
      encode as typeof asArray,
    );
    expect(answer).toBe('+OK\r\n:1\r\n@100000ms\r\n@100\r\n');
  });
});

describe('what Redis refuses, it refuses in the same words', () => {
  const MAX = '9223372036854775807';
  test.each(
    [
      ...[
        'EXPIREAT k',
        'EXPIREAT k @1 FOO',
        'EXPIREAT k @1 NX GT',
        'EXPIREAT k nope',
        "EXPIREAT k ''",
      ],
      ...[
        `EXPIREAT k ${MAX}`,
        `EXPIREAT k ${MAX}0`,
        `EXPIREAT k -${MAX}`,
        'EXPIREAT k +5',
        'EXPIREAT k 05',
      ],
      ...[
        'PEXPIREAT k',
        'PEXPIREAT k nope',
        `PEXPIREAT k ${MAX}8`,
        'PEXPIREAT k 1.5',
        'PEXPIREAT k @1 NO',
      ],
      ...[
        'SET k v EXAT',
        'SET k v EXAT nope',
        'SET k v EXAT 0',
        'SET k v EXAT -1',
        `SET k v EXAT ${MAX}`,
      ],
      ...[
        'SET k v EXAT @1 PXAT @1ms',
        'SET k v EXAT @1 EX 5',
        'SET k v EXAT @1 KEEPTTL',
        'SET k v EXAT @1 NO',
      ],
      ...[
        'SET k v EXAT nope EXAT @100',
        'SET k v EXAT @100 EXAT nope',
        'SET k v PXAT 0',
        'SET k v PXAT EXAT',
      ],
      ...[
        'GETEX k EXAT',
        'GETEX k EXAT nope',
        'GETEX k EXAT @1 PERSIST',
        'GETEX k PXAT 0',
        'GETEX k FOO @1',
      ],
      ...[
        'EXPIRETIME',
        'EXPIRETIME k k',
        'PEXPIRETIME',
        'TIME now',
        'RESTORE k 5 x ABSTTL',
        'RESTORE k 5',
      ],
      ...['XCLAIM s g c 0 1-1 TIME nope', 'XCLAIM s g c 0 TIME 5', 'XCLAIM s g c'],
    ].map((line) => [line]),
  )('%s', async (line) => {
    const answer = await expectSameTimes(['SET k v', line, ...SHOWN]);
    // One of these is fine with Redis: the last one counts.
    expect(answer.includes('\r\n-')).toBe(line !== 'SET k v EXAT nope EXAT @100');
  });

  test('an account that may not write, by the name of what it said', async () => {
    await proxied.redis.control.call(
      'ACL',
      'SETUSER',
      'reader',
      'on',
      'nopass',
      '~*',
      '+@all',
      '-@write',
      '-@admin',
    );
    await proxied.apply({ unasked: { username: 'reader', password: '' } });
    try {
      await using client = await proxied.connect();
      for (const name of ['EXPIREAT', 'PEXPIREAT']) {
        expect(await client.ask(command(name, 'k', '5'))).toContain(
          `'${name.toLowerCase()}' command`,
        );
      }
      expect(await client.ask(command('PEXPIRETIME', 'none'))).toBe(':-2\r\n');
      expect(await client.ask(command('TIME'))).toMatch(/^\*2\r\n\$\d+\r\n/);
    } finally {
      await proxied.apply({});
    }
  });

  test.each(['EXPIRETIME k', 'PEXPIRETIME k', 'TIME', 'EXPIREAT k 5'])(
    'a subscriber who says %s',
    async (line) => {
      expect(await expectSameTimes(['SUBSCRIBE x', line])).toContain("Can't execute '");
    },
  );
});

describe('a time that is asked for', () => {
  test.each<[string, string[]]>([
    ['of no key', SHOWN],
    ['of a key without an expiry', ['SET k v', ...SHOWN]],
    ['rounded to seconds', ['SET k v PXAT @1499ms', ...SHOWN, 'PEXPIREAT k @1500ms', ...SHOWN]],
    ['of a key of another type', ['RPUSH k v', 'PEXPIREAT k @1499ms', ...SHOWN]],
    ['of a name that is empty', ["SET '' v EXAT @5", "EXPIRETIME ''"]],
    ['in a transaction', ['MULTI', 'SET k v EXAT @5', ...SHOWN, 'EXEC']],
    ['in a spoilt transaction', ['MULTI', 'EXPIRETIME', 'EXPIRETIME k', 'EXEC']],
    ['after CLIENT REPLY SKIP', ['SET k v EXAT @5', 'CLIENT REPLY SKIP', ...SHOWN]],
    ['within CLIENT REPLY OFF', ['CLIENT REPLY OFF', ...SHOWN, 'CLIENT REPLY ON', ...SHOWN]],
    ['in RESP3', ['HELLO 3', 'SET k v EXAT @5', ...SHOWN]],
    ['by a subscriber in RESP3', ['HELLO 3', 'SUBSCRIBE x', 'SET k v EXAT @5', ...SHOWN]],
  ])('%s', async (_, lines) => {
    expect(await expectSameTimes(lines)).not.toBe('');
  });

  test('TIME is virtual: it stands where the rate is 0, and runs as fast as the rate says', async () => {
    await using client = await proxied.connect();
    const virtualAt = Date.UTC(2030, 0, 1);
    await proxied.proxy.setTimes([
      { instanceId: ID, time: { expiryOffsetMs: 0, virtualAt, realAt: 5, rate: 0 } },
    ]);
    expect(await client.ask('TIME\r\n')).toBe('*2\r\n$10\r\n1893456000\r\n$1\r\n0\r\n');
    const realAt = Date.now() - 1000;
    await proxied.proxy.setTimes([
      { instanceId: ID, time: { expiryOffsetMs: 0, virtualAt, realAt, rate: 1000 } },
    ]);
    const lines = (await client.ask('TIME\r\n')).split('\r\n');
    const now = Number(lines[2]) * 1000 + Number(lines[4]) / 1000;
    expect(now - virtualAt).toBeGreaterThanOrEqual(1_000_000);
    expect(now - virtualAt).toBeLessThan((Date.now() - realAt + 1000) * 1000);
  });

  test('a frozen instance answers', async () => {
    await proxied.redis.control.set('k', 'v', 'PXAT', REAL_BASE_S * 1000);
    await proxied.freeze();
    try {
      await using client = await proxied.connect();
      expect(await client.ask('PEXPIRETIME k\r\n')).toBe(
        `:${String(REAL_BASE_S * 1000 + OFFSET_MS)}\r\n`,
      );
      expect(await client.ask('TIME\r\n')).toMatch(/^\*2\r\n/);
      expect(await client.ask('EXPIREAT k 5\r\n')).toContain('-NOWRITE');
    } finally {
      await proxied.thaw();
    }
  });

  test('EVAL that is not open is no hindrance', async () => {
    await proxied.apply({ notOpen: { eval: 'ERR no', eval_ro: 'ERR no' } });
    await using client = await proxied.connect();
    expect(await client.ask('EVAL_RO 1 0\r\nPEXPIRETIME none\r\n')).toBe('-ERR no\r\n:-2\r\n');
    await proxied.apply({});
  });
});

describe('RESTORE and XCLAIM', () => {
  test.each([
    ['short', 10],
    ['of 20 KB', 20_000],
    ['of 200 KB', 200_000],
  ])('a value that is %s is restored with its time', async (_, length) => {
    const { control } = proxied.redis;
    await control.set('source', incompressible(length));
    const dump = await control.dumpBuffer('source');
    await using client = await proxied.connect();
    const until = VIRTUAL_BASE_S * 1000 + 77;
    const restore = (...more: string[]) => command('RESTORE', 'k', String(until), dump, ...more);
    for (const options of [
      ['ABSTTL'],
      ['replace', 'absttl'],
      ['REPLACE', 'IDLETIME', '5', 'ABSTTL'],
    ]) {
      await control.del('k');
      const bytes = restore(...options);
      await client.sendPieces(
        length > 1000 ? cutAt(bytes, [100, bytes.length - 20]) : byteByByte(bytes),
      );
      expect(await client.ask()).toBe('+OK\r\n');
      expect(await control.call('PEXPIRETIME', 'k')).toBe(until - OFFSET_MS);
    }
    // Relative ones are not touched.
    await client.ask(command('RESTORE', 'k', '50000', dump, 'REPLACE'));
    expect(await control.pttl('k')).toBeGreaterThan(40_000);
    expect(await control.pttl('k')).toBeLessThanOrEqual(50_000);
    await client.ask(command('RESTORE', 'k', '0', dump, 'REPLACE', 'ABSTTL'));
    expect(await control.pttl('k')).toBe(-1);
  });

  test('of a long value whose time to live cannot be told from a time before its options, nothing is restored wrongly', async () => {
    const { control } = proxied.redis;
    await control.set('source', incompressible(200_000));
    const dump = await control.dumpBuffer('source');
    await using client = await proxied.connect();
    await control.del('k');
    const far = command('RESTORE', 'k', '600000000000', dump, 'REPLACE');
    const near = command('RESTORE', 'k', '400000000000', dump, 'ABSTTL');
    expect(await client.ask(far, near)).toBe('-ERR syntax error\r\n'.repeat(2));
    expect(await control.exists('k')).toBe(0);
  });

  test('XCLAIM … TIME says when in virtual time', async () => {
    const { control } = proxied.redis;
    await control.call('XGROUP', 'CREATE', 's', 'TIME', '$', 'MKSTREAM');
    await control.xadd('s', '1-1', 'a', 'b');
    await control.xreadgroup('GROUP', 'TIME', 'c', 'STREAMS', 's', '>');
    const anHourAgo = String(Date.now() + OFFSET_MS - 3_600_000);
    for (const cut of [1, 60, 75, 90]) {
      await using client = await proxied.connect();
      const bytes = command('XCLAIM', 's', 'TIME', 'c', '0', '1-1', 'time', anHourAgo, 'JUSTID');
      await client.sendPieces([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(await client.ask()).toBe('*1\r\n$3\r\n1-1\r\n');
      const [row] = (await control.xpending('s', 'TIME', '-', '+', 1)) as [
        string,
        string,
        number,
      ][];
      expect(row?.[2]).toBeGreaterThanOrEqual(3_600_000);
      expect(row?.[2]).toBeLessThan(3_700_000);
    }
  });
});

test('a key of any length, and a value of any length', async () => {
  const { control } = proxied.redis;
  await using client = await proxied.connect();
  const long = 'k'.repeat(100_000);
  const at = String(VIRTUAL_BASE_S);
  const stored = VIRTUAL_BASE_S * 1000 - OFFSET_MS;
  expect(await client.ask(command('SET', long, 'v'.repeat(300_000), 'EXAT', at))).toBe('+OK\r\n');
  expect(await control.call('PEXPIRETIME', long)).toBe(stored);
  for (const name of ['EXPIREAT', 'GETEX']) {
    await control.persist(long);
    const args = name === 'GETEX' ? ['EXAT', at] : [at, 'NX'];
    await client.ask(command(name, long, ...args));
    expect(await control.call('PEXPIRETIME', long)).toBe(stored);
  }
  expect(await client.ask(command('EXPIRETIME', long))).toBe(`:${at}\r\n`);
  expect(await client.ask(command('EXPIREAT', long, '9223372036854775807'))).toMatch(/^-ERR/);
});

test('an endpoint without a time map passes everything as it is', async () => {
  await proxied.proxy.setTimes([{ instanceId: ID, time: null }]);
  await using client = await proxied.connect();
  const at = String(REAL_BASE_S);
  await client.ask(command('SET', 'k', 'v', 'EXAT', at));
  expect(await proxied.redis.control.call('EXPIRETIME', 'k')).toBe(REAL_BASE_S);
  expect(await client.ask('EXPIRETIME k\r\n')).toBe(`:${at}\r\n`);
});

function incompressible(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let i = 0; i < length; i += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[i] = state >> 16;
  }
  return bytes;
}
