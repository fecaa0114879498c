/** Messages between clients, and what MONITOR shows of the others: the same as from Redis. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { expectSameScene, leaves, says, WAYS, type Step } from './scene.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());

const SCENES: readonly [string, string, readonly Step[]][] = [
  [
    'a message arrives at all who subscribed',
    '$7\r\nmessage\r\n$1\r\nx\r\n$4\r\n-ERR\r\n',
    [
      says('a', 'SUBSCRIBE x y'),
      says('b', 'SUBSCRIBE x'),
      says('c', 'PUBLISH x -ERR', 'PUBLISH y +OK', 'PUBLISH z $1', 'PUBSUB NUMSUB x y'),
    ],
  ],
  [
    'by pattern and by name, it arrives twice',
    '$8\r\npmessage\r\n$2\r\nn*\r\n$2\r\nn1\r\n$1\r\nv\r\n',
    [
      says('a', 'PSUBSCRIBE n* m*', 'SUBSCRIBE n1'),
      says('b', 'PUBLISH n1 v', 'PUBSUB NUMPAT', 'PUBSUB CHANNELS n*'),
    ],
  ],
  [
    'a sharded message arrives at those who subscribed to its shard channel only',
    '$8\r\nsmessage\r\n$1\r\nx\r\n$1\r\nv\r\n',
    [
      says('a', 'SSUBSCRIBE x y'),
      says('b', 'SUBSCRIBE x'),
      says('c', 'SPUBLISH x v', 'PUBLISH x w', 'PUBSUB SHARDNUMSUB x y', 'PUBSUB SHARDCHANNELS x'),
      says('a', 'SUNSUBSCRIBE x'),
      says('c', 'SPUBLISH x v', 'SPUBLISH y v'),
      says('a', 'SUNSUBSCRIBE'),
    ],
  ],
  [
    'who has left hears no more, and may do everything again',
    '$1\r\nv\r\n',
    [
      says('a', 'SUBSCRIBE x y', 'PSUBSCRIBE z', 'UNSUBSCRIBE x', 'UNSUBSCRIBE nothing'),
      says('b', 'PUBLISH x 1', 'PUBLISH y 2', 'SET k v'),
      says('a', 'UNSUBSCRIBE', 'PUNSUBSCRIBE', 'GET k', 'SUBSCRIBE y'),
      says('b', 'SUBSCRIBE y', 'UNSUBSCRIBE'),
      leaves('a'),
      says('b', 'PUBLISH y 3', 'PUBSUB CHANNELS'),
    ],
  ],
  [
    'what a subscriber may do between messages',
    '$7\r\nmessage\r\n',
    [
      says('a', 'SUBSCRIBE x', 'GET k', 'PING', 'NOPE'),
      says('b', 'PUBLISH x v'),
      says('a', 'PING v', 'PUBLISH x w', 'SUBSCRIBE y', 'GET'),
    ],
  ],
  [
    'a message of a transaction and one of a script',
    '$7\r\nmessage\r\n',
    [
      says('a', 'SUBSCRIBE x'),
      says('b', 'MULTI', 'PUBLISH x v', 'SUBSCRIBE y', 'EXEC'),
      says('c', 'EVAL return(redis.call([[PUBLISH]],[[x]],[[w]])) 0'),
    ],
  ],
  [
    'news of keys',
    '$7\r\nexpired\r\n',
    [
      says('c', 'CONFIG SET notify-keyspace-events KEA'),
      says('a', 'PSUBSCRIBE __key*__:*'),
      says('b', 'SET k v', 'RPUSH l v', 'EXPIRE k -1', 'DEL l', 'SET j v PXAT 1', 'GET j'),
      says('c', 'CONFIG SET notify-keyspace-events A'),
    ],
  ],
  [
    'MONITOR shows what the others do, and scripts line by line',
    '+TIME [0 ADDRESS] "SET" "k" "-ERR"\r\n',
    [
      says('a', 'MONITOR'),
      says('b', 'SET k -ERR', 'NOPE', 'GET', 'MULTI', 'GET k', 'EXEC', 'CONFIG GET port'),
      says('c', 'EVAL return(redis.call([[GET]],[[k]])) 0', 'SELECT 1', 'SELECT 0'),
      says('a', 'GET k', 'MONITOR'),
    ],
  ],
];

describe.each(WAYS)('$name', (way) => {
  test.each(SCENES)('%s', async (_, part, steps) => {
    expect(await expectSameScene(proxied, steps, way)).toContain(part);
  });
});
