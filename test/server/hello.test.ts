/** HELLO: which protocol a connection speaks from there on, its name, and what Redis says to the rest. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../support/raw-client.js';
import { hashOf } from '../support/endpoint-spec.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { all, expectSame, withoutId } from './conversation.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());

const AFTER = all('CLIENT GETNAME\r\nHSET h f v\r\nHGETALL h\r\nGET nothing\r\nNOPE\r\n');
const IN_RESP2 = '*2\r\n$1\r\nf\r\n$1\r\nv\r\n$-1\r\n';
const IN_RESP3 = '%1\r\n$1\r\nf\r\n$1\r\nv\r\n_\r\n';

describe('what follows HELLO is answered in the protocol that it chose', () => {
  test.each<[string, Buffer | string, string]>([
    ['HELLO', 'HELLO\r\n', IN_RESP2],
    ['HELLO 2', command('HELLO', '2'), IN_RESP2],
    ['HELLO 3', command('HELLO', '3'), IN_RESP3],
    ['HELLO 3 in capitals and not', 'hElLo 3\r\n', IN_RESP3],
    ['HELLO 2 SETNAME', command('HELLO', '2', 'SETNAME', 'me'), `$2\r\nme\r\n:1\r\n${IN_RESP2}`],
    ['HELLO 3 SETNAME', command('HELLO', '3', 'SETNAME', 'me'), `$2\r\nme\r\n:1\r\n${IN_RESP3}`],
    ['HELLO 3 in a transaction', 'MULTI\r\nHELLO 3\r\nEXEC\r\n', IN_RESP3],
    ['HELLO 3, then HELLO', 'HELLO 3\r\nHELLO\r\n', IN_RESP3],
    ['HELLO 3, then HELLO 2', 'HELLO 3\r\nHELLO 2\r\n', IN_RESP2],
    ['HELLO 3, then RESP2 by way of an error', 'HELLO 3\r\nHELLO 4\r\nHELLO 2\r\n', IN_RESP2],
  ])('%s', async (_, hello, part) => {
    const answer = await expectSame(proxied, all(hello, AFTER), { normalise: withoutId });
    expect(answer).toContain(part);
  });
});

describe('what Redis refuses of it', () => {
  test.each<[string, Buffer | string]>([
    ['a protocol that there is not', 'HELLO 4\r\nHELLO 1\r\n'],
    ['no number', 'HELLO three\r\nHELLO AUTH a b\r\n'],
    ['a name with a space', command('HELLO', '3', 'SETNAME', 'a b')],
    ['a name that is missing', 'HELLO 3 SETNAME\r\n'],
    ['an option that there is not', 'HELLO 3 NOPE\r\nHELLO 3 SETNAME me NOPE\r\n'],
    ['of a subscriber in RESP2', 'SUBSCRIBE x\r\nHELLO 3\r\nUNSUBSCRIBE\r\n'],
  ])('%s', async (_, hello) => {
    const answer = await expectSame(proxied, all(hello, AFTER), { normalise: withoutId });
    expect(answer).toMatch(/-(ERR|NOPROTO) /);
    expect(answer).toContain(IN_RESP2);
  });
});

test('HELLO with AUTH logs in again, and may set a name with it', async () => {
  const backend = proxied.redis.address;
  const login = { names: ['default'], password: hashOf('Of-the-client-1'), backend };
  await proxied.apply({ logins: [login] });
  const hello = (password: string) =>
    all(command('HELLO', '3', 'AUTH', 'default', password, 'SETNAME', 'me'), AFTER);
  const answer = await expectSame(proxied, hello('Of-the-client-1'), {
    direct: hello(backend.password),
    normalise: withoutId,
  });
  expect(answer).toContain(`$2\r\nme\r\n:1\r\n${IN_RESP3}`);
});
