/** Transactions among several clients: who changed what, and who finds out, is Redis' business. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { expectSameScene, says, WAYS, type Step } from './scene.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());

const SCENES: readonly [string, string, readonly Step[]][] = [
  [
    'a watched key that another one changes calls EXEC off',
    '+QUEUED\r\n_\r\n',
    [says('a', 'WATCH k'), says('b', 'SET k 1'), says('a', 'MULTI', 'SET k 2', 'EXEC', 'GET k')],
  ],
  [
    'a watched key that nobody changes does not',
    '*2\r\n+OK\r\n$1\r\n2\r\n',
    [
      says('b', 'SET k 1'),
      says('a', 'WATCH k j', 'GET k'),
      says('b', 'GET k', 'SET other 1'),
      says('a', 'MULTI', 'SET k 2', 'GET k', 'EXEC'),
    ],
  ],
  [
    'UNWATCH and DISCARD forget what was watched',
    '*1\r\n+PONG\r\n',
    [
      says('a', 'WATCH k', 'UNWATCH'),
      says('c', 'WATCH k', 'MULTI', 'DISCARD'),
      says('b', 'SET k 1'),
      says('a', 'MULTI', 'PING', 'EXEC'),
      says('c', 'MULTI', 'PING', 'EXEC'),
    ],
  ],
  [
    'a change by a script, a flush and an expiry count too',
    '_\r\n',
    [
      says('b', 'SET k 1', 'SET j 1', 'SET i 1'),
      says('a', 'WATCH k'),
      says('c', 'WATCH j'),
      says('d', 'WATCH i'),
      says('b', 'EVAL return(redis.call([[INCR]],[[k]])) 0', 'EXPIRE i -1', 'FLUSHALL'),
      says('a', 'MULTI', 'PING', 'EXEC'),
      says('c', 'MULTI', 'PING', 'EXEC'),
      says('d', 'MULTI', 'PING', 'EXEC'),
    ],
  ],
  [
    'errors while queueing spoil a transaction, those of EXEC do not',
    '-EXECABORT Transaction discarded because of previous errors.\r\n',
    [
      says('a', 'MULTI', 'SET k v', 'NOPE', 'EXEC', 'EXEC'),
      says('a', 'MULTI', 'SET k v', 'INCR k', 'LPOP k', 'GET k', 'EXEC'),
      says('a', 'MULTI', 'MULTI', 'WATCH k', 'EXEC', 'DISCARD'),
    ],
  ],
  [
    'what one has queued, another one does not see',
    '*2\r\n+OK\r\n$1\r\n2\r\n',
    [
      says('a', 'GET k'),
      says('c', 'EVAL return(redis.call([[SET]],[[k]],[[v]])) 0', 'GETDEL k'),
      says('b', 'GET k', 'MULTI', 'SET k 2', 'EVAL return(redis.call([[GET]],[[k]])) 0', 'EXEC'),
    ],
  ],
];

describe.each(WAYS)('$name', (way) => {
  test.each(SCENES)('%s', async (_, part, steps) => {
    const expected = way.hello ? part : part.replace('_\r\n', '*-1\r\n');
    expect(await expectSameScene(proxied, steps, way)).toContain(expected);
  });
});
