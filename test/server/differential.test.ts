/** The same conversation with Redis and through the proxy: the same bytes, however they are cut. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, type RawClient } from '../support/raw-client.js';
import { login } from '../support/real-redis.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { all, expectSame, withoutId } from './conversation.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());

describe('an ordinary conversation', () => {
  test.each<[string, Buffer]>([
    ['inline PING', all('PING\r\n')],
    ['inline commands with quotes', all('SET "a b" \'c\\\'d\'\r\nGET "\\x61 b"\n')],
    ['empty lines', all('\r\n\n\r\n', command('PING'), '\n')],
    [
      'commands of no arguments',
      all('*0\r\n', command('PING'), '*-1\r\n', '*-99999999999999999\r\n'),
    ],
    ['a negative multibulk length', all('*-10\r\n', command('PING'))],
    [
      'values of all kinds',
      all(command('SET', 'a', '1'), command('INCR', 'a'), command('GET', 'no')),
    ],
    [
      'binary data',
      all(command('SET', 'a', Buffer.from([0, 13, 10, 255, 45])), command('GET', 'a')),
    ],
    ['values that look like errors', all(command('ECHO', '-ERR no\r\n-ERR no\r\n'))],
    ['the empty value', all(command('SET', '', ''), command('GET', ''))],
    ['a wrong number of arguments', all(command('GET'), command('SET', 'a'), 'GET a b\r\n')],
    ['unknown commands', all(command('NOPE', 'a', 'b'), 'nope\r\n', command('', 'a'))],
    ['unknown subcommands', all(command('CONFIG', 'NOPE'), command('CONFIG'), command('XINFO'))],
    ['errors of commands', all(command('LPUSH', 'l', 'a'), command('GET', 'l'))],
    ['errors in scripts', all(command('EVAL', "return redis.call('NOPE')", '0'))],
    ['errors within arrays', all(command('EVAL', "return {1,{err='ERR a'},{ok='b'}}", '0'))],
    ['long names', all(command('x'.repeat(65)), command('CONFIG', 'x'.repeat(65)))],
    ['a long array', all(command('RPUSH', 'l', 'a', 'b', 'c'), command('LRANGE', 'l', '0', '-1'))],
    [
      'blocking commands that need not wait',
      all(command('RPUSH', 'l', 'a'), command('BLPOP', 'l', '0')),
    ],
    ['a wait that ends by its timeout', all('BLPOP l 0.01\r\nPING\r\n')],
    ['MULTI and EXEC', all('MULTI\r\n', command('SET', 'a', '1'), command('GET', 'a'), 'EXEC\r\n')],
    ['MULTI and DISCARD', all('MULTI\r\n', command('SET', 'a', '1'), 'DISCARD\r\nEXEC\r\n')],
    [
      'an unknown command in MULTI',
      all('MULTI\r\n', command('NOPE'), command('GET', 'a'), 'EXEC\r\n'),
    ],
    ['a wrong arity in MULTI', all('MULTI\r\n', command('GET'), 'EXEC\r\n')],
    ['WATCH', all(command('WATCH', 'a'), command('SET', 'a', '1'), 'MULTI\r\nPING\r\nEXEC\r\n')],
  ])('%s', async (_, bytes) => {
    expect(await expectSame(proxied, bytes)).not.toBe('');
  });

  test('HELLO 3 and a map', async () => {
    const bytes = all('HELLO 3\r\n', command('HSET', 'h', 'f', 'v'), command('HGETALL', 'h'));
    const answer = await expectSame(proxied, bytes, { normalise: withoutId });
    expect(answer).toContain('%1\r\n$1\r\nf\r\n$1\r\nv\r\n');
  });

  test('RESP3 scalars', async () => {
    const debug = (type: string) => command('DEBUG', 'PROTOCOL', type);
    const types = ['double', 'bignum', 'null', 'set', 'map', 'attrib', 'push', 'verbatim', 'true'];
    const bytes = all('HELLO 3\r\n', ...types.map(debug));
    await expectSame(proxied, bytes, {
      normalise: (answer) => answer.slice(answer.indexOf(',3.1')),
    });
  });
});

describe('pushes and subscriptions', () => {
  test.each<[string, Buffer]>([
    ['SUBSCRIBE x y', all('SUBSCRIBE x y\r\n')],
    ['SUBSCRIBE, then PING', all('SUBSCRIBE x\r\nPING\r\n', command('PING', 'a'))],
    ['what a subscriber may not do', all('SUBSCRIBE x\r\n', command('GET', 'a'), 'NOPE\r\n')],
    ['UNSUBSCRIBE, then commands', all('SUBSCRIBE x\r\nUNSUBSCRIBE\r\n', command('GET', 'a'))],
    [
      'patterns and messages',
      all('PSUBSCRIBE n*\r\nPUNSUBSCRIBE n*\r\n', command('PUBLISH', 'n', 'a')),
    ],
    [
      'what Redis pushes on change of a key',
      tracked(command('GET', 'a'), command('SET', 'a', '1')),
    ],
  ])('%s', async (_, bytes) => {
    expect(await expectSame(proxied, bytes, { normalise: withoutId })).not.toBe('');
  });

  function tracked(...commands: Buffer[]): Buffer {
    return all('HELLO 3\r\nCLIENT TRACKING ON\r\n', ...commands, command('GET', 'a'));
  }

  test('RESP3 SUBSCRIBE, then normal commands, with messages in between', async () => {
    const publish = command('PUBLISH', 'x', '-ERR no');
    const bytes = all(
      'HELLO 3\r\nSUBSCRIBE x y\r\n',
      command('SET', 'a', '1'),
      publish,
      'GET a\r\n',
    );
    const answer = await expectSame(proxied, bytes, { normalise: withoutId });
    expect(answer).toContain('>3\r\n$7\r\nmessage');
  });

  test('MONITOR', async () => {
    const normalise = (answer: string) =>
      answer
        .replace(/\+\d+\.\d+ \[0 127\.0\.0\.1:\d+\]/g, '+TIME [0 ADDRESS]')
        .replace(/\+TIME .*"marker-.*\r\n/g, '')
        .replace(/\+TIME .*"flushall".*\r\n/g, '');
    const bytes = all('MONITOR\r\n', command('ECHO', '-ERR no'), command('ECHO', 'a\r\nb'));
    const answer = await expectSame(proxied, bytes, { normalise });
    expect(answer).toContain('+TIME [0 ADDRESS] "ECHO" "-ERR no"\r\n');
  });
});

describe('CLIENT REPLY, RESET and QUIT', () => {
  const reply = (how: string) => command('CLIENT', 'REPLY', how);

  test.each<[string, Buffer]>([
    ['OFF, then ON', all('PING\r\n', reply('OFF'), 'PING\r\nNOPE\r\n', reply('ON'), 'PING\r\n')],
    ['SKIP', all('PING\r\n', reply('SKIP'), 'ECHO a\r\nECHO b\r\n')],
    ['SKIP twice', all(reply('SKIP'), reply('SKIP'), 'ECHO a\r\nECHO b\r\n')],
    ['SKIP of a transaction', all(reply('SKIP'), 'MULTI\r\nPING\r\nEXEC\r\n')],
    ['SKIP of a value', all('SET a 1\r\n', reply('SKIP'), 'GET a\r\nINCR a\r\n')],
    ['SKIP of a subscription', all(reply('SKIP'), 'SUBSCRIBE x\r\nUNSUBSCRIBE x\r\n')],
    ['ON, which it is', all(reply('ON'), reply('ON'))],
    ['MAYBE', all(reply('MAYBE'), 'CLIENT REPLY\r\n', 'PING\r\n')],
    ['OFF in a transaction', all('MULTI\r\n', reply('OFF'), 'PING\r\nEXEC\r\n', reply('ON'))],
    ['OFF and SKIP', all(reply('OFF'), reply('SKIP'), 'PING\r\n', reply('ON'), 'ECHO a\r\n')],
    ['OFF in RESP3', all('HELLO 3\r\n', reply('OFF'), 'SUBSCRIBE x\r\n', reply('ON'))],
    ['SKIP of an error', all(reply('SKIP'), 'NOPE\r\nECHO b\r\n')],
  ])('CLIENT REPLY %s', async (_, bytes) => {
    expect(await expectSame(proxied, bytes, { normalise: withoutId })).not.toBe('');
  });

  test.each<[string, Buffer]>([
    ['after commands', all('SET a 1\r\n', 'RESET\r\n')],
    ['as a command of its own', command('reset')],
    ['in a transaction', all('MULTI\r\nSET a 1\r\nRESET\r\n')],
    ['in RESP3', all('HELLO 3\r\nRESET\r\n')],
    ['of a subscriber', all('SUBSCRIBE x\r\n', command('Reset'))],
    ['of one who tracks', all('HELLO 3\r\nCLIENT TRACKING ON\r\nGET a\r\n', 'RESET\r\n')],
    ['of one who watches', all('WATCH a\r\nRESET\r\n')],
    ['with a name', all('CLIENT SETNAME me\r\nSELECT 3\r\nRESET\r\n')],
    ['in quotes', all('"\\x52eset"\r\n')],
    ['of who wanted no replies', all(reply('OFF'), 'RESET\r\n')],
    ['twice', all('RESET\r\n', command('RESET'))],
    ['with an argument', all('RESET a\r\n')],
    ['that is not answered', all(reply('SKIP'), 'RESET\r\n')],
  ])('RESET %s, followed by commands', async (_, before) => {
    const after = all('SET a +OK\r\nGET a\r\nSET a 1\r\nNOPE\r\n');
    // A client of Redis has to log in again, a client of ours does not.
    const answer = await expectSame(proxied, all(before, after), {
      direct: all(before, login(proxied.redis.address), command('ECHO', 'logged in'), after),
      normalise: (text) => withoutId(text.replace('+OK\r\n$9\r\nlogged in\r\n', '')),
    });
    expect(answer).toMatch(/\+OK\r\n\$3\r\n\+OK\r\n\+OK\r\n-ERR unknown command 'NOPE'/);
  });

  test.each<[string, Buffer]>([
    ['QUIT', all('PING\r\nQUIT\r\n')],
    ['QUIT as a command of its own', command('QUIT')],
    ['QUIT in a transaction', all('MULTI\r\nSET a 1\r\nQUIT\r\n')],
    ['QUIT, whatever follows it', all('QUIT\r\n', command('SET', 'a', '1'), '*x\r\n')],
    ['QUIT in RESP3', all('HELLO 3\r\nSUBSCRIBE x\r\nQUIT\r\n')],
    ['QUIT of a subscriber', all('SUBSCRIBE x\r\nQUIT\r\n')],
    ['commands of HTTP', all('POST / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ])('%s ends the connection', async (_, bytes) => {
    await expectSame(proxied, bytes, { closes: true, normalise: withoutId });
  });

  test('a client that says no more still gets its answers', async () => {
    const bytes = all(command('SET', 'a', '1'), command('GET', 'a'));
    const halfClosed = async (opened: RawClient): Promise<string> => {
      await using client = opened;
      await client.sendPieces([bytes]);
      client.end();
      return (await client.takeToEnd()).toString();
    };
    const expected = await halfClosed(await proxied.connectDirectly());
    expect(expected).toBe('+OK\r\n$1\r\n1\r\n');
    expect(await halfClosed(await proxied.connect())).toBe(expected);
  });
});

describe('much at once', () => {
  test('10,000 pipelined GETs', async () => {
    await using direct = await proxied.connectDirectly();
    await using through = await proxied.connect();
    const set = Array.from({ length: 10_000 }, (_, i) =>
      command('SET', `k${String(i)}`, String(i)),
    );
    const gets = Array.from({ length: 10_000 }, (_, i) => command('GET', `k${String(i)}`));
    expect(await through.ask(...set)).toBe('+OK\r\n'.repeat(10_000));
    const expected = await direct.ask(...gets);
    expect(expected.length).toBeGreaterThan(70_000);
    expect((await through.ask(...gets)) === expected).toBe(true);
  });

  test('a value of 5 MB, both ways', async () => {
    const value = Buffer.alloc(5_000_000);
    for (let i = 0; i < value.length; i += 1) value[i] = (i * 7 + (i >> 8)) % 256;
    await using direct = await proxied.connectDirectly();
    await using through = await proxied.connect();
    expect(await through.ask(command('SET', 'big', value))).toBe('+OK\r\n');
    const expected = await direct.ask(command('GET', 'big'));
    expect(expected.slice(10, -2) === value.toString('latin1')).toBe(true);
    expect((await through.ask(command('GET', 'big'))) === expected).toBe(true);
  });

  test('an inline command of 60 KB', async () => {
    const value = 'v'.repeat(60_000);
    await expectSame(proxied, all(`SET a ${value}\r\nGET a\r\n`));
  });
});
