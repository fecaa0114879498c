/** Backups of a real Redis, through the API and the command line, as customers use them. */
import { execFile } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { rdbFrom } from '../../src/control-plane/engines/rdb-dump.js';
import { again, filesOf } from '../support/backups.js';
import { frostgateAt } from '../support/cli.js';
import { whyNoDocker } from '../support/docker.js';
import { OwnedRedis } from '../support/owned-redis.js';
import { RawClient, until } from '../support/raw-client.js';
import { redisOf, simulator, temporaryDirectory } from '../support/simulator.js';

const run = promisify(execFile);
const whyNot = await whyNoDocker();

describe.each([
  { engine: 'process', missing: null },
  { engine: 'docker', missing: whyNot },
  { engine: 'external', missing: null },
] as const)('on the $engine engine', ({ engine, missing }) => {
  const leftOut = missing === null ? '' : `, LEFT OUT: ${missing}`;

  test.skipIf(missing !== null)(
    `what was lost comes back with the lives that its keys have left, in place and as a new instance${leftOut}`,
    async () => {
      await using directory = await temporaryDirectory();
      await using first = await OwnedRedis.start();
      await using second = await OwnedRedis.start();
      const external = engine === 'external' ? [first.url, second.url] : [];
      await using sim = await simulator({ engine, external, dataDir: directory.path });
      const instance = await sim.createInstance();
      const redis = redisOf(instance);
      try {
        await redis.set('short', 'ends first', 'EX', 3_600);
        await redis.set('long', 'stays', 'EX', 180_000);
        await redis.set('kept', 'for ever');
        await sim.advanceClock({ by: '1d' });
        const daily = (await sim.describeBackups()).backups;
        expect(daily).toMatchObject([{ mode: 'Automated', state: 'success', keys: 2, expires: 1 }]);
        await redis.flushall();
        await sim.advanceClock({ by: '12h' });
        const restored = await sim.restoreInstance({
          instance: 'r-1',
          restoreTime: '2026-01-01T12:00:00Z',
        });
        expect(restored).toMatchObject({ state: 'active', operation: null, reads: 'pass' });
        await again(instance.port, async (client) => {
          expect(await client.get('kept')).toBe('for ever');
          // 180000 s after it was set, 36 h of which went by.
          expect(await client.ttl('long')).toBeGreaterThan(50_390);
          expect(await client.ttl('long')).toBeLessThanOrEqual(50_400);
          expect(await client.exists('short')).toBe(0);
        });
        const safety = (await sim.describeBackups()).backups.at(-1);
        expect(safety).toMatchObject({ purpose: 'before a restore', keys: 0 });

        const other = await sim.createInstance({ fromBackup: daily[0]?.id ?? '' });
        expect(other).toMatchObject({ id: 'r-2', state: 'active' });
        await again(other.port, async (client) => {
          expect((await client.keys('*')).sort()).toEqual(['kept', 'long']);
          expect(await client.ttl('long')).toBeLessThanOrEqual(50_400);
        });

        // Nothing outlives its instance, on disk neither.
        expect(await filesOf(directory.path)).not.toEqual([]);
        await sim.destroyInstance({ id: 'r-1' });
        expect((await sim.describeBackups()).backups).toEqual([]);
        expect(await filesOf(directory.path)).toEqual([]);
      } finally {
        redis.disconnect();
      }
    },
  );
});

test('clients are disconnected once by a restore, and find all of the data when they come again', async () => {
  await using sim = await simulator();
  const instance = await sim.createInstance();
  const redis = redisOf(instance);
  try {
    await redis.set('colour', 'blue');
    await sim.createBackup({ instance: 'r-1' });
    await redis.set('colour', 'red');
    await using idle = await RawClient.connect(instance.port ?? 0);
    const closed = idle.takeToEnd();
    await sim.restoreInstance({ instance: 'r-1', backup: 'bk-1' });
    await closed;
    await again(instance.port, async (client) => {
      expect(await client.get('colour')).toBe('blue');
      expect(await client.set('colour', 'green')).toBe('OK');
    });
    // The story of it, with the clause that promises nothing.
    const { events } = await sim.listEvents({ clause: '3.1.11' });
    expect(events.map(({ type }) => type)).toEqual([
      ...['backup-finished', 'restore-began', 'backup-finished', 'restore-finished'],
    ]);
  } finally {
    redis.disconnect();
  }
});

test('a backup of what nobody has touched costs Redis nothing, and scripts and transactions count as touching it', async () => {
  await using sim = await simulator();
  const redis = redisOf(await sim.createInstance());
  const take = async () => (await sim.createBackup({ instance: 'r-1' })).unchanged;
  try {
    await redis.set('colour', 'blue');
    expect([await take(), await take()]).toEqual([false, true]);
    await redis.get('colour');
    await redis.eval("return redis.call('GET', 'colour')", 0);
    expect(await take()).toBe(true);
    await redis.eval("return redis.call('SET', 'colour', 'red')", 0);
    expect([await take(), await take()]).toEqual([false, true]);
    await redis.multi().incr('count').exec();
    expect([await take(), await take()]).toEqual([false, true]);
    await redis.eval("return redis.call('INCR', 'count')", 0);
    expect(await take()).toBe(false);
  } finally {
    redis.disconnect();
  }
});

