/** Whoever ends, and in the middle of whatever: the other side is told, and nothing is left over at Redis. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, turns, until, type RawClient } from '../support/raw-client.js';
import { NOWRITE, ProxiedRedis } from '../support/proxied-redis.js';
import type { RealRedis } from '../support/real-redis.js';
import { all } from './conversation.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  // DEL stands for a command that is refused.
  proxied = await ProxiedRedis.start({ notOpen: { del: 'ERR no' } });
});
afterAll(() => proxied[Symbol.asyncDispose]());

/** In the middle of what; what was said; how Redis' list of clients shows it, where it does. */
const MIDDLES: readonly [string, string, RegExp?][] = [
  ['nothing', ''],
  ["a command's size", '*3\r'],
  ["a command's name", '*3\r\n$3\r\nSE'],
  ['a value', '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100\r\nhalf of it', / qbuf=[1-9]/],
  ["a value's line end", '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r', / qbuf=[1-9]/],
  ['an inline command', 'SET a'],
  ['a refused command', '*2\r\n$3\r\nDEL\r\n$100\r\nhalf of it'],
  ['a transaction', 'MULTI\r\nSET a 1\r\n', / multi=1 /],
  ['a transaction that it watches for', 'WATCH a\r\n', / cmd=watch /],
  ['a wait', 'BLPOP l 0\r\n', / flags=b /],
  ['a wait, with more commands behind it', 'BLPOP l 0\r\nSET a 1\r\n', / flags=b /],
  ['subscriptions', 'SUBSCRIBE x\r\nPSUBSCRIBE y\r\nSSUBSCRIBE z\r\n', / ssub=1 /],
  ['watching the others', 'MONITOR\r\n', / flags=O /],
  ['tracking', 'HELLO 3\r\nCLIENT TRACKING ON BCAST\r\n', / flags=tB /],
  ['wanting no replies', 'CLIENT REPLY OFF\r\n', / cmd=client\|reply /],
];

/** Redis' list of clients, without the control plane's connection. */
async function clientsOf({ control }: RealRedis): Promise<string[]> {
  const own = ` id=${String(await control.client('ID'))} `;
  const list = String(await control.call('CLIENT', 'LIST'))
    .trim()
    .split('\n');
  return list.map((line) => ` ${line} `).filter((line) => !line.includes(own));
}

async function connectInTheMiddle(through: ProxiedRedis, said: string, shown?: RegExp) {
  const client = await through.connect();
  await client.ask();
  const before = (await clientsOf(through.redis)).length;
  expect(before).toBeGreaterThan(0);
  client.send(said);
  await turns(10);
  await until(`Redis shows ${String(shown)}`, async () =>
    (await clientsOf(through.redis)).some((line) => shown?.test(line) ?? true),
  );
  return client;
}

describe('a client that goes', () => {
  const WAYS: readonly [string, (client: RawClient) => void][] = [
    ['ends its side', (client) => client.end()],
    ['closes', (client) => client.destroy()],
    ['is cut off', (client) => client.socket.resetAndDestroy()],
  ];

  describe.each(WAYS)('and %s', (_, go) => {
    test.each(MIDDLES)(
      'in the middle of %s leaves no connection behind',
      async (_, said, shown) => {
        await using client = await connectInTheMiddle(proxied, said, shown);
        go(client);
        await until('its connection is gone', async () => {
          return (await clientsOf(proxied.redis)).length === 0;
        });
        await until('it has ended', () => !client.isOpen);
        expect(await proxied.redis.control.exists('a')).toBe(0);
      },
    );
  });
});

describe('a Redis that goes', () => {
  test('takes the connections of all its clients with it, whatever they are doing', async () => {
    await using other = await ProxiedRedis.start({ notOpen: { del: NOWRITE } });
    const clients: RawClient[] = [];
    for (const [, said, shown] of MIDDLES) {
      clients.push(await connectInTheMiddle(other, said, shown));
    }
    await other.redis.kill();
    for (const client of clients) {
      await client.takeToEnd();
      await client[Symbol.asyncDispose]();
    }
  });

  test('from one of its clients takes that connection, and no other one', async () => {
    await using one = await proxied.connect();
    await using other = await proxied.connect();
    const id = (await one.ask('CLIENT ID\r\n')).slice(1, -2);
    one.send('BLPOP l 0\r\n');
    expect(await other.ask(`CLIENT KILL ID ${id}\r\n`)).toBe(':1\r\n');
    expect((await one.takeToEnd()).toString()).toBe('');
    expect(await other.ask('PING\r\n')).toBe('+PONG\r\n');
  });

  test('from one that asks for it is heard out', async () => {
    await using one = await proxied.connect();
    one.send('SET b 1\r\nCLIENT ID\r\n');
    expect(await one.takeLine()).toBe('+OK');
    const id = (await one.takeLine()).slice(1);
    one.send(`GET b\r\nCLIENT KILL ID ${id} SKIPME no\r\nGET b\r\n`);
    expect((await one.takeToEnd()).toString()).toBe('$1\r\n1\r\n:1\r\n');
  });
});

describe('a connection of which one direction has ended', () => {
  const both = async (talk: (client: RawClient) => Promise<string>): Promise<string> => {
    await using direct = await proxied.connectDirectly();
    const expected = await talk(direct);
    await using through = await proxied.connect();
    expect((await talk(through)) === expected).toBe(true);
    return expected;
  };

  test('a client that says no more, from the first moment on, gets all its replies', async () => {
    const gets = Array.from({ length: 1_000 }, (_, i) => command('ECHO', `value ${String(i)}`));
    const heard = await both(async (client) => {
      client.send(...gets);
      client.end();
      return (await client.takeToEnd()).toString();
    });
    expect(heard).toMatch(/value 999\r\n$/);
  });

  test('a client that says no more in the middle of a transaction is not heard', async () => {
    const heard = await both(async (client) => {
      client.send('MULTI\r\nSET a 1\r\nEXE');
      client.end();
      return (await client.takeToEnd()).toString();
    });
    expect(heard).toBe('+OK\r\n+QUEUED\r\n');
    expect(await proxied.redis.control.exists('a')).toBe(0);
  });

  test('a client that goes on after a protocol error reads the complaint, and its connection ends', async () => {
    const heard = await both(async (client) => {
      const more = Buffer.alloc(300_000, 'SET a 1\r\n');
      client.send('PING\r\n', '*1\r\nfoo\r\n', more);
      return (await client.takeToEnd()).toString();
    });
    expect(heard).toBe("+PONG\r\n-ERR Protocol error: expected '$', got 'f'\r\n");
    expect(await proxied.redis.control.exists('a')).toBe(0);
  });

  test('a client that never ends its side does not keep the connection after QUIT', async () => {
    await using client = await proxied.connect();
    client.send(all('QUIT\r\n'));
    expect((await client.takeToEnd()).toString()).toBe('+OK\r\n');
    await until('what it says is no longer taken', async () => {
      client.send('PING\r\n');
      await turns(2);
      return client.socket.destroyed;
    });
  });
});
