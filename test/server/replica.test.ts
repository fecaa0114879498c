/**
 * A frozen instance is like a read-only replica of Redis, in other words. With
 * the same words, the two answer the same bytes in the same order.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { command, nextMarker, type RawClient } from '../support/raw-client.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { RealRedis } from '../support/real-redis.js';
import { everySplit } from '../support/splits.js';

/** server.c, shared.roslaveerr */
const READONLY = "READONLY You can't write against a read only replica.";

let proxied: ProxiedRedis;
let replica: RealRedis;
beforeAll(async () => {
  [proxied, replica] = await Promise.all([ProxiedRedis.start(), RealRedis.start()]);
});
afterAll(async () => {
  await proxied[Symbol.asyncDispose]();
  await replica[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await proxied.clear();
  await replica.control.call('REPLICAOF', 'NO', 'ONE');
  await replica.control.flushall();
  for (const { control } of [proxied.redis, replica]) {
    await control.set('a', 'one');
    await control.rpush('l', 'a', 'b');
  }
});

/** Its master is never there; a replica answers from what it has. */
async function freezeBoth(): Promise<void> {
  await replica.control.call('REPLICAOF', '127.0.0.1', '1');
  const access = { reads: null, writes: READONLY };
  await proxied.freeze(access, { backendRefusal: READONLY });
}

async function answerTo(client: RawClient, pieces: readonly Buffer[]): Promise<string> {
  await client.sendPieces(pieces);
  const { sent, answer } = nextMarker();
  client.send(sent);
  return (await client.takeUntil(answer)).toString('latin1').slice(0, -answer.length);
}

const WRITE = command('EVAL', "return redis.call('SET', KEYS[1], 'x')", '1', 'a').toString();

test.each([
  ['writes between reads', 'GET a\r\nSET a 1\r\nGET a\r\nDEL a\r\nPING\r\n'],
  ['SORT and GETEX', 'SORT l ALPHA\r\nSORT l ALPHA STORE x\r\nGETEX a EX 1\r\n'],
  ['blocking writes', 'BLPOP l 0\r\nGET a\r\n'],
  ['a wrong arity', 'SET a\r\nGETDEL a b\r\nNOPE\r\n'],
  ['a transaction with a write', 'MULTI\r\nGET a\r\nSET a 1\r\nGET a\r\nEXEC\r\nGET a\r\n'],
  ['a transaction with a wrong arity', 'MULTI\r\nSET a\r\nEXEC\r\n'],
  ['a script that writes', `${WRITE}GET a\r\n`],
  ['a script that writes, in a transaction', `MULTI\r\n${WRITE}GET a\r\nEXEC\r\n`],
  ['a script that goes on', command('EVAL', "return {redis.pcall('DEL','a'),1}", '0').toString()],
  ['a script of declared writes', command('EVAL', '#!lua\nreturn 1', '0').toString()],
  ['a subscriber', 'SUBSCRIBE x\r\nSET a 1\r\nGET a\r\nUNSUBSCRIBE\r\nSET a 1\r\n'],
  ['no replies', 'CLIENT REPLY SKIP\r\nSET a 1\r\nSET a 1\r\n'],
  ['a protocol error of quotes in between', 'SET a 1\r\n\r\n*0\r\nSET "a b" 1\r\n'],
])('%s', async (_, conversation) => {
  await freezeBoth();
  await using direct = await replica.connect();
  const expected = await answerTo(direct, [Buffer.from(conversation)]);
  expect(expected).toContain(conversation.includes('SET a\r\n') ? 'wrong number' : READONLY);
  for (const pieces of everySplit(Buffer.from(conversation))) {
    await using client = await proxied.connect();
    expect(await answerTo(client, pieces)).toBe(expected);
  }
});

test('a transaction from before', async () => {
  await using direct = await replica.connect();
  await using client = await proxied.connect();
  const answers = (): Promise<string[][]> =>
    Promise.all([direct.takeLines(2), client.takeLines(2)]);
  for (const each of [direct, client]) each.send('MULTI\r\nSET a 1\r\n');
  expect(await answers()).toEqual([
    ['+OK', '+QUEUED'],
    ['+OK', '+QUEUED'],
  ]);
  await freezeBoth();
  for (const each of [direct, client]) each.send('EXEC\r\nGET a\r\n');
  const [expected, seen] = await answers();
  expect(expected?.[0]).toBe(`-EXECABORT Transaction discarded because of: ${READONLY}`);
  expect(seen).toEqual(expected);
});
