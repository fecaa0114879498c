/** Client tracking: what Redis pushes when a key changes reaches the client as Redis says it, and whom it names. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { expectSameScene, leaves, says, WAYS, type Step } from './scene.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());

const CHANGED = '$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n';
const THE_KEY = 'invalidate\r\n*1\r\n$1\r\nk\r\n';

const PUSHED: readonly [string, string, readonly Step[]][] = [
  [
    'a key that was read is told once',
    CHANGED,
    [
      says('a', 'CLIENT TRACKING ON', 'GET k', 'MGET i j'),
      says('b', 'SET k 1', 'SET k 2', 'MSET i 1 j 1 other 1'),
      says('a', 'GET k', 'CLIENT GETREDIR', 'CLIENT TRACKINGINFO'),
    ],
  ],
  [
    'BCAST tells of all keys with a prefix',
    CHANGED,
    [
      says('a', 'CLIENT TRACKING ON BCAST PREFIX k PREFIX u:'),
      // What changes in one turn of Redis' event loop, it tells of at once.
      says('b', 'SET other 1', 'SET k 1'),
      says('b', 'HSET u:1 f v'),
      says('b', 'DEL k'),
    ],
  ],
  [
    'OPTIN tells of what was read behind CLIENT CACHING YES only',
    CHANGED,
    [
      says('a', 'CLIENT TRACKING ON OPTIN', 'GET i', 'CLIENT CACHING YES', 'GET k', 'GET j'),
      says('b', 'SET i 1', 'SET k 1', 'SET j 1'),
    ],
  ],
  [
    'OPTIN of a transaction',
    CHANGED,
    [
      says('a', 'CLIENT TRACKING ON OPTIN', 'CLIENT CACHING YES', 'MULTI', 'GET k', 'EXEC'),
      says('b', 'SET k 1'),
    ],
  ],
  [
    'OPTOUT tells of all but what was read behind CLIENT CACHING NO',
    CHANGED,
    [
      says('a', 'CLIENT TRACKING ON OPTOUT', 'CLIENT CACHING NO', 'GET i', 'GET k'),
      says('b', 'SET i 1', 'SET k 1'),
    ],
  ],
  [
    'NOLOOP does not tell of changes of our own',
    CHANGED,
    [
      says('a', 'CLIENT TRACKING ON NOLOOP', 'GET i', 'GET k', 'SET i 1'),
      says('b', 'SET k 1'),
      says('a', 'CLIENT TRACKING OFF', 'CLIENT TRACKING ON', 'GET j', 'SET j 1', 'PING'),
    ],
  ],
  [
    'it is told in the middle of a pipeline and at the end of a transaction',
    CHANGED,
    [
      says('a', 'CLIENT TRACKING ON', 'GET k', 'SET k 1', 'GET k', 'MULTI', 'SET k 2', 'EXEC'),
      says('a', 'GET k', 'EVAL return(redis.call([[SET]],[[k]],[[3]])) 0'),
    ],
  ],
  [
    'FLUSHALL tells of everything at once, and expired keys are told',
    '$10\r\ninvalidate\r\n_\r\n',
    [
      says('a', 'CLIENT TRACKING ON', 'GET k', 'FLUSHALL', 'GET k'),
      says('b', 'SET k v', 'EXPIRE k -1'),
      says('b', 'FLUSHDB'),
    ],
  ],
  [
    'with subscriptions on the same connection',
    '$7\r\nmessage\r\n',
    [
      says('a', 'CLIENT TRACKING ON', 'SUBSCRIBE x', 'GET k'),
      says('b', 'SET k 1', 'PUBLISH x v'),
      says('a', 'GET k', 'UNSUBSCRIBE x'),
    ],
  ],
  [
    'that the connection which was to be told has left',
    '$21\r\ntracking-redir-broken\r\n',
    [
      says('told', 'SUBSCRIBE __redis__:invalidate'),
      says('a', 'CLIENT TRACKING ON REDIRECT {id:told}', 'GET k'),
      leaves('told'),
      says('b', 'SET k 1'),
      says('a', 'GET k'),
    ],
  ],
  [
    'what is asked for wrongly is refused',
    '-ERR ',
    [
      says('a', 'CLIENT TRACKING ON REDIRECT 99999999', 'CLIENT TRACKING ON PREFIX k'),
      says('a', 'CLIENT TRACKING ON BCAST OPTIN', 'CLIENT CACHING YES', 'CLIENT TRACKING MAYBE'),
    ],
  ],
];

const REDIRECTED: readonly [string, string, readonly Step[]][] = [
  [
    'another connection is told',
    THE_KEY,
    [
      says('told', 'SUBSCRIBE __redis__:invalidate'),
      says('a', 'CLIENT TRACKING ON REDIRECT {id:told}', 'GET k', 'GET l'),
      says('b', 'SET k 1', 'SET other 1', 'RPUSH l v'),
    ],
  ],
  [
    'by prefixes, and not of changes of our own',
    THE_KEY,
    [
      says('told', 'SUBSCRIBE __redis__:invalidate'),
      says('a', 'CLIENT TRACKING ON REDIRECT {id:told} BCAST PREFIX k NOLOOP', 'SET k1 v'),
      says('b', 'SET k v'),
    ],
  ],
  [
    'of everything at once',
    'invalidate\r\n',
    [
      says('told', 'SUBSCRIBE __redis__:invalidate'),
      says('a', 'CLIENT TRACKING ON REDIRECT {id:told}', 'GET k'),
      says('b', 'FLUSHALL'),
    ],
  ],
  [
    'who is told no more when the other connection has left',
    '$1\r\n1\r\n',
    [
      says('told', 'SUBSCRIBE __redis__:invalidate'),
      says('a', 'CLIENT TRACKING ON REDIRECT {id:told}', 'GET k'),
      says('told', 'UNSUBSCRIBE'),
      says('b', 'SET k 1'),
      says('a', 'GET k', 'CLIENT TRACKING OFF', 'CLIENT TRACKINGINFO'),
    ],
  ],
];

const ofProtocol = (name: string) => WAYS.filter((way) => way.name === name);

describe.each(ofProtocol('RESP3'))('with pushes ($name)', (way) => {
  test.each(PUSHED)('%s', async (_, part, steps) => {
    expect(await expectSameScene(proxied, steps, way)).toContain(part);
  });
});

describe.each(WAYS)('with another connection to tell ($name)', (way) => {
  test.each(REDIRECTED)('%s', async (_, part, steps) => {
    expect(await expectSameScene(proxied, steps, way)).toContain(part);
  });
});
