/** Whether a client may have changed data since somebody looked: no write is overlooked. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command, until } from '../support/raw-client.js';

const ID = 'r-test';

let proxied: ProxiedRedis;
beforeEach(async () => {
  proxied = await ProxiedRedis.start();
});
afterEach(() => proxied[Symbol.asyncDispose]());

/** As a backup does it: while all commands are held. */
async function mark(): Promise<void> {
  await proxied.proxy.beginShift([{ instanceId: ID, volatile: true }]);
  await proxied.proxy.markUnwritten(ID);
  await proxied.proxy.endShift([{ instanceId: ID, time: null }]);
}

const isWritten = async () => (await proxied.proxy.written()).includes(ID);

test('an endpoint that nobody has looked at may have been written to', async () => {
  expect(await isWritten()).toBe(true);
  await mark();
  expect(await isWritten()).toBe(false);
});

test.each([
  ['GET', ['GET', 'key'], false],
  ['PING', ['PING'], false],
  ['SCAN', ['SCAN', '0'], false],
  ['SUBSCRIBE', ['SUBSCRIBE', 'channel'], false],
  ['EVAL_RO', ['EVAL_RO', "return redis.call('GET', 'key')", '0'], false],
  ['SET', ['SET', 'key', 'value'], true],
  ['INCR that fails', ['INCR', 'key'], true],
  ['EVAL', ['EVAL', 'return 1', '0'], true],
  ['EXEC', ['EXEC'], true],
  ['FLUSHALL', ['FLUSHALL'], true],
  ['a command that there is not', ['MAYBE.LATER', 'key'], true],
])('after %s', async (_, words, written) => {
  await mark();
  await using client = await proxied.connect();
  client.send(command(...words));
  await client.take(3);
  expect(await isWritten()).toBe(written);
});

test('a write that waits behind a command that blocks counts until its connection ends', async () => {
  {
    await using client = await proxied.connect();
    client.send(Buffer.concat([command('BLPOP', 'queue', '0'), command('SET', 'key', 'value')]));
    await until('it waits', async () =>
      /blocked_clients:1/.test(await proxied.redis.control.info('clients')),
    );
    await mark();
    expect(await isWritten()).toBe(true);
  }
});

test('a command that has come in part only counts as soon as it may get there', async () => {
  await using client = await proxied.connect();
  client.send(Buffer.from('*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$100000\r\n'));
  client.send(Buffer.alloc(50_000, 'x'));
  await proxied.redis.control.call('PING');
  await mark();
  client.send(Buffer.alloc(50_000, 'x'));
  client.send(Buffer.from('\r\n'));
  await client.take(5);
  expect(await isWritten()).toBe(true);
});
