/** What is true of the external engine alone: a Redis that belongs to somebody else is treated so. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExternalEngine } from '../../src/control-plane/engines/external.js';
import type { Engine } from '../../src/control-plane/ports.js';
import { specOf } from '../support/backends.js';
import { readRdb } from '../support/rdb.js';
import { startOldRedis } from '../support/old-redis.js';
import { OwnedRedis } from '../support/owned-redis.js';

const ONE = 'redis://127.0.0.1:1';
const opened: Engine[] = [];
let directory = '';
let notes: string[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'frostgate-external-'));
  notes = [];
});

afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close();
  await rm(directory, { recursive: true, force: true });
});

async function open(
  addresses: readonly string[],
  flushOnDelete: readonly string[] = [],
): Promise<ExternalEngine> {
  const log = (line: string): void => void notes.push(line);
  const context = { simulatorId: 'external-tests', secret: 's', log };
  const options = { addresses, flushOnDelete, directory, persistent: true, context };
  const engine = await ExternalEngine.open(options);
  opened.push(engine);
  return engine;
}

describe('the data and settings of an external Redis', () => {
  test('stay when the instance is deleted, unless its address is named', async () => {
    await using server = await OwnedRedis.start();
    using owner = server.connect();
    await owner.set('key', 'value');

    const careful = await open([server.url], ['127.0.0.1:1']);
    await careful.up(specOf('r-1', { writesRefused: true }));
    await careful.remove('r-1');
    expect(await owner.get('key')).toBe('value');
    expect(await owner.set('key', 'other')).toBe('OK');

    const named = await open([server.url], [server.name]);
    await named.up(specOf('r-2', { writesRefused: true }));
    await named.remove('r-2');
    expect(await owner.dbsize()).toBe(0);
    expect(await owner.set('key', 'again')).toBe('OK');
  });

  test('keep their memory ceiling and eviction policy', async () => {
    await using server = await OwnedRedis.start(['--maxmemory', '12345678']);
    await (await open([server.url])).up(specOf('r-1'));
    using owner = server.connect();
    expect(await owner.config('GET', 'maxmemory*')).toEqual(
      expect.arrayContaining(['maxmemory', '12345678', 'maxmemory-policy', 'noeviction']),
    );
  });

  test('keep whatever parameters the instance has', async () => {
    await using server = await OwnedRedis.start(['--timeout', '77']);
    const engine = await open([server.url]);
    await engine.up(specOf('r-1', { settings: { timeout: '60', hz: '20' } }));
    using owner = server.connect();
    expect(await owner.config('GET', 'timeout', 'hz')).toEqual(
      expect.arrayContaining(['timeout', '77', 'hz', '10']),
    );
  });

  test.each(['deleted', 'closed'])(
    "are without the instance's users when it is %s",
    async (how) => {
      await using server = await OwnedRedis.start(['--user', 'owner2', 'on', 'nopass', '+@all']);
      const engine = await open([server.url]);
      const users = [{ name: 'reader', readOnly: true }];
      await engine.up(specOf('r-1', { users }));
      using owner = server.connect();
      expect(await owner.call('ACL', 'USERS')).toEqual([
        'default',
        'frostgate:external:r-1:reader',
        'owner2',
      ]);
      if (how === 'deleted') await engine.remove('r-1');
      else await engine.close();
      expect(await owner.call('ACL', 'USERS')).toEqual(['default', 'owner2']);
      if (how === 'deleted') return;
      const next = await open([server.url]);
      await next.up(specOf('r-1', { users }));
      expect(await owner.call('ACL', 'USERS')).toContain('frostgate:external:r-1:reader');
    },
  );

  test('take writes again when the simulator is closed while the instance is frozen', async () => {
    await using server = await OwnedRedis.start();
    const engine = await open([server.url]);
    await engine.up(specOf('r-1', { writesRefused: true }));
    using owner = server.connect();
    await expect(owner.set('key', 'value')).rejects.toThrow('NOREPLICAS');
    await engine.close();
    expect(await owner.set('key', 'value')).toBe('OK');
  });
});

describe('which address serves which instance', () => {
  test('is remembered, whatever the order they are given in later', async () => {
    await using one = await OwnedRedis.start();
    await using two = await OwnedRedis.start();
    const engine = await open([one.url, two.url]);
    await engine.up(specOf('r-1'));
    const second = await engine.up(specOf('r-2'));
    expect(second.port).toBe(two.port);
    await engine.close();

    const next = await open([two.url, one.url]);
    expect((await next.up(specOf('r-2'))).port).toBe(two.port);
    expect((await next.up(specOf('r-1'))).port).toBe(one.port);
  });

  test('is one to one: a further instance is refused until one is deleted', async () => {
    await using server = await OwnedRedis.start();
    const engine = await open([server.url]);
    await engine.up(specOf('r-1'));
    await expect(engine.up(specOf('r-2'))).rejects.toMatchObject({
      code: 'EngineFull',
      details: { known: `${server.name}: r-1` },
    });
    await engine.remove('r-1');
    expect((await engine.up(specOf('r-2'))).port).toBe(server.port);
  });

  test('is one to one also for instances that come at once', async () => {
    await using one = await OwnedRedis.start();
    await using two = await OwnedRedis.start();
    const engine = await open([one.url, two.url]);
    const both = await Promise.all(['r-1', 'r-2'].map((id) => engine.up(specOf(id))));
    expect(both.map(({ port }) => port).sort()).toEqual([one.port, two.port].sort());
  });

  test('is not changed behind the back of an instance whose address is not given any more', async () => {
    await using one = await OwnedRedis.start();
    await using two = await OwnedRedis.start();
    await (await open([one.url])).up(specOf('r-1'));
    const next = await open([two.url]);
    await expect(next.up(specOf('r-1'))).rejects.toMatchObject({
      code: 'RedisNotUsable',
      details: { address: one.name },
    });
    await next.remove('r-1');
    expect(await next.list()).toEqual([]);
  });
});

describe('a Redis that will not do is refused, and left as it is', () => {
  test('because min-replicas-to-write is in use', async () => {
    await using server = await OwnedRedis.start(['--min-replicas-to-write', '2']);
    await expectUnusable(server.url, 'its min-replicas-to-write is 2');
    using owner = server.connect();
    expect(await owner.config('GET', 'min-replicas-to-write')).toEqual([
      'min-replicas-to-write',
      '2',
    ]);
  });

  test('because min-replicas-max-lag switches it off', async () => {
    await using server = await OwnedRedis.start(['--min-replicas-max-lag', '0']);
    await expectUnusable(server.url, 'CONFIG SET min-replicas-max-lag 10');
  });

  test('because it is a replica', async () => {
    await using server = await OwnedRedis.start(['--replicaof', '127.0.0.1', '1']);
    await expectUnusable(server.url, 'it is a replica');
  });

  test('because its user may not run CONFIG', async () => {
    const guest = ['--user', 'guest', 'on', 'nopass', '~*', '&*', '+@all', '-config'];
    await using server = await OwnedRedis.start(guest);
    await expectUnusable(
      `redis://guest:any@${server.name}`,
      'CONFIG is not possible there (NOPERM',
    );
  });

  test('because its user may not make users', async () => {
    const guest = ['--user', 'guest', 'on', 'nopass', '~*', '&*', '+@all', '-acl'];
    await using server = await OwnedRedis.start(guest);
    await expectUnusable(`redis://guest:any@${server.name}`, 'ACL is not possible there (NOPERM');
  });

  test('because it is older than 7.0', async () => {
    await using server = await startOldRedis('6.2.14');
    const engine = await open([`redis://127.0.0.1:${String(server.port)}`]);
    await expect(engine.up(specOf('r-1'))).rejects.toMatchObject({
      code: 'RedisTooOld',
      details: { version: '6.2.14', wayOut: '--external' },
    });
    expect(await engine.list()).toEqual([]);
  });

  test.each([
    ['the password is wrong', (name: string) => `redis://:wrong@${name}`, 'WRONGPASS'],
    ['there is no password', (name: string) => `redis://${name}`, 'NOAUTH'],
  ])('because %s, which is told at once', async (_, urlOf, problem) => {
    await using server = await OwnedRedis.start();
    const engine = await open([urlOf(server.name)]);
    const started = performance.now();
    await expect(engine.up(specOf('r-1'))).rejects.toMatchObject({
      code: 'EngineFailed',
      message: expect.stringContaining(`${server.name}: ${problem}`) as string,
    });
    // Asking for the whole time that a starting Redis gets would be in vain.
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(await engine.list()).toEqual([]);
  });

  async function expectUnusable(url: string, words: string): Promise<void> {
    const engine = await open([url]);
    await expect(engine.up(specOf('r-1'))).rejects.toMatchObject({
      code: 'RedisNotUsable',
      message: expect.stringContaining(words) as string,
    });
    expect(await engine.list()).toEqual([]);
  }
});

describe('one that is away', () => {
  test('is an error that says which, and the same call works when it is back', async () => {
    await using server = await OwnedRedis.start();
    const engine = await open([server.url]);
    await engine.up(specOf('r-1'));
    await server.kill();
    await expect(engine.remove('r-1')).rejects.toMatchObject({
      code: 'EngineFailed',
      message: expect.stringContaining(server.name) as string,
    });
    expect(await engine.list()).toEqual(['r-1']);
    await server.run();
    await engine.remove('r-1');
    expect(await engine.list()).toEqual([]);
  });
});

describe('an address', () => {
  test.each([
    ['127.0.0.1:6379', 'must begin with redis://'],
    ['rediss://127.0.0.1:6379', 'no TLS'],
    ['redis://127.0.0.1:6379/3', 'must end after the port'],
    ['redis://127.0.0.1:port', 'is not an address'],
  ])('such as %s is refused', async (text, problem) => {
    await expect(open([text])).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringContaining(problem) as string,
    });
  });

  test('given twice is refused, by other words too', async () => {
    await expect(open(['redis://127.0.0.1', 'redis://x:y@127.0.0.1:6379'])).rejects.toThrow(
      'is given twice',
    );
  });

  test('that is refused does not tell its password', async () => {
    const refused = await open(['rediss://user:geheim@127.0.0.1']).catch((error: unknown) => error);
    expect(String(refused)).toContain('rediss://...@127.0.0.1');
    expect(String(refused)).not.toContain('geheim');
    const bare = await open(['user:geheim@127.0.0.1']).catch((error: unknown) => error);
    expect(String(bare)).not.toContain('geheim');
  });

  test('is shown without its password', async () => {
    const engine = await open([ONE, 'redis://user:geheim@127.0.0.1:2']);
    expect(engine.summary).toBe('Redis at 127.0.0.1:1, 127.0.0.1:2');
  });
});

describe('the data of an external Redis as an RDB', () => {
  test('comes as that Redis sends it: from a file, without a checksum, and with its delay left as it was', async () => {
    const settings = [
      '--repl-diskless-sync',
      'no',
      '--rdbchecksum',
      'no',
      '--rdbcompression',
      'no',
    ];
    await using server = await OwnedRedis.start(settings);
    using owner = server.connect();
    await owner.set('key', 'x'.repeat(300_000));
    const engine = await open([server.url]);
    await engine.up(specOf('r-1'));
    const { rdb, version } = await engine.dump('r-1');
    const { keys } = readRdb([await buffer(rdb)]);
    expect(keys.map(({ name }) => name.toString())).toEqual(['key']);
    expect(keys[0]?.value.length).toBeGreaterThan(300_000);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await owner.config('GET', 'repl-diskless-sync-delay')).toEqual([
      'repl-diskless-sync-delay',
      '5',
    ]);
  });

  test('cannot be had by a user who may not replicate, and it is said what is missing', async () => {
    await using server = await OwnedRedis.start();
    using owner = server.connect();
    const rules = ['on', '>secret', '~*', '&*', '+@all', '-psync'];
    await owner.call('ACL', 'SETUSER', 'operator', ...rules);
    const engine = await open([`redis://operator:secret@${server.name}`]);
    await engine.up(specOf('r-1'));
    await expect(engine.dump('r-1')).rejects.toThrow(
      /NOPERM.*give a user that may run REPLCONF and PSYNC/,
    );
    expect(await owner.config('GET', 'repl-diskless-sync-delay')).toEqual([
      'repl-diskless-sync-delay',
      '5',
    ]);
  });
});
