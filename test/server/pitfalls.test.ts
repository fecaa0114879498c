/**
 * What breaks a Redis proxy, one named test for each: found by running simple
 * proxies against a real Redis. While frozen, a refused write is in the conversation.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { command, turns, until } from '../support/raw-client.js';
import { NOWRITE, ProxiedRedis } from '../support/proxied-redis.js';
import { everySplit } from '../support/splits.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterEach(() => proxied.clear());
afterAll(() => proxied[Symbol.asyncDispose]());

const REFUSED = `-${NOWRITE}\r\n`;

async function answerTo(pieces: readonly Buffer[]): Promise<string> {
  await using client = await proxied.connect();
  await client.sendPieces(pieces);
  return await client.ask();
}

test('1: a refused command in a pipeline is answered in its place', async () => {
  await proxied.redis.control.set('a', 'one');
  await proxied.freeze();
  const pipeline = Buffer.concat([
    command('GET', 'a'),
    command('SET', 'a', '2'),
    command('PING'),
    command('DEL', 'a'),
    command('GET', 'a'),
  ]);
  for (const pieces of everySplit(pipeline)) {
    expect(await answerTo(pieces)).toBe(`$3\r\none\r\n${REFUSED}+PONG\r\n${REFUSED}$3\r\none\r\n`);
  }
});

test('2: inline commands are understood, and refused like any other', async () => {
  await proxied.freeze();
  for (const pieces of everySplit(Buffer.from('PING\r\n\r\nSET "a" 1\nPING\n'))) {
    expect(await answerTo(pieces)).toBe(`+PONG\r\n${REFUSED}+PONG\r\n`);
  }
});

test('3: a command with several replies, or none, does not shift those behind it', async () => {
  await proxied.freeze();
  for (const pieces of everySplit(Buffer.from('SUBSCRIBE x y\r\nSET a 1\r\nUNSUBSCRIBE x\r\n'))) {
    expect(await answerTo(pieces)).toBe(
      [
        '*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n',
        '*3\r\n$9\r\nsubscribe\r\n$1\r\ny\r\n:2\r\n',
        REFUSED,
        '*3\r\n$11\r\nunsubscribe\r\n$1\r\nx\r\n:1\r\n',
        // The answer to a PING of a subscriber is an array.
        '*2\r\n$4\r\npong\r\n',
      ].join(''),
    );
  }
});

test('4: a RESP3 push is not taken for a reply', async () => {
  await using client = await proxied.connect();
  await client.ask('HELLO 3\r\nCLIENT TRACKING ON\r\nSET a 1\r\nGET a\r\n');
  await proxied.freeze();
  await proxied.redis.control.config('SET', 'min-replicas-to-write', '0');
  await proxied.redis.control.set('a', '2');
  await proxied.redis.control.config('SET', 'min-replicas-to-write', '1');
  const push = '>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n';
  expect(await client.ask('SET a 3\r\nGET a\r\n')).toBe(`${push}${REFUSED}$1\r\n2\r\n`);
});

test('5: a refused command spoils its transaction, as in Redis', async () => {
  await proxied.freeze();
  for (const pieces of everySplit(Buffer.from('MULTI\r\nGET a\r\nSET a 1\r\nEXEC\r\n'))) {
    expect(await answerTo(pieces)).toBe(
      `+OK\r\n+QUEUED\r\n${REFUSED}-EXECABORT Transaction discarded because of previous errors.\r\n`,
    );
  }
});

test('6: CLIENT REPLY SKIP and OFF keep refusals back as they do replies', async () => {
  await proxied.freeze();
  const pipeline = [
    'CLIENT REPLY SKIP\r\nSET a 1\r\nECHO skipped\r\n',
    'CLIENT REPLY OFF\r\nSET a 1\r\nPING\r\nSET a 1\r\nCLIENT REPLY ON\r\nSET a 1\r\nECHO on\r\n',
  ];
  for (const pieces of everySplit(Buffer.from(pipeline.join('')))) {
    expect(await answerTo(pieces)).toBe(`$7\r\nskipped\r\n+OK\r\n${REFUSED}$2\r\non\r\n`);
  }
});

test('7: a large value is not put together in the proxy: its beginning arrives before its end', async () => {
  const [head, tail] = [Buffer.alloc(3_000_000, 'h'), Buffer.alloc(3_000_000, 't')];
  const whole = command('ECHO', Buffer.concat([head, tail]));
  const before = await networkInputBytes();
  await using client = await proxied.connect();
  client.send(whole.subarray(0, head.length));
  await until('Redis has the first half', async () => {
    return (await networkInputBytes()) - before >= head.length;
  });
  client.send(whole.subarray(head.length));
  const answer = await client.take(whole.length - '*2\r\n$4\r\nECHO\r\n'.length);
  expect(answer.equals(whole.subarray('*2\r\n$4\r\nECHO\r\n'.length))).toBe(true);
});

test('8: of a client that does not read, no more is held than the sockets take', async () => {
  const valueBytes = 1_000_000;
  const asked = 200;
  await proxied.redis.control.set('big', 'v'.repeat(valueBytes));
  await using client = await proxied.connect();
  await client.ask();
  client.socket.pause();
  const before = process.memoryUsage.rss();
  client.send(...Array.from({ length: asked }, () => command('GET', 'big')));
  // All that Redis owes but the kernel's buffers stays in Redis.
  let owed = -1;
  await until('Redis keeps replies back, and no more of them go out', async () => {
    await turns(50);
    const last = owed;
    owed = await outputBufferBytes();
    return owed > 0 && owed === last;
  });
  expect(owed).toBeGreaterThan((asked * valueBytes) / 2);
  expect(process.memoryUsage.rss() - before).toBeLessThan((asked * valueBytes) / 2);
  client.socket.resume();
  const each = `$${String(valueBytes)}\r\n`.length + valueBytes + 2;
  expect((await client.take(asked * each)).length).toBe(asked * each);
  expect(await client.ask('PING\r\n')).toBe('+PONG\r\n');
});

async function networkInputBytes(): Promise<number> {
  const info = await proxied.redis.control.info('stats');
  return Number(/total_net_input_bytes:(\d+)/.exec(info)?.[1]);
}

/** What Redis holds for the client that it holds most for. */
async function outputBufferBytes(): Promise<number> {
  const list = String(await proxied.redis.control.call('CLIENT', 'LIST'));
  return Math.max(...[...list.matchAll(/ omem=(\d+)/g)].map(([, bytes]) => Number(bytes)));
}

test('8: of a client whose commands Redis does not take, no more is read than the sockets take', async () => {
  await using client = await proxied.connect();
  await client.ask();
  await using busy = await proxied.connectDirectly();
  busy.send(command('DEBUG', 'SLEEP', '1'));
  const size = 60_000_000;
  client.socket.write(command('ECHO', Buffer.alloc(size)));
  let left = -1;
  await until('no more goes out', async () => {
    await turns(50);
    const last = left;
    left = client.socket.writableLength;
    return left === last;
  });
  expect(left).toBeGreaterThan(size / 2);
  expect(await busy.takeLine()).toBe('+OK');
  expect((await client.take(size)).length).toBe(size);
});
