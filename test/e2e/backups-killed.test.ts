/** The simulator, or Redis, is killed in the middle of backups and restores: nothing is half afterwards, neither files nor records nor data. */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { freeLoopbackPort } from '../../src/control-plane/engines/free-port.js';
import type { ActionClient } from '../../src/index.js';
import { again, filesOf } from '../support/backups.js';
import { killContainer, removeTraces, simulatorIdOf, processAndDocker } from '../support/docker.js';
import { until } from '../support/raw-client.js';
import { temporaryDirectory } from '../support/simulator.js';
import { SimulatorProcess } from '../support/simulator-process.js';

/** Enough for each of the two to take a while. */
const KEYS = 15_000;
const VALUE_BYTES = 1_000;
/** ARGV: how many, a word that each begins with, how long each is, and what the rest is taken from: nothing compresses. */
const FILL = `
  for at = 1, ARGV[1] do
    redis.call('SET', 'key:' .. at, ARGV[2] .. string.sub(ARGV[4], at, at + ARGV[3] - 1))
  end`;
const RANDOM = randomBytes(KEYS + VALUE_BYTES);

describe.each(await processAndDocker())('on the $engine engine', ({ engine, missing, leftOut }) => {
  test.skipIf(missing !== null)(
    `kill -9 in the middle of a backup and of a restore leaves nothing half${leftOut}`,
    async () => {
      await using directory = await temporaryDirectory();
      const { path } = directory;
      const common = ['--engine', engine, '--data-dir', path, '--api-port', '0', '--rate', '0'];
      const start = () => new SimulatorProcess(common);
      const port = await freeLoopbackPort();
      try {
        {
          await using first = start();
          const client = await first.client();
          await client.createInstance({ port });
          await again(port, (redis) => fill(redis, 'old'));
          await client.createBackup({ instance: 'r-1' });
          await again(port, (redis) => fill(redis, 'new'));
        }
        {
          {
            await using victim = start();
            const client = await victim.client();
            const work = client.createBackup({ instance: 'r-1' }).then(done, killed);
            await until('some of it is on the disk', async () =>
              (await filesOf(path)).some((name) => name.endsWith('.half')),
            );
            await victim.end('SIGKILL');
            expect(await work).toBe('killed');
          }
          await using survivor = start();
          const client = await survivor.client();
          await expectWhole(client, path);
          const last = (await client.describeBackups()).backups.at(-1);
          expect(last).toMatchObject({ state: 'failed', problem: /simulator ended/ });
          expect(await again(port, words)).toEqual(['new']);
        }
        for (let round = 0; round < 2; round += 1) {
          {
            await using victim = start();
            const client = await victim.client();
            const restore = { instance: 'r-1', backup: 'bk-1', safetyBackup: round === 0 };
            const work = client.restoreInstance(restore).then(done, killed);
            await until('its data is being replaced', async () =>
              /is brought to r-1/.test((await client.getClock()).doing ?? ''),
            );
            await victim.end('SIGKILL');
            expect(await work).toBe('killed');
          }
          await using survivor = start();
          const client = await survivor.client();
          await expectWhole(client, path);
          // It was begun, so it is completed: nobody is served by half of it.
          expect(await again(port, words)).toEqual(['old']);
          const { events } = await client.listEvents({ type: 'restore-finished' });
          expect(events).toHaveLength(round + 1);
          await again(port, (redis) => fill(redis, 'new'));
        }
        await using last = start();
        await (await last.client()).reset();
        expect(await filesOf(path)).toEqual([]);
      } finally {
        if (engine === 'docker') await removeTraces(await simulatorIdOf(path));
      }
    },
    180_000,
  );

  test.skipIf(missing !== null)(
    `a backup whose Redis is killed fails and says so, and the next one is whole${leftOut}`,
    async () => {
      await using directory = await temporaryDirectory();
      const { path } = directory;
      const common = ['--engine', engine, '--data-dir', path, '--api-port', '0', '--rate', '0'];
      const port = await freeLoopbackPort();
      try {
        await using sim = new SimulatorProcess(common);
        const client = await sim.client();
        await client.createInstance({ port });
        await again(port, (redis) => fill(redis, 'new'));
        const pid = await again(port, async (redis) =>
          Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]),
        );
        const work = client.createBackup({ instance: 'r-1' }).then(done, String);
        await until('some of it is on the disk', async () =>
          (await filesOf(path)).some((name) => name.endsWith('.half')),
        );
        if (engine === 'process') process.kill(pid, 'SIGKILL');
        else await killContainer(await simulatorIdOf(path), 'r-1');
        expect(await work).toMatch(/backup bk-1 of instance "r-1" failed: .*take another one/);
        expect(await filesOf(path)).toEqual([]);
        const { events } = await client.listEvents({ type: 'backup-failed' });
        expect(events).toMatchObject([{ clause: '3.1.11', instanceId: 'r-1' }]);
        await until('there is another Redis', async () =>
          again(port, (redis) => redis.ping()).then(
            () => true,
            () => false,
          ),
        );
        const { keys, file } = await client.createBackup({ instance: 'r-1' });
        expect(keys).toBe(KEYS);
        expect(await filesOf(path)).toEqual([file]);
        await client.reset();
      } finally {
        if (engine === 'docker') await removeTraces(await simulatorIdOf(path));
      }
    },
    60_000,
  );
});

const done = () => 'done';
const killed = () => 'killed';

/** The files are those that records name, no record is of something that goes on, and clients are served. */
async function expectWhole(client: ActionClient, path: string): Promise<void> {
  const { backups } = await client.describeBackups();
  expect(new Set(await filesOf(path))).toEqual(new Set(backups.flatMap(({ file }) => file ?? [])));
  for (const { state } of backups) expect(['success', 'failed']).toContain(state);
  const [shown] = (await client.describeInstances()).instances;
  expect(shown).toMatchObject({ operation: null, reads: 'pass', writes: 'pass' });
}

async function fill(redis: Redis, word: string): Promise<void> {
  await redis.eval(FILL, 0, KEYS, word, VALUE_BYTES, RANDOM);
}

/** What the values begin with, each once. */
async function words(redis: Redis): Promise<string[]> {
  const names = Array.from({ length: KEYS }, (_, at) => `key:${String(at + 1)}`);
  const values = await redis.mget(...names);
  return [...new Set(values.map((value) => String(value?.slice(0, 3))))];
}
