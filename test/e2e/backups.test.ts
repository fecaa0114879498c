/** Backups of a real Redis, through the API and the command line, as customers use them. */
import { execFile } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import type { Simulator } from '../../src/index.js';
import { freeLoopbackPort } from '../../src/control-plane/engines/free-port.js';
import { frostgateAt } from '../support/cli.js';
import { whyNoDocker } from '../support/docker.js';
import { RawClient, until } from '../support/raw-client.js';
import { redisOf, simulator, temporaryDirectory } from '../support/simulator.js';
import { SimulatorProcess } from '../support/simulator-process.js';

const run = promisify(execFile);
const whyNot = await whyNoDocker();

describe.each([
  { engine: 'process', missing: null },
  { engine: 'docker', missing: whyNot },
] as const)('on the $engine engine', ({ engine, missing }) => {
  const leftOut = missing === null ? '' : `, LEFT OUT: ${missing}`;

  test.skipIf(missing !== null)(
    `what was lost comes back with the lives that its keys have left, in place and as a new instance${leftOut}`,
    async () => {
      await using directory = await temporaryDirectory();
      await using sim = await simulator({ engine, dataDir: directory.path });
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

/** Enough for a transfer to take a while. */
const KEYS = 20_000;

test('after kill -9 in the middle of backups and restores nothing is half: files, records, data', async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const settings = ['--data-dir', path, '--engine', 'process', '--api-port', '0', '--rate', '0'];
  const start = () => new SimulatorProcess(settings);
  const fill = (redis: Redis, word: string) =>
    redis.eval(
      `for i = 1, ${String(KEYS)} do redis.call('SET', 'key:' .. i, ARGV[1] .. i) end`,
      0,
      word,
    );
  const port = await freeLoopbackPort();
  {
    await using first = start();
    const client = await first.client();
    await client.createInstance({ port });
    await again(port, (redis) => fill(redis, 'old'));
    await client.createBackup({ instance: 'r-1' });
    await again(port, (redis) => fill(redis, 'new'));
  }
  for (const afterMs of [5, 20, 60, 120, 250]) {
    {
      await using victim = start();
      const client = await victim.client();
      const work = client
        .createBackup({ instance: 'r-1' })
        .then(() => client.restoreInstance({ instance: 'r-1', backup: 'bk-1' }))
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await victim.end('SIGKILL');
      await work;
    }
    await using survivor = start();
    const client = await survivor.client();
    const { backups } = await client.describeBackups();
    const named = new Set(backups.flatMap(({ file }) => file ?? []));
    expect(new Set(await filesOf(path))).toEqual(named);
    for (const { state } of backups) expect(['success', 'failed']).toContain(state);
    const [shown] = (await client.describeInstances()).instances;
    expect(shown).toMatchObject({ operation: null, reads: 'pass' });
    const names = Array.from({ length: KEYS }, (_, i) => `key:${String(i + 1)}`);
    const values = await again(port, (redis) => redis.mget(...names));
    expect(new Set(values.map((value) => value?.slice(0, 3))).size).toBe(1);
  }
});

const WRITES = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key: fc.nat(5), value: fc.string() }),
  fc.record({
    kind: fc.constant('expiring' as const),
    key: fc.nat(5),
    hours: fc.integer({ min: 1, max: 60 }),
  }),
  fc.record({ kind: fc.constant('push' as const), key: fc.nat(5), value: fc.string() }),
  fc.record({ kind: fc.constant('delete' as const), key: fc.nat(5) }),
);
const STEPS = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), write: WRITES }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      hours: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'take' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restore' as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      how: fc.constantFrom('fails' as const, 'incomplete' as const, 'checksum' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

/** Data as it is seen at a moment: values, and when each key ends by virtual time (s). */
type Content = Record<string, { readonly value: unknown; readonly endsAt: number | null }>;

