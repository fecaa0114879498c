/** Whatever happens, what is restored is what there was at the virtual moment of the backup: on every engine. */
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import type { Simulator, SimulatorOptions } from '../../src/index.js';
import { again, filesOf } from '../support/backups.js';
import { whyNoDocker } from '../support/docker.js';
import { OwnedRedis } from '../support/owned-redis.js';
import { simulator, temporaryDirectory } from '../support/simulator.js';

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
  { weight: 1, arbitrary: fc.constant({ kind: 'checkpoint' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'rollback' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy' as const), which: fc.nat(20) }) },
);

/** Data as it is seen at a moment: values, and when each key ends by virtual time (s). */
type Content = Record<string, { readonly value: unknown; readonly endsAt: number | null }>;

const ENGINES = [
  { engine: 'process', runs: 12, missing: null },
  { engine: 'docker', runs: 3, missing: await whyNoDocker() },
  { engine: 'external', runs: 4, missing: null },
] as const;

describe.each(ENGINES)('on the $engine engine', ({ engine, runs, missing }) => {
  const leftOut = missing === null ? '' : `, LEFT OUT: ${missing}`;
  test.skipIf(missing !== null)(
    `writes, days, backups, restores, copies, restarts, rollbacks and failures in any order${leftOut}`,
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEPS, { minLength: 3, maxLength: 14 }), async (steps) => {
          await using directory = await temporaryDirectory();
          // The second one is for copies.
          await using first = await OwnedRedis.start();
          await using second = await OwnedRedis.start();
          const external = engine === 'external' ? [first.url, second.url] : [];
          const story = await Story.begin({ engine, external, dataDir: directory.path });
          try {
            for (const step of steps) await story.go(step);
          } finally {
            await story.end();
          }
        }),
        { numRuns: runs },
      );
    },
    180_000,
  );
});

type Step = typeof STEPS extends fc.Arbitrary<infer One> ? One : never;

class Story {
  /** What there was, by backup. */
  #seen = new Map<string, Content>();
  /** The last one, with what there was by then. */
  #checkpoint: { readonly id: string; readonly seen: ReadonlyMap<string, Content> } | null = null;
  #port: number | null = null;

  private constructor(
    private readonly options: SimulatorOptions & { readonly dataDir: string },
    private sim: Simulator,
  ) {}

  static async begin(options: SimulatorOptions & { readonly dataDir: string }): Promise<Story> {
    const story = new Story(options, await simulator(options));
    story.#port = (await story.sim.createInstance()).port;
    await story.sim.topUpAccount({ amount: 100_000 });
    return story;
  }

  async go(step: Step): Promise<void> {
    const { sim } = this;
    switch (step.kind) {
      case 'write':
        await again(this.#port, (redis) => write(redis, step.write));
        break;
      case 'advance':
        await sim.advanceClock({ by: `${String(step.hours)}h` });
        break;
      case 'take':
        await sim.createBackup({ instance: 'r-1' }).catch(failed);
        break;
      case 'fail':
        await sim.planBackupFailure({ instance: 'r-1', kind: step.how });
        break;
      case 'restart':
        await sim.close();
        this.sim = await simulator(this.options);
        this.#checkpoint = null; // it ends with the process
        break;
      case 'checkpoint':
        this.#checkpoint = { id: (await sim.takeCheckpoint()).id, seen: new Map(this.#seen) };
        break;
      case 'rollback':
        if (this.#checkpoint === null) break;
        await sim.rollBack({ id: this.#checkpoint.id });
        // Backups that came after it are gone, and others will be called by their names.
        this.#seen = new Map(this.#checkpoint.seen);
        break;
      case 'restore':
        await this.#restore(step.which);
        break;
      case 'copy':
        await this.#copy(step.which);
    }
    await this.#remember();
  }

  async end(): Promise<void> {
    await this.sim.reset();
    expect(await filesOf(this.options.dataDir)).toEqual([]);
    await this.sim.close();
  }

  async #restore(which: number): Promise<void> {
    const chosen = await this.#chosen(which);
    if (chosen === undefined) return;
    const before = await lookAt(this.sim, this.#port);
    const isRestored = await this.sim
      .restoreInstance({ instance: 'r-1', backup: chosen })
      .then(() => true, failed);
    if (!isRestored) {
      expect(await lookAt(this.sim, this.#port)).toEqual(before);
      return;
    }
    const [safety] = (await this.sim.describeBackups({ last: 1 })).backups;
    if (safety) this.#seen.set(safety.id, before);
    await this.#expectDataOf(chosen, this.#port);
  }

  async #copy(which: number): Promise<void> {
    const chosen = await this.#chosen(which);
    if (chosen === undefined) return;
    const { id, port } = await this.sim.createInstance({ fromBackup: chosen });
    await this.#expectDataOf(chosen, port);
    await this.sim.destroyInstance({ id });
  }

  /** One of the good ones. */
  async #chosen(which: number): Promise<string | undefined> {
    const { backups } = await this.sim.describeBackups({ last: 10_000 });
    const good = backups.filter(({ state }) => state === 'success');
    return good[which % Math.max(1, good.length)]?.id;
  }

  async #expectDataOf(backup: string, port: number | null): Promise<void> {
    const clock = Date.parse((await this.sim.getClock()).now) / 1000;
    const left = Object.entries(this.#seen.get(backup) ?? {}).filter(
      ([, { endsAt }]) => endsAt === null || endsAt > clock,
    );
    expect(await lookAt(this.sim, port)).toEqual(Object.fromEntries(left));
  }

  /** What daily backups have is what there was when their window came: nobody writes while time is moved. */
  async #remember(): Promise<void> {
    const { backups } = await this.sim.describeBackups({ instance: 'r-1', last: 10_000 });
    for (const { id, state } of backups) {
      if (state !== 'success' || this.#seen.has(id)) continue;
      this.#seen.set(id, await lookAt(this.sim, this.#port));
    }
    const named = new Set(backups.flatMap(({ file }) => file ?? []));
    const files = new Set(await filesOf(this.options.dataDir));
    // A checkpoint keeps files of records that are gone.
    if (this.#checkpoint === null) expect(files).toEqual(named);
    else for (const file of named) expect(files).toContain(file);
  }
}

/** Planned failures are told, and change nothing. */
function failed(error: unknown): false {
  expect(String(error)).toMatch(/backup bk-\d+ of instance "r-1" failed/);
  return false;
}

async function write(
  redis: Redis,
  step: typeof WRITES extends fc.Arbitrary<infer One> ? One : never,
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
