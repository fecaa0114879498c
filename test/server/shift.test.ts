/** While time moves: nothing of a client's changes what Redis has, and nothing is lost. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProxyThread, type TimeMap } from '../../src/server/index.js';
import { endpointSpec } from '../support/endpoint-spec.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command, RawClient, until } from '../support/raw-client.js';
import { RealRedis } from '../support/real-redis.js';
import { withMistake } from '../support/thread-with-mistake.js';

const ID = 'r-test';
const VIRTUAL_S = Math.floor(Date.now() / 1000) + 100 * 86_400;
const DAY_MS = 86_400_000;

let proxied: ProxiedRedis;
beforeEach(async () => {
  proxied = await ProxiedRedis.start();
  await proxied.proxy.setTimes([{ instanceId: ID, time: ahead(1) }]);
});
afterEach(() => proxied[Symbol.asyncDispose]());

/** Virtual time is so many days ahead of Redis' clock. */
function ahead(days: number): TimeMap {
  return { expiryOffsetMs: days * DAY_MS, virtualAt: 0, realAt: 0, rate: 1 };
}

/** Where nothing fails. */
async function begin(volatile: boolean): Promise<readonly string[]> {
  const { held, failed } = await proxied.proxy.beginShift([{ instanceId: ID, volatile }]);
  expect(failed).toEqual([]);
  return held;
}
const end = (days: number) => proxied.proxy.endShift([{ instanceId: ID, time: ahead(days) }]);

/** What Redis has, and how many commands of clients it has carried out. */
async function stateOfRedis(): Promise<string> {
  const { control } = proxied.redis;
  const changes = /rdb_changes_since_last_save:\d+/.exec(await control.info('persistence'))?.[0];
  return `${String(await control.call('DEBUG', 'DIGEST'))} ${String(changes)}`;
}

const aMoment = () => new Promise((resolve) => setTimeout(resolve, 300));

test('fifty clients with 10,000 commands in flight: nothing changes during the shift, and all is done in order after it', async () => {
  const clients = await Promise.all(Array.from({ length: 50 }, () => proxied.connect()));
  const bytes = clients.map((_, i) =>
    Buffer.concat(
      Array.from({ length: 5_000 }, (__, j) => {
        const key = `${String(i)}:${String(j)}`;
        const at = String(VIRTUAL_S);
        return Buffer.concat([command('SET', key, 'v'), command('EXPIREAT', key, at)]);
      }),
    ),
  );
  clients.forEach((client, i) => client.send(bytes[i] as Buffer));
  const { control } = proxied.redis;
  await until('some of it is carried out', async () => (await control.dbsize()) > 1000);
  expect(await begin(true)).toEqual([ID]);
  const before = await stateOfRedis();
  const keys = await control.dbsize();
  await aMoment();
  expect(await stateOfRedis()).toBe(before);
  expect(keys).toBeLessThan(250_000);
  await end(2);
  for (const client of clients) {
    const answers = await client.take(10_000 * 5 - 5_000);
    expect(answers.equals(Buffer.from('+OK\r\n:1\r\n'.repeat(5_000)))).toBe(true);
  }
  for (const [i] of clients.entries()) {
    const asked = control.pipeline();
    for (let j = 0; j < 5_000; j += 1) asked.call('PEXPIRETIME', `${String(i)}:${String(j)}`);
    const days = ((await asked.exec()) ?? []).map(
      ([, stored]) => (VIRTUAL_S * 1000 - Number(stored)) / DAY_MS,
    );
    const moved = days.indexOf(2);
    const split = moved === -1 ? days.length : moved;
    expect(days.every((offset, j) => offset === (j < split ? 1 : 2))).toBe(true);
  }
  for (const client of clients) client.destroy();
});