test('files go out and come in over HTTP and on the command line, and a plain redis-server loads them', async () => {
  await using directory = await temporaryDirectory();
  await using sim = await simulator({ dataDir: directory.path });
  const cli = frostgateAt(sim.apiUrl);
  const redis = redisOf(await sim.createInstance());
  try {
    await redis.set('colour', 'blue');
    await redis.set('soon', 'over', 'EX', 7_200);
    await sim.advanceClock({ by: '1h' });
    expect((await cli('backup', 'take', 'r-1')).stdout).toMatch(
      /^bk-1 of r-1: \d+ bytes, 2 keys, /,
    );
    const file = join(directory.path, 'out.rdb');
    const exported = await cli('backup', 'export', 'bk-1', file, '--json');
    expect(JSON.parse(exported.stdout)).toMatchObject({ file });
    await plainRedis(directory.path, 'out.rdb', async (plain) => {
      expect(await plain.get('colour')).toBe('blue');
      expect(await plain.ttl('soon')).toBeGreaterThan(3_500);
      expect(await plain.ttl('soon')).toBeLessThanOrEqual(3_600);
      await plain.set('foreign', 'guest');
      await plain.save();
    });
    // What a plain server saved comes back in.
    const came = await cli('backup', 'import', 'r-1', file);
    expect(came.stdout).toMatch(/^bk-2 of r-1: \d+ bytes, 3 keys, /);
    const inProcess = await sim.importBackup({ instance: 'r-1', rdb: createReadStream(file) });
    expect(inProcess).toMatchObject({ id: 'bk-3', keys: 3, purpose: 'imported' });
    const bytes = await buffer(await sim.exportBackup({ backup: 'bk-3' }));
    expect(bytes.subarray(0, 5).toString()).toBe('REDIS');
    const made = await sim.createInstance({ fromBackup: 'bk-3' });
    await again(made.port, async (client) => {
      expect(await client.get('foreign')).toBe('guest');
      expect(await client.ttl('soon')).toBeGreaterThan(3_500);
    });

    // What is none is refused, and leaves nothing.
    await writeFile(join(directory.path, 'none.rdb'), 'this is no RDB');
    const refused = await cli('backup', 'import', 'r-1', join(directory.path, 'none.rdb'));
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/no backup came of it/);
    const missing = await cli('backup', 'import', 'r-1', join(directory.path, 'nothing.rdb'));
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    const unknown = await cli('backup', 'export', 'bk-9', join(directory.path, 'never.rdb'));
    expect(unknown.stderr).toMatch(/no "bk-9"/);
    expect((await readdir(directory.path)).filter((name) => name.includes('never'))).toEqual([]);
    expect(await filesOf(directory.path)).toHaveLength(3);
  } finally {
    redis.disconnect();
  }
});

test('a file that was changed on the disk is not restored, and the instance is served as before', async () => {
  await using directory = await temporaryDirectory();
  await using sim = await simulator({ dataDir: directory.path });
  const redis = redisOf(await sim.createInstance());
  try {
    await redis.set('colour', 'blue');
    await sim.createBackup({ instance: 'r-1' });
    await redis.set('colour', 'red');
    await appendFile(join(directory.path, 'backups', 'bk-1.rdb'), '!');
    const restored = sim.restoreInstance({ instance: 'r-1', backup: 'bk-1' });
    await expect(restored).rejects.toThrow(/bk-1\.rdb.* is not what was written/);
    await expect(sim.exportBackup({ backup: 'bk-1' })).rejects.toThrow(/is not what was written/);
    await expect(sim.createInstance({ fromBackup: 'bk-1' })).rejects.toThrow(/Nothing was touched/);
    // On the same connection.
    expect(await redis.get('colour')).toBe('red');
    expect((await sim.describeInstances()).instances).toHaveLength(1);
  } finally {
    redis.disconnect();
  }
});

test('an RDB with more databases than Redis has is refused before anything is touched, in place and as a new instance', async () => {
  await using wide = await OwnedRedis.start(['--databases', '64']);
  using owner = wide.connect();
  await owner.select(40);
  await owner.set('colour', 'blue');
  await using sim = await simulator();
  const redis = redisOf(await sim.createInstance());
  try {
    await redis.set('colour', 'red');
    const { hostname: host, port, username, password } = new URL(wide.url);
    const rdb = await rdbFrom({
      ...{ host, port: Number(port), username },
      password: decodeURIComponent(password),
    });
    const { id } = await sim.importBackup({ instance: 'r-1', rdb });
    for (const safetyBackup of [true, false]) {
      const restored = sim.restoreInstance({ instance: 'r-1', backup: id, safetyBackup });
      await expect(restored).rejects.toMatchObject({
        code: 'BackupNotLoadable',
        message: /there are keys in database 40, and it has 16\. Restore another backup/,
      });
    }
    await expect(sim.createInstance({ fromBackup: id })).rejects.toMatchObject({
      code: 'BackupNotLoadable',
    });
    // On the connection that there was.
    expect(await redis.get('colour')).toBe('red');
    expect((await sim.describeBackups()).backups).toHaveLength(1);
    expect((await sim.describeInstances()).instances).toMatchObject([{ operation: null }]);
  } finally {
    redis.disconnect();
  }
});

/** A redis-server without us, with that file. */
async function plainRedis(
  dir: string,
  file: string,
  work: (redis: Redis) => Promise<void>,
): Promise<void> {
  const socket = join(dir, 'plain.sock');
  const args = [
    '--port',
    '0',
    '--unixsocket',
    socket,
    '--dir',
    dir,
    '--dbfilename',
    file,
    '--save',
    '',
  ];
  await run('redis-server', [...args, '--daemonize', 'yes', '--pidfile', join(dir, 'plain.pid')]);
  await until('it listens', () => existsSync(socket));
  const redis = new Redis(socket, { retryStrategy: () => null });
  try {
    await work(redis);
  } finally {
    await redis.shutdown('NOSAVE').catch(() => undefined);
    redis.disconnect();
  }
}
