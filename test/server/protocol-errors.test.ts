/** Redis' own list of abuses (tests/unit/protocol.tcl): answered as Redis does, and nothing behind them is executed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../support/raw-client.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { all, expectSame } from './conversation.js';

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
    ['an error behind good commands', all(command('SET', 'a', '1'), 'GET a\r\n', '*1\r\n:1\r\n')],
  ])('%s', async (_, bytes) => {
    const answer = await expectSame(proxied, bytes, { closes: true });
    expect(answer).toContain('-ERR Protocol error: ');
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