test('where nothing has an expiry, only who may give one waits', async () => {
  await using reader = await proxied.connect();
  await using giver = await proxied.connect();
  expect(await begin(false)).toEqual([]);
  expect(await reader.ask(command('SET', 'a', '1'), command('GET', 'a'))).toBe(
    '+OK\r\n$1\r\n1\r\n',
  );
  for (const piece of ['INCR a\r\n', 'EXPIREAT a ', `${String(VIRTUAL_S)}\r\nINCR a\r\n`]) {
    await giver.sendPieces([Buffer.from(piece)]);
  }
  expect(await giver.takeLine()).toBe(':2');
  await aMoment();
  expect(await proxied.redis.control.get('a')).toBe('2');
  await end(3);
  expect(await giver.takeLines(2)).toEqual([':1', ':3']);
  expect(await proxied.redis.control.call('PEXPIRETIME', 'a')).toBe(VIRTUAL_S * 1000 - 3 * DAY_MS);
});

test.each([
  ['EXPIRE a 100', 'SET a 1'],
  ['SET a 1 EX 100'],
  ['GETEX a EX 100', 'SET a 1'],
  ['SETEX a 100 1'],
  ['EVAL return 0', 'SET a 1'],
  ['EXEC', 'MULTI'],
])(
  'where %s was passed, the next shift holds everybody, and the one after that nobody',
  async (line, first = 'PING') => {
    await using client = await proxied.connect();
    const bytes = line.startsWith('EVAL') ? command('EVAL', 'return 0', '0') : `${line}\r\n`;
    expect(await client.ask(`${first}\r\n`, bytes)).not.toContain('-ERR');
    expect(await begin(false)).toEqual([ID]);
    await end(1);
    expect(await begin(false)).toEqual([]);
  },
);

test('a value that is half there counts: what gives it its expiry comes after the shift', async () => {
  await using client = await proxied.connect();
  const bytes = command('SETEX', 'a', '100', 'v'.repeat(1000));
  expect(await client.ask('PING\r\n')).toBe('+PONG\r\n');
  await client.sendPieces([bytes.subarray(0, 500)]);
  await aMoment();
  expect(await begin(false)).toEqual([ID]);
  await end(1);
  expect(await begin(false)).toEqual([ID]);
  await end(1);
  expect(await client.ask(bytes.subarray(500))).toBe('+OK\r\n');
});

test('what waits in Redis behind a blocked command counts in every shift', async () => {
  await using client = await proxied.connect();
  expect(await client.ask('PING\r\n')).toBe('+PONG\r\n');
  client.send('BLPOP q 0\r\n', 'SETEX a 100 v\r\n');
  const { control } = proxied.redis;
  await until('it waits', async () => /blocked_clients:1/.test(await control.info('clients')));
  for (let shift = 0; shift < 3; shift += 1) {
    expect(await begin(false)).toEqual([ID]);
    await end(1);
  }
  await control.rpush('q', 'v');
  expect((await client.takeUntil('+OK\r\n')).toString()).toContain('v');
});

test('a SET that is half there is stored by the time at which it is whole', async () => {
  await using client = await proxied.connect();
  const bytes = command('SET', 'a', 'v'.repeat(100_000), 'EXAT', String(VIRTUAL_S));
  expect(await client.ask('PING\r\n')).toBe('+PONG\r\n');
  await client.sendPieces([bytes.subarray(0, -3)]);
  await aMoment();
  await begin(true);
  client.send(bytes.subarray(-3));
  await end(5);
  expect(await client.ask()).toBe('+OK\r\n');
  expect(await proxied.redis.control.call('PEXPIRETIME', 'a')).toBe(VIRTUAL_S * 1000 - 5 * DAY_MS);
});

test('whoever comes during a shift is served after it', async () => {
  await begin(true);
  await using client = await proxied.connect();
  client.send('SET a 1\r\n');
  await aMoment();
  expect(await proxied.redis.control.exists('a')).toBe(0);
  await end(1);
  expect(await client.takeLine()).toBe('+OK');
});

test('who waits in Redis, and who listens, gets what comes meanwhile', async () => {
  await using waiter = await proxied.connect();
  await using listener = await proxied.connect();
  waiter.send('BLPOP q 0\r\n');
  await listener.ask('HELLO 3\r\nSUBSCRIBE x\r\n');
  await begin(true);
  const { control } = proxied.redis;
  await until('it waits', async () => /blocked_clients:1/.test(await control.info('clients')));
  await control.rpush('q', 'v');
  await control.publish('x', 'hello');
  expect(await waiter.takeLines(5)).toEqual(['*2', '$1', 'q', '$1', 'v']);
  expect((await listener.takeUntil('hello\r\n')).toString()).toContain('message');
  await end(1);
});