test('whatever happens: what is restored is what there was at the moment of the backup, but for what is over since', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEPS, { minLength: 3, maxLength: 14 }), async (steps) => {
      await using directory = await temporaryDirectory();
      const options = { dataDir: directory.path, engine: 'process' } as const;
      let sim: Simulator = await simulator(options);
      try {
        const { port } = await sim.createInstance();
        await sim.topUpAccount({ amount: 100_000 });
        const seen = new Map<string, Content>();
        // What daily backups have is what there was when their window came: nobody writes while time is moved.
        const remember = async () => {
          for (const { id, state } of (await sim.describeBackups({ last: 10_000 })).backups) {
            if (state === 'success' && !seen.has(id)) seen.set(id, await lookAt(sim, port));
          }
        };
        for (const step of steps) {
          if (step.kind === 'write') await again(port, (redis) => write(redis, step.write));
          else if (step.kind === 'advance')
            await sim.advanceClock({ by: `${String(step.hours)}h` });
          else if (step.kind === 'take') await sim.createBackup({ instance: 'r-1' }).catch(failed);
          else if (step.kind === 'fail')
            await sim.planBackupFailure({ instance: 'r-1', kind: step.how });
          else if (step.kind === 'restart') {
            await sim.close();
            sim = await simulator(options);
          } else {
            const good = (await sim.describeBackups({ last: 10_000 })).backups.filter(
              ({ state }) => state === 'success',
            );
            const chosen = good[step.which % Math.max(1, good.length)];
            if (!chosen) continue;
            const before = await lookAt(sim, port);
            const isRestored = await sim
              .restoreInstance({ instance: 'r-1', backup: chosen.id })
              .then(() => true, failed);
            if (!isRestored) continue;
            const safety = (await sim.describeBackups({ last: 1 })).backups[0];
            if (safety) seen.set(safety.id, before);
            const now = await lookAt(sim, port);
            const then = seen.get(chosen.id) ?? {};
            const clock = Date.parse((await sim.getClock()).now) / 1000;
            const left = Object.entries(then).filter(
              ([, { endsAt }]) => endsAt === null || endsAt > clock,
            );
            expect(now).toEqual(Object.fromEntries(left));
          }
          await remember();
        }
      } finally {
        await sim.close();
      }
    }),
    { numRuns: 12 },
  );
});

/** Planned failures are told, and change nothing. */
function failed(error: unknown): false {
  expect(String(error)).toMatch(/backup bk-\d+ of instance "r-1" failed/);
  return false;
}

async function write(
  redis: Redis,
  step: typeof WRITES extends fc.Arbitrary<infer Step> ? Step : never,
): Promise<void> {
  const key = `key:${String(step.key)}`;
  if (step.kind === 'set') await redis.set(key, step.value);
  else if (step.kind === 'expiring') await redis.set(key, 'ends', 'EX', step.hours * 3_600);
  else if (step.kind === 'delete') await redis.del(key);
  else {
    await redis.del(key);
    await redis.rpush(key, step.value, 'and more');
  }
}

async function lookAt(sim: Simulator, port: number | null): Promise<Content> {
  const clock = Date.parse((await sim.getClock()).now) / 1000;
  return again(port, async (redis) => {
    const found: [string, Content[string]][] = [];
    for (const key of (await redis.keys('*')).sort()) {
      const value =
        (await redis.type(key)) === 'list' ? await redis.lrange(key, 0, -1) : await redis.get(key);
      const left = await redis.pttl(key);
      // To the minute: a frozen clock is followed within half a second.
      const endsAt = left < 0 ? null : Math.round((clock + left / 1000) / 60) * 60;
      found.push([key, { value, endsAt }]);
    }
    return Object.fromEntries(found);
  });
}

/** On a connection of its own, for whoever was disconnected. */
async function again<T>(port: number | null, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = redisOf({ port });
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

async function filesOf(directory: string): Promise<string[]> {
  return (await readdir(join(directory, 'backups'))).sort();
}

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
