/** Redis' own list of abuses (tests/unit/protocol.tcl): answered as Redis does, and nothing behind them is executed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, until } from '../support/raw-client.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { all, expectSame, withoutId } from './conversation.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());

describe('a protocol error is answered and ends the connection', () => {
  test.each<[string, Buffer]>([
    ['out of range multibulk length', all('*3000000000\r\n')],
    ['wrong multibulk length', all('*x\r\n')],
    ['endless multibulk length', all(`*${'1'.repeat(40)}\r\n`)],
    ['wrong multibulk payload header', all('*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n')],
    ['wrong header of the name', all('*1\r\nfoo\nbar\r\n')],
    ['negative multibulk payload length', all('*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$-10\r\n')],
    ['negative length of the name', all('*3\r\n$-10\r\n')],
    ['out of range payload length', all('*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$2000000000\r\n')],
    ['non-number payload length', all('*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$blabla\r\n')],
    ['unbalanced number of quotes', all('set """test-key""" test-value\r\n')],
    ['a byte count that is no bulk', all('*2\r\n$4\r\nECHO\r\n*1\r\n')],
    ['a value longer than Redis takes', all('*2\r\n$4\r\nECHO\r\n$536870913\r\n')],
    ['in a transaction', all('MULTI\r\n', command('SET', 'a', '1'), '*x\r\nEXEC\r\n')],
    ['of a subscriber', all('SUBSCRIBE x\r\n', '*1\r\n$x\r\n')],
    ['in RESP3', all('HELLO 3\r\n', command('SET', 'a', '1'), '*1\r\nfoo\r\n')],
    ['of one who watches', all(command('MONITOR'), 'GET "a\r\n')],
    ['behind a transaction that Redis refuses', all('MULTI\r\nNOPE\r\nEXEC\r\n*1\r\n+\r\n')],
    ['an error behind good commands', all(command('SET', 'a', '1'), 'GET a\r\n', '*1\r\n:1\r\n')],
  ])('%s', async (_, bytes) => {
    const answer = await expectSame(proxied, bytes, { closes: true, normalise: withoutId });
    expect(answer).toContain('-ERR Protocol error: ');
  });

  test.each(['*1\r\nfoo\r\n', 'QUIT\r\n'])(
    'of one who wants no replies: Redis says nothing to %j, executes nothing more, and waits for the client to end',
    async (bytes) => {
      for (const opened of [await proxied.connectDirectly(), await proxied.connect()]) {
        await using client = opened;
        client.send('PING\r\nCLIENT REPLY OFF\r\n', bytes, command('SET', 'b', '1'));
        client.end();
        expect((await client.takeToEnd()).toString()).toBe('+PONG\r\n');
        expect(await proxied.redis.control.exists('b')).toBe(0);
      }
    },
  );

  test('behind a command that waits, it is answered when that one is', async () => {
    for (const opened of [await proxied.connectDirectly(), await proxied.connect()]) {
      await using client = opened;
      client.send(command('BLPOP', 'l', '0'), '*1\r\nfoo\r\n', command('SET', 'b', '1'));
      await until('it waits', async () => {
        return (await proxied.redis.control.info('clients')).includes('blocked_clients:1');
      });
      await proxied.redis.control.rpush('l', 'v');
      expect((await client.takeToEnd()).toString()).toBe(
        "*2\r\n$1\r\nl\r\n$1\r\nv\r\n-ERR Protocol error: expected '$', got 'f'\r\n",
      );
      expect(await proxied.redis.control.exists('b')).toBe(0);
    }
  });

  test('commands behind it are not executed', async () => {
    const answer = await expectSame(proxied, all('*1\r\nfoo\r\n', command('SET', 'a', '1')), {
      closes: true,
    });
    expect(answer).toBe("-ERR Protocol error: expected '$', got 'f'\r\n");
    expect(await proxied.redis.control.get('a')).toBeNull();
  });

  test.each(['\x00', '*\x00', '$\x00'])('Desync %j: what never ends is given up', async (start) => {
    // What Redis says depends on where it notices; it says so and closes.
    for (const opened of [await proxied.connectDirectly(), await proxied.connect()]) {
      await using client = opened;
      client.send(Buffer.from(start, 'latin1'), 'payload\n'.repeat(8 * 1024 + 1));
      expect(await client.takeLine()).toMatch(/^-ERR Protocol error: (too big|invalid multibulk)/);
      await client.takeToEnd();
    }
  });

  test('a big inline request', async () => {
    const bytes = Buffer.alloc(200_000, 'x');
    const answer = await expectSame(proxied, bytes, { closes: true });
    expect(answer).toBe('-ERR Protocol error: too big inline request\r\n');
  });
});
