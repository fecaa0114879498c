/** Commands that wait and are woken by another client: what everybody sees is what they see of Redis. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { expectSameScene, says, waits, WAYS, type Step } from './scene.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());

const SCENES: readonly [string, string, readonly Step[]][] = [
  [
    'BLPOP is woken by a push',
    '$1\r\nv\r\n',
    [waits('a', 'BLPOP k l 0'), says('b', 'RPUSH l v w'), says('a', 'LRANGE l 0 -1')],
  ],
  [
    'the first to wait is the first to be served',
    '*2\r\n$1\r\nl\r\n$1\r\n3\r\n',
    [waits('a', 'BLPOP l 0'), waits('b', 'BRPOP l 0'), says('c', 'RPUSH l 1 2 3', 'LLEN l')],
  ],
  [
    'what was sent behind a command that waits is answered behind it',
    '$1\r\nv\r\n:1\r\n+PONG\r\n',
    [waits('a', 'BLPOP l 0', 'INCR n', 'PING'), says('b', 'GET n', 'RPUSH l v')],
  ],
  [
    'BLMOVE hands on to another one that waits',
    ':0\r\n',
    [
      waits('a', 'BLMOVE from to LEFT RIGHT 0'),
      waits('b', 'BLMPOP 0 1 to LEFT COUNT 2'),
      says('c', 'RPUSH from v', 'LLEN to'),
    ],
  ],
  [
    'BRPOPLPUSH finds that the other key is no list',
    '-WRONGTYPE ',
    [says('b', 'SET to v'), waits('a', 'BRPOPLPUSH from to 0'), says('b', 'RPUSH from v')],
  ],
  [
    'BZPOPMIN and BZMPOP take members of a sorted set',
    '$3\r\none\r\n',
    [waits('a', 'BZPOPMIN z 0'), waits('b', 'BZMPOP 0 1 z MAX'), says('c', 'ZADD z 1 one 2 two')],
  ],
  [
    'XREAD waits for an entry of a stream',
    '$3\r\n1-1\r\n',
    [waits('a', 'XREAD BLOCK 0 STREAMS s t $ $'), says('b', 'XADD t 1-1 f -ERR')],
  ],
  [
    'consumers of a group share the entries, until the stream is gone',
    '$3\r\n1-1\r\n',
    [
      says('c', 'XGROUP CREATE s g $ MKSTREAM'),
      waits('a', 'XREADGROUP GROUP g a BLOCK 0 STREAMS s >'),
      waits('b', 'XREADGROUP GROUP g b BLOCK 0 STREAMS s >'),
      says('c', 'XADD s 1-1 f v'),
      says('a', 'XACK s g 1-1'),
      says('c', 'DEL s'),
    ],
  ],
  [
    'CLIENT UNBLOCK wakes as by a timeout, or with an error',
    '-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n',
    [
      waits('a', 'BLPOP l 0'),
      waits('b', 'BLPOP l 0'),
      says('c', 'CLIENT UNBLOCK {id:a}', 'CLIENT UNBLOCK {id:b} ERROR', 'CLIENT UNBLOCK {id:a}'),
    ],
  ],
  [
    'in a transaction nobody waits, and a push in one wakes at its end',
    '*2\r\n$1\r\nl\r\n$1\r\nv\r\n',
    [
      says('b', 'MULTI', 'BLPOP l 0', 'EXEC'),
      waits('a', 'BLPOP l 0'),
      says('b', 'MULTI', 'RPUSH l u v', 'LPOP l', 'EXEC'),
    ],
  ],
  [
    'a push by a script wakes too',
    '$1\r\nv\r\n',
    [waits('a', 'BLPOP l 0'), says('b', 'EVAL return(redis.call([[RPUSH]],[[l]],[[v]])) 0')],
  ],
];

describe.each(WAYS)('$name', (way) => {
  test.each(SCENES)('%s', async (_, part, steps) => {
    expect(await expectSameScene(proxied, steps, way)).toContain(part);
  });
});
