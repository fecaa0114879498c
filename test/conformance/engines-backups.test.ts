/** One suite for all engines: what an RDB of an instance's data holds, and what becomes of it in another one. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import type { Backend, Engine, RdbSource } from '../../src/control-plane/ports.js';
import { connectTo, specOf } from '../support/backends.js';
import { rowsIn } from '../support/command-rows.js';
import { ENGINES_OF_ALL_VERSIONS, type EngineUnderTest } from '../support/engines.js';
import { contentOf, settingsOf } from '../support/content.js';
import { EVERYTHING } from '../support/everything.js';
import { until } from '../support/raw-client.js';
import { readRdb } from '../support/rdb.js';

const LIBRARY = `#!lua name=tests
redis.register_function('write', function(keys) return redis.call('SET', keys[1], 'written') end)`;
const HOUR_MS = 3_600_000;

for (const engine of ENGINES_OF_ALL_VERSIONS) {
  describe.skipIf(engine.missing !== null)(engine.title, () => {
    suite(engine);
  });
}

function suite({ lab: newLab, ownsData }: EngineUnderTest): void {
  test('what is dumped and loaded again is the same: keys, values, expiries, databases, functions', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    for (const database of [0, 5, 15]) {
      await redis.select(database);
      await redis.eval(EVERYTHING, 0, database === 5 ? '900' : '');
    }
    await redis.call('FUNCTION', 'LOAD', LIBRARY);
    const before = await contentOf(redis);
    const rdb = await scene.dump();
    await redis.flushall();
    await redis.set('something else', 'that was not there');
    await redis.call(
      'FUNCTION',
      'LOAD',
      'REPLACE',
      LIBRARY.replace('tests', 'others').replace("'write'", "'other'"),
    );
    const { keys } = await engine.load('r-1', rdb, 0);
    expect(await contentOf(redis)).toEqual(before);
    expect(keys).toBe(before.keys.length);
    expect(before.keys.length).toBeGreaterThan(80);
    expect(await redis.call('FCALL', 'write', '1', 'new')).toBe('OK');
    // Once more, as after a crash in the middle.
    await engine.load('r-1', rdb, 0);
    expect(await contentOf(redis)).toEqual(before);
  });

  test('is loaded into another instance, with every expiry later or earlier, and what is over left out', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('short', 'value', 'EX', 300);
    await redis.set('long', 'value', 'EX', 7200);
    await redis.hset('long hash', 'field', 'value');
    await redis.expire('long hash', 9000);
    await redis.set('for ever', 'value');
    const before = await redis.pexpiretime('long');
    const rdb = await scene.dump();
    using other = connectTo(await engine.up(specOf('r-2')));
    await engine.load('r-2', rdb, HOUR_MS);
    expect(await other.pexpiretime('long')).toBe(before + HOUR_MS);
    expect(await other.exists('short', 'for ever')).toBe(2);
    expect(await other.ttl('for ever')).toBe(-1);
    await engine.load('r-2', rdb, -HOUR_MS);
    expect(await other.pexpiretime('long')).toBe(before - HOUR_MS);
    expect((await other.keys('*')).sort()).toEqual(['for ever', 'long', 'long hash']);
    // Longer ago than 1970: over, and not for ever.
    await engine.load('r-2', rdb, -100 * 365 * 24 * HOUR_MS);
    expect(await other.keys('*')).toEqual(['for ever']);
    expect(await redis.pexpiretime('long')).toBe(before);
  });

  test('fields of hashes end so much later, too, where Redis lets them end', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine, backend } = scene;
    await redis.hset('packed', { short: '1', long: '2', 'for ever': '3' });
    await redis.hset('wide', { long: 'x'.repeat(100), 'for ever': '3' });
    const expire = (key: string, ms: number, field: string) =>
      redis.call('HPEXPIRE', key, String(ms), 'FIELDS', '1', field);
    if (!rowsIn(backend.commands).some(({ name }) => name === 'hpexpire')) {
      await expect(expire('packed', 1000, 'short')).rejects.toThrow('unknown command');
      return;
    }
    await expire('packed', HOUR_MS / 2, 'short');
    for (const key of ['packed', 'wide']) await expire(key, 2 * HOUR_MS, 'long');
    const ends = async (key: string) =>
      Number(((await redis.call('HPEXPIRETIME', key, 'FIELDS', '1', 'long')) as number[])[0]);
    const before = [await ends('packed'), await ends('wide')];
    const rdb = await scene.dump();
    for (const shiftMs of [HOUR_MS, 0, -HOUR_MS]) {
      await engine.load('r-1', rdb, shiftMs);
      expect([await ends('packed'), await ends('wide')]).toEqual(
        before.map((end) => end + shiftMs),
      );
    }
    await until('what is over is gone', async () => (await redis.hlen('packed')) === 2);
    expect(await redis.hget('packed', 'for ever')).toBe('3');
  });

  test('the data is that of one moment while clients write', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, backend } = scene;
    using writer = connectTo(backend);
    await redis.eval(
      "for at = 1, 50000 do redis.call('SET', 'filler:' .. at, string.rep('x', 100)) end",
      0,
    );
    let writes = 0;
    const reading = { isOver: false };
    const writing = (async () => {
      // Two keys that are always the same, in a transaction: an RDB of two moments would have them differ.
      for (; !reading.isOver; writes += 1) {
        await writer.multi().set('first', writes).set('last', writes).exec();
      }
    })();
    const began = writes;
    const { keys } = readRdb([await scene.dumpBytes()]);
    reading.isOver = true;
    await writing;
    const valueOf = (name: string) => keys.find((key) => key.name.toString() === name)?.value;
    expect(valueOf('first')).toEqual(valueOf('last'));
    expect(keys.length).toBeGreaterThanOrEqual(50_000);
    expect(writes).toBeGreaterThan(began);
  });

  test('a dump has begun when Redis has forked, however long it takes until there is something to send', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('before', 'value');
    // So long the child pauses behind each key (microseconds); what it wrote is not sent before.
    await redis.config('SET', 'rdb-key-save-delay', '1000000');
    const { rdb } = await engine.dump('r-1');
    let hasCome = false;
    const bytes = buffer(rdb.once('data', () => (hasCome = true)));
    expect(await redis.set('after', 'value')).toBe('OK');
    expect(hasCome).toBe(false);
    expect(readRdb([await bytes]).keys.map(({ name }) => name.toString())).toEqual(['before']);
  });

  test('an instance whose writes are refused is dumped, and refuses them all the time, in scripts too', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.eval(
      "for at = 1, 50000 do redis.call('SET', 'filler:' .. at, string.rep('x', 100)) end",
      0,
    );
    await engine.up(specOf('r-1', { writesRefused: true }));
    const answers = new Set<string>();
    const reading = { isOver: false };
    const trying = (async () => {
      while (!reading.isOver) {
        const tries = [
          redis.set('key', 'v'),
          redis.eval("return redis.call('SET', 'key', 'v')", 0),
        ];
        for (const tried of await Promise.allSettled(tries)) {
          answers.add(
            tried.status === 'fulfilled' ? 'it was written' : String(tried.reason).slice(0, 26),
          );
        }
      }
    })();
    const { keys } = readRdb([await scene.dumpBytes()]);
    await scene.dumpBytes();
    reading.isOver = true;
    await trying;
    expect([...answers].every((answer) => answer.includes('NOREPLICAS'))).toBe(true);
    expect(keys.length).toBe(50_000);
    expect(await redis.exists('key')).toBe(0);
    // And loaded: it is filled, and goes on refusing.
    await engine.load('r-1', await scene.sourceOf(await scene.dumpBytes()), 0);
    expect(await redis.dbsize()).toBe(50_000);
    await expect(redis.set('key', 'v')).rejects.toThrow('NOREPLICAS');
  });

  test('settings are what they were after a dump and a load, also after ones that fail', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('key', 'value');
    const config = await settingsOf(redis);
    const rdb = await scene.dump();
    await engine.load('r-1', rdb, 0);
    expect(await settingsOf(redis)).toEqual(config);
    const cut = await scene.sourceOf((await scene.dumpBytes()).subarray(0, -20));
    await expect(engine.load('r-1', cut, 0)).rejects.toThrow('is not whole');
    expect(await redis.get('key')).toBe('value'); // nothing was touched
    expect(await settingsOf(redis)).toEqual(config);
  });

  test('how often and how long ago keys were used is told and kept, where Redis counts it', async () => {
    await using scene = await Scene.open(newLab);
    const { redis } = scene;
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lfu', 'lfu-log-factor', '0');
    await redis.set('often', 'value');
    for (let at = 0; at < 50; at += 1) await redis.get('often');
    const frequency = Number(await redis.object('FREQ', 'often'));
    expect(frequency).toBeGreaterThan(20);
    const lfu = await scene.dump();
    await redis.config('SET', 'lfu-decay-time', '0');
    await scene.engine.load('r-1', lfu, 0);
    expect(await redis.object('FREQ', 'often')).toBe(frequency);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await redis.call('RESTORE', 'idle', '0', await redis.dumpBuffer('often'), 'IDLETIME', '5000');
    const lru = await scene.dump();
    await scene.engine.load('r-1', lru, 0);
    expect(Number(await redis.object('IDLETIME', 'idle'))).toBeGreaterThanOrEqual(5000);
  });

  test('an instance that is nearly full is loaded into one of its size, and nothing is evicted', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
    await redis.eval(
      "for at = 1, 20000 do redis.call('SET', 'filler:' .. at, string.rep('x', 500)) end",
      0,
    );
    const rdb = await scene.dump();
    const policy = [
      'maxmemory-policy',
      'allkeys-random',
      'maxmemory',
      String((await used()) + 3_000_000),
    ];
    await redis.config('SET', ...(policy as [string, string]));
    await engine.load('r-1', rdb, 0);
    expect(await redis.dbsize()).toBe(20_000);
    expect(await redis.info('stats')).toContain('evicted_keys:0');
    await redis.config('SET', 'maxmemory', '4000000');
    if (!ownsData) {
      // Its ceiling is its owner's, and what does not fit is not left out in silence.
      await expect(engine.load('r-1', rdb, 0)).rejects.toThrow(/evicted \d+ keys/);
    }
  });

  test('values far larger than what is held come back byte for byte', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    const long = randomBytes(30 * 1024 * 1024);
    await redis.set('long', long);
    await redis.eval(
      "for at = 1, 40000 do redis.call('HSET', 'wide', at, string.rep('y', 100) .. at) end",
      0,
    );
    await redis.eval(
      "for at = 1, 200 do redis.call('RPUSH', 'list', string.rep(tostring(at), 20000)) end",
      0,
    );
    const digests = await contentOf(redis);
    const rdb = await scene.dump();
    await engine.load('r-1', rdb, 0);
    expect((await redis.getBuffer('long'))?.equals(long)).toBe(true);
    expect(await contentOf(redis)).toEqual(digests);
  });

  test('the mark of the data changes with every change, and not without one', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    const mark = () => engine.dataMark('r-1');
    await redis.set('key', 'value');
    const before = await mark();
    await redis.get('key');
    await redis.exists('nothing');
    await scene.dumpBytes();
    expect(await mark()).toBe(before);
    const changes: (() => Promise<unknown>)[] = [
      () => redis.set('key', 'value'),
      () => redis.eval("redis.call('INCR', 'counter')", 0),
      () => redis.call('FUNCTION', 'LOAD', LIBRARY),
      () => redis.expire('key', 100),
      () =>
        redis
          .pexpire('counter', 1)
          .then(() => new Promise((over) => setTimeout(over, 20)))
          .then(() => redis.get('counter')),
      () => redis.call('FUNCTION', 'FLUSH'),
      () => redis.flushall(),
    ];
    for (const [at, change] of changes.entries()) {
      const was = await mark();
      await change();
      expect(await mark(), `change ${String(at)}`).not.toBe(was);
    }
  });

  test('says which version of RDB it reads: the one that it writes', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('key', 'value');
    const bytes = await scene.dumpBytes();
    expect(await engine.rdbVersion('r-1')).toBe(readRdb([bytes]).version);
  });

  test('an RDB with databases that it does not have is refused, and nothing is touched', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.select(15);
    await redis.set('key', 'value');
    const bytes = await scene.dumpBytes();
    // SELECTDB 15 becomes 40; the checksum of a file that was checked is not looked at again.
    const at = bytes.indexOf(Buffer.from([0xfe, 15]));
    bytes[at + 1] = 40;
    await expect(engine.load('r-1', await scene.sourceOf(bytes), 0)).rejects.toThrow(
      'there are keys in database 40, and it has 16',
    );
    expect(await redis.get('key')).toBe('value');
  });

  test('a dump that is given up, read or not, leaves nothing behind, and the next one is whole', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    for (let at = 0; at < 20; at += 1) {
      await redis.set(`long:${String(at)}`, randomBytes(1024 * 1024));
    }
    const unread = await engine.dump('r-1');
    unread.rdb.destroy();
    const begun = await engine.dump('r-1');
    for await (const bytes of begun.rdb) if (bytes !== null) break;
    await until('nobody is sent anything any more', async () =>
      (await redis.info('replication')).includes('connected_slaves:0'),
    );
    expect(readRdb([await scene.dumpBytes()]).keys).toHaveLength(20);
  });

  test('a load that Redis does not let begin has touched nothing, and is no fault of the data', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await redis.set('key', 'that of the backup');
    const rdb = await scene.dump();
    await redis.set('key', 'a later one');
    const user = String(await redis.call('ACL', 'WHOAMI'));
    const [, clients = ''] = (await redis.config('GET', 'maxclients')) as string[];
    const obstacles: readonly (readonly [string[], string[]])[] = [
      // Its answer may be lost: Redis closes the connection behind it.
      [
        ['CONFIG', 'SET', 'maxclients', '1'],
        ['CONFIG', 'SET', 'maxclients', clients],
      ],
      [
        ['ACL', 'SETUSER', user, '-flushall'],
        ['ACL', 'SETUSER', user, '+flushall'],
      ],
    ];
    for (const [[name = '', ...put], [, ...taken]] of obstacles) {
      await redis.call(name, ...put);
      const load = engine.load('r-1', rdb, 0);
      await expect(load, put.join(' ')).rejects.toMatchObject({ code: 'EngineFailed' });
      expect(await redis.get('key')).toBe('a later one');
      await redis.call(name, ...taken);
    }
    await engine.load('r-1', rdb, 0);
    expect(await redis.get('key')).toBe('that of the backup');
  });

  test('a load that a crash of Redis ended is repeated, and then all of it is there', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    for (let at = 0; at < 20; at += 1) {
      await redis.set(`long:${String(at)}`, randomBytes(2 * 1024 * 1024));
    }
    const before = await contentOf(redis);
    const rdb = await scene.dump();
    const lost: string[] = [];
    engine.onLost((id) => lost.push(id));
    const loading = engine.load('r-1', rdb, 0);
    await until('some of it is there', async () => {
      const keys = await redis.dbsize();
      return keys > 1 && keys < 15;
    });
    await Promise.all([expect(loading).rejects.toThrow(/r-1/), scene.crash()]);
    await until('the loss is told', () => lost.length > 0);
    using again = connectTo(await engine.up(specOf('r-1', { memoryBytes: 1024 ** 3 })));
    await engine.load('r-1', rdb, 0);
    expect(await contentOf(again)).toEqual(before);
    await expect(again.set('key', 'value')).resolves.toBe('OK');
  });

  test('of a backend that is not up, or goes away, no dump is whole', async () => {
    await using scene = await Scene.open(newLab);
    const { redis, engine } = scene;
    await expect(engine.dump('r-9')).rejects.toThrow('it is not up');
    await expect(engine.rdbVersion('r-9')).rejects.toThrow('it is not up');
    for (let at = 0; at < 40; at += 1)
      await redis.set(`key:${String(at)}`, randomBytes(1024 * 1024));
    const { rdb } = await engine.dump('r-1');
    await scene.crash();
    await expect(buffer(rdb)).rejects.toThrow(/before all of it was sent|ECONNRESET/);
  });
}

class Scene implements AsyncDisposable {
  private constructor(
    private readonly lab: Awaited<ReturnType<EngineUnderTest['lab']>>,
    private readonly directory: string,
    readonly engine: Engine,
    readonly backend: Backend,
    readonly redis: Redis & Disposable,
  ) {}

  static async open(newLab: EngineUnderTest['lab']): Promise<Scene> {
    const lab = await newLab();
    const engine = await lab.open();
    const backend = await engine.up(specOf('r-1', { memoryBytes: 1024 * 1024 * 1024 }));
    const directory = await mkdtemp(join(tmpdir(), 'frostgate-dumps-'));
    return new Scene(lab, directory, engine, backend, connectTo(backend));
  }

  async dumpBytes(): Promise<Buffer> {
    return buffer((await this.engine.dump('r-1')).rdb);
  }

  async dump(): Promise<RdbSource> {
    return this.sourceOf(await this.dumpBytes());
  }

  async sourceOf(bytes: Buffer): Promise<RdbSource> {
    const file = join(this.directory, `${String(Math.random())}.rdb`);
    await writeFile(file, bytes);
    return {
      bytes: (await stat(file)).size,
      open: (start = 0) => createReadStream(file, { start }),
    };
  }

  crash(): Promise<void> {
    return this.lab.crash('r-1', this.backend);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis[Symbol.dispose]();
    await this.lab[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}