test('a shift may begin twice, for more, and for what is not there; one that was not begun may end', async () => {
  const both = [
    { instanceId: ID, volatile: true },
    { instanceId: 'nobody', volatile: false },
  ];
  await end(1);
  await using client = await proxied.connect();
  expect(await begin(false)).toEqual([]);
  expect(await proxied.proxy.beginShift(both)).toEqual({ held: [ID], failed: [] });
  expect(await Promise.all([begin(true), begin(false)])).toEqual([[ID], [ID]]);
  await end(1);
  expect(await client.ask('SET a 1\r\n')).toBe('+OK\r\n');
});

test('a client and a Redis that end during a shift end, and so does an endpoint', async () => {
  const gone = await proxied.connect();
  await using stays = await proxied.connect();
  expect(await stays.ask('PING\r\n')).toBe('+PONG\r\n');
  await begin(true);
  await gone[Symbol.asyncDispose]();
  const { control } = proxied.redis;
  // Ours, the control plane's and the one that asks.
  await until(
    'its connection is gone',
    async () => Number(/connected_clients:(\d+)/.exec(await control.info('clients'))?.[1]) === 3,
  );
  await proxied.redis.kill();
  expect((await stays.takeToEnd()).toString()).toBe('');
  expect(await begin(true)).toEqual([ID]);
  await using late = await proxied.connect();
  expect((await late.takeToEnd()).toString()).toBe('-ERR redis temporary failure\r\n');
  await proxied.proxy.remove(ID);
  await expect(proxied.connect()).rejects.toThrow('ECONNREFUSED');
});

test('an endpoint can be removed while a shift waits for a Redis that does not answer', async () => {
  await using client = await proxied.connect();
  expect(await client.ask('PING\r\n')).toBe('+PONG\r\n');
  const busy = proxied.redis.control.call('DEBUG', 'SLEEP', '2');
  const begun = begin(true);
  await proxied.proxy.remove(ID);
  expect(await begun).toEqual([ID]);
  await busy;
});

test('a Redis that is busy is waited for', async () => {
  await using client = await proxied.connect();
  expect(await client.ask('PING\r\n')).toBe('+PONG\r\n');
  const busy = proxied.redis.control.call('DEBUG', 'SLEEP', '0.5');
  client.send('SET a 1\r\n');
  await aMoment();
  await begin(true);
  expect(await client.takeLine()).toBe('+OK');
  await busy;
  await end(1);
});

test('a thread knows the times, and so does the one that follows it when it dies; that one holds nobody', async () => {
  await using redis = await RealRedis.start();
  await withMistake(async (entry) => {
    const proxy = new ProxyThread(() => undefined, entry);
    try {
      const { port } = await proxy.apply(
        endpointSpec({ backend: { ...redis.address, commands: redis.commands } }),
      );
      await proxy.setTimes([{ instanceId: 'r-1', time: ahead(4) }]);
      const set = command('SET', 'a', '1', 'EXAT', String(VIRTUAL_S));
      {
        await using client = await RawClient.connect(port);
        await client.ask(set);
      }
      expect(await redis.control.call('PEXPIRETIME', 'a')).toBe(VIRTUAL_S * 1000 - 4 * DAY_MS);
      const ids = [{ instanceId: 'r-1', volatile: false }];
      expect(await proxy.beginShift(ids)).toEqual({ held: ['r-1'], failed: [] });
      await proxy.endShift([{ instanceId: 'r-1', time: ahead(5) }]);
      await proxy.beginShift([{ instanceId: 'r-1', volatile: true }]);
      await expect(proxy.settle('mistake')).rejects.toThrow('a mistake of ours');
      await proxy.settle('r-1'); // the new one has taken over before it answers this
      await using client = await RawClient.connect(port);
      expect(await client.ask(set)).toBe('+OK\r\n');
      expect(await redis.control.call('PEXPIRETIME', 'a')).toBe(VIRTUAL_S * 1000 - 5 * DAY_MS);
    } finally {
      await proxy.close();
    }
  });
});
