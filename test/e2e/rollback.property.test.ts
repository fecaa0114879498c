/** Whatever happens after a checkpoint, a rollback makes the world be what it was: state, money, clock, backups and data. */
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { Simulator } from '../../src/index.js';
import { dataOf } from '../support/all-data.js';
import { again } from '../support/backups.js';
import { simulator, worldOf } from '../support/simulator.js';

const KEY = fc.nat(5).map((n) => `key:${String(n)}`);
const VALUE = fc.oneof(fc.string(), fc.integer().map(String));
/** What a client may do. Ends are half an hour from every moment at which anybody looks. */
const WRITES = fc.oneof(
  fc.tuple(fc.constant('SET'), KEY, VALUE),
  fc.tuple(fc.constant('RPUSH'), KEY, VALUE, VALUE),
  fc.tuple(fc.constant('SADD'), KEY, VALUE, VALUE),
  fc.tuple(fc.constant('HSET'), KEY, VALUE, VALUE),
  fc.tuple(fc.constant('ZADD'), KEY, fc.integer().map(String), VALUE),
  fc.tuple(fc.constant('XADD'), KEY, fc.constant('*'), fc.constant('field'), VALUE),
  fc.tuple(
    fc.constant('EXPIRE'),
    KEY,
    fc.integer({ min: 0, max: 60 }).map((hours) => String(hours * 3_600 + 1_800)),
  ),
  fc.tuple(fc.constant('PERSIST'), KEY),
  fc.tuple(fc.constant('DEL'), KEY),
  fc.tuple(fc.constant('FLUSHDB')),
);
const WRITE = fc.record({
  kind: fc.constant('write' as const),
  database: fc.constantFrom(0, 3),
  words: WRITES,
});
const hours = (max: number) =>
  fc.record({ kind: fc.constant('advance' as const), hours: fc.integer({ min: 1, max }) });
const BALANCE = fc.record({
  kind: fc.constant('balance' as const),
  balance: fc.constantFrom(0, 5, 1_000),
});
const BACKUP = fc.constant({ kind: 'backup' as const });
/** Before the checkpoint nothing is deleted: the data of what is asleep cannot be looked at. */
const BEFORE = fc.array(fc.oneof({ weight: 6, arbitrary: WRITE }, hours(12), BALANCE, BACKUP), {
  maxLength: 10,
});
const AFTER = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: WRITE },
    { weight: 2, arbitrary: hours(250) },
    { weight: 2, arbitrary: BALANCE },
    BACKUP,
    fc.constant({ kind: 'create' as const }),
    fc.constant({ kind: 'destroy' as const }),
    fc.constant({ kind: 'rename' as const }),
    fc.constant({ kind: 'checkpoint' as const }),
  ),
  { maxLength: 8 },
);
type Step = typeof AFTER extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

test('any writes, days, debts, backups, new and destroyed instances are as if they had not been, each time', async () => {
  await fc.assert(
    fc.asyncProperty(
      BEFORE,
      fc.array(AFTER, { minLength: 1, maxLength: 2 }),
      async (before, tries) => {
        await using sim = await simulator();
        await sim.createInstance();
        for (const step of before) await go(sim, step);
        const then = await lookAt(sim);
        const { id } = await sim.takeCheckpoint();
        for (const steps of tries) {
          for (const step of steps) await go(sim, step);
          await sim.rollBack({ id });
          expect(await lookAt(sim)).toEqual(then);
          const { checkpoints } = await sim.listCheckpoints();
          expect(checkpoints.map((one) => one.id)).toEqual([id]);
        }
      },
    ),
    { numRuns: Number(process.env['FROSTGATE_TEST_RUNS'] ?? 20) },
  );
}, 600_000);

async function go(sim: Simulator, step: Step): Promise<void> {
  switch (step.kind) {
    case 'write':
      return write(sim, step.database, step.words);
    case 'advance':
      await sim.advanceClock({ by: `${String(step.hours)}h` });
      return;
    case 'balance':
      await sim.setAccountBalance({ balance: step.balance });
      return;
    case 'create':
      // No money, or a debt: then there is none.
      await sim
        .createInstance()
        .catch((error: unknown) => expect(String(error)).toMatch(/needs at least one hour/));
      return;
    case 'checkpoint':
      await sim.takeCheckpoint().catch(notThere);
      return;
    case 'backup':
      await sim.createBackup({ instance: 'r-1' }).catch(notThere);
      return;
    case 'rename':
      await sim.modifyInstanceAttribute({ id: 'r-1', name: 'renamed' }).catch(notThere);
      return;
    case 'destroy':
      await sim.destroyInstance({ id: 'r-1' }).catch(notThere);
  }
}

/** It may have been deleted, by a step or for its debts. */
function notThere(error: unknown): void {
  expect(String(error)).toMatch(/deleted|destroyed|asleep|r-1/);
}

async function write(sim: Simulator, database: number, words: readonly string[]): Promise<void> {
  const port = await portOf(sim);
  if (port === null) return;
  await again(port, async (redis) => {
    await redis.select(database);
    const [name = '', ...args] = words;
    // What is refused changes nothing: it is frozen, or the key is of another type.
    await redis.call(name, ...args).catch((error: unknown) => {
      expect(String(error)).toMatch(/NOWRITE|WRONGTYPE/);
    });
  });
}

async function portOf(sim: Simulator): Promise<number | null> {
  const { instances } = await sim.describeInstances();
  return instances.find(({ id }) => id === 'r-1')?.port ?? null;
}

async function lookAt(sim: Simulator) {
  const world = (await worldOf(sim)) as { events: { type: string }[] };
  // A rollback itself is told.
  const events = world.events.filter(({ type }) => type !== 'rolled-back');
  const { backups } = await sim.describeBackups({ last: 10_000 });
  const data = await again(await portOf(sim), (redis: Redis) => dataOf(redis));
  // Where time stands, data is kept within 20 ms (data-clock.ts), and every end is that near to a whole second.
  const rounded = Object.entries(data).map(([key, [value, endsAt]]) => {
    return [key, value, endsAt < 0 ? endsAt : Math.round(endsAt / 100)];
  });
  return { ...world, events, backups, data: rounded };
}
