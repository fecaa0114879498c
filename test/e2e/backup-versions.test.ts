/** Backups go from an older version of Redis to a newer one, and not back: with real servers of each. */
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import type { Simulator } from '../../src/index.js';
import { OTHER_SERVERS, whyNoServer } from '../support/engines.js';
import { frostgateAt } from '../support/cli.js';
import { redisOf, simulator, temporaryDirectory } from '../support/simulator.js';

/** The machine's own, Redis 7.0 on the machines that tests run on, has no name. */
const SERVERS = { "the machine's own Redis": undefined, ...OTHER_SERVERS };
type Server = keyof typeof SERVERS;
const OWN = "the machine's own Redis";

const REFUSED: readonly (readonly [Server, Server])[] = [
  ['Redis 8', OWN],
  ['Redis 8', 'Valkey'],
  ['Valkey', OWN],
];
const TAKEN: readonly (readonly [Server, Server])[] = [
  [OWN, 'Redis 8'],
  [OWN, 'Valkey'],
  ['Valkey', 'Redis 8'],
];

describe.each(REFUSED.map(titled))('$title', ({ from, to, missing }) => {
  test.skipIf(missing !== null)(
    'is refused before anything is touched, and says which versions are read',
    async () => {
      await using directory = await temporaryDirectory();
      const file = await written(from, join(directory.path, 'newer.rdb'));
      await using sim = await running(to);
      const redis = redisOf(await sim.createInstance());
      try {
        await redis.set('colour', 'red');
        const imported = await sim.importBackup({
          instance: 'r-1',
          rdb: createReadStream(file),
        });
        const before = await sim.describeBackups();
        const connection = await redis.client('ID');
        const restored = sim.restoreInstance({ instance: 'r-1', backup: imported.id });
        await expect(restored).rejects.toMatchObject({ code: 'BackupTooNew' });
        const cli = await frostgateAt(sim.apiUrl)('backup', 'restore', 'r-1', imported.id);
        expect(cli).toMatchObject({ code: 1, stdout: '' });
        expect(cli.stderr).toMatch(
          /was written in version 1\d of the RDB format, and the Redis of instance "r-1" reads versions up to 1\d\. Nothing was touched/,
        );
        // On the connection that there was; no safety backup was taken, nothing is under way.
        expect(await redis.client('ID')).toBe(connection);
        expect(await redis.get('colour')).toBe('red');
        expect(await sim.describeBackups()).toEqual(before);
        const [shown] = (await sim.describeInstances()).instances;
        expect(shown).toMatchObject({ operation: null, reads: 'pass', writes: 'pass' });
        // Neither is a new instance made of it.
        const made = sim.createInstance({ fromBackup: imported.id });
        await expect(made).rejects.toMatchObject({ code: 'BackupTooNew' });
        expect((await sim.describeInstances()).instances).toHaveLength(1);
      } finally {
        redis.disconnect();
      }
    },
  );
});

describe.each(TAKEN.map(titled))('$title', ({ from, to, missing }) => {
  test.skipIf(missing !== null)('is restored, with the lives of its keys', async () => {
    await using directory = await temporaryDirectory();
    const file = await written(from, join(directory.path, 'older.rdb'));
    await using sim = await running(to);
    await sim.createInstance();
    const { id } = await sim.importBackup({ instance: 'r-1', rdb: createReadStream(file) });
    await sim.restoreInstance({ instance: 'r-1', backup: id });
    const made = await sim.createInstance({ fromBackup: id });
    for (const instance of [(await sim.describeInstances()).instances[0] ?? made, made]) {
      const redis = redisOf(instance);
      try {
        expect(await redis.get('colour')).toBe('blue');
        expect(await redis.lrange('list', 0, -1)).toEqual(['a', 'b']);
        expect(await redis.hgetall('hash')).toEqual({ field: 'value' });
        const ttl = await redis.ttl('ends');
        expect(ttl).toBeGreaterThan(7_100);
        expect(ttl).toBeLessThanOrEqual(7_200);
      } finally {
        redis.disconnect();
      }
    }
  });
});

function titled([from, to]: readonly [Server, Server]) {
  const missing = [from, to].map((one) => (one === OWN ? null : whyNoServer(one)));
  const why = missing.find((one) => one !== null) ?? null;
  const leftOut = why === null ? '' : `, LEFT OUT: ${why}`;
  return { from, to, missing: why, title: `a backup of ${from} for ${to}${leftOut}` };
}

function running(server: Server): Promise<Simulator> {
  const redisServer = SERVERS[server];
  return simulator({ ...(redisServer === undefined ? {} : { redisServer }) });
}

/** A backup of such a server, carried out. */
async function written(server: Server, file: string): Promise<string> {
  await using sim = await running(server);
  const redis = redisOf(await sim.createInstance());
  try {
    await redis.set('colour', 'blue');
    await redis.rpush('list', 'a', 'b');
    await redis.hset('hash', 'field', 'value');
    await redis.set('ends', 'in two hours', 'EX', 7_200);
    const { id } = await sim.createBackup({ instance: 'r-1' });
    await pipeline(await sim.exportBackup({ backup: id }), createWriteStream(file));
    return file;
  } finally {
    redis.disconnect();
  }
}
