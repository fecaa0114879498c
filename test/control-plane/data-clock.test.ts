/** Data follows virtual time: whatever happens, what is left of a key's life is its virtual end minus virtual now. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DataClock } from '../../src/control-plane/data-clock.js';
import { isDone } from '../../src/control-plane/data-standing.js';
import { FakeEngine } from '../../src/control-plane/engines/fake.js';
import type { Engine, StateStore } from '../../src/control-plane/ports.js';
import { FakeDataPlane, memoryStore } from '../support/fake-world.js';

const ID = 'r-1';
const VIRTUAL_START = Date.UTC(2026, 0, 1);
const MACHINE_START = Date.UTC(2030, 5, 1);
/** What the clock promises (ms) for data that is brought along as it should be. */
const TOLERANCE_MS = 25;
/** A way shorter than this is not saved before it is gone: a crash may take it twice (ms). */
const NOT_INTENDED_MS = 1_000;
const DAY = 86_400_000;

/** A machine with a Redis, its time, and what is saved: all that a crash leaves. */
class Machine {
  readonly engine = new FakeEngine();
  readonly store: StateStore = memoryStore();
  now = MACHINE_START;
  virtual = VIRTUAL_START;
  rate = 0;
  savedVirtual = VIRTUAL_START;
  readonly logged: string[] = [];
  /** Virtual ends of the keys. */
  readonly ends = new Map<string, number>();
  /** What a crash may have made wrong. */
  allowedMs = TOLERANCE_MS;
  /** Calls to the outside that are left before the simulator is killed; `after`: the last one is carried out. */
  killAt: { calls: number; after: boolean } | undefined;
  isDead = false;
  /** How long an ageing takes, by the machine's time. */
  ageTakesMs = 0;
  #agesWhen: Promise<void> = Promise.resolve();
  letAge = (): void => undefined;
  data!: DataClock;
  dataPlane!: FakeDataPlane;

  async start(): Promise<void> {
    this.isDead = false;
    this.killAt = undefined;
    this.virtual = this.savedVirtual;
    this.dataPlane = new FakeDataPlane(() => undefined);
    const rate = () => this.rate;
    const virtual = () => this.virtual;
    this.data = new DataClock({
      engine: this.#mortal(),
      dataPlane: this.dataPlane,
      store: this.store,
      clock: {
        now: virtual,
        get rate() {
          return rate();
        },
      },
      rate: () => this.rate,
      parks: true,
      saveClock: () => {
        if (!this.isDead) this.savedVirtual = this.virtual;
      },
      shut: () => Promise.resolve(),
      log: (line) => this.logged.push(line),
      machineTime: () => this.now,
    });
    await this.data.arrive(ID);
  }

  /** A client says SET … PX. */
  set(key: string, ttl: number): void {
    const expiry = this.now + ttl;
    const keys = this.engine.expiries.get(ID) ?? new Map<string, number>();
    this.engine.expiries.set(ID, keys.set(key, expiry));
    this.ends.set(key, expiry + this.offset());
    this.dataPlane.gaveExpiry.add(ID);
  }

  /** What clients' absolute times are translated by. */
  offset(): number {
    return this.dataPlane.times.get(ID)?.expiryOffsetMs ?? 0;
  }

  /** Redis does not get to its next ageing before `letAge`. */
  holdAge(): void {
    this.#agesWhen = new Promise((resolve) => {
      this.letAge = resolve;
    });
  }

  async #age(id: string, ms: number) {
    await this.#agesWhen;
    this.pass(this.ageTakesMs);
    return this.engine.age(id, ms);
  }

  pass(ms: number): void {
    this.now += ms;
    this.virtual += ms * this.rate;
  }

  async advance(ms: number): Promise<void> {
    await this.data.beginShift();
    this.virtual += ms;
    await this.data.endShift('run');
  }

  async restart(downMs: number): Promise<void> {
    this.data.close();
    this.savedVirtual = this.virtual;
    await this.data.park();
    this.now += downMs;
    await this.start();
  }

  /** The greatest difference between what Redis has left of a key's life and what virtual time has. */
  errorMs(): number {
    const keys = this.engine.expiries.get(ID) ?? new Map<string, number>();
    const errors = [...this.ends].map(([key, end]) => {
      const left = (keys.get(key) ?? Number.NaN) - this.now;
      return Math.abs(left - (end - this.virtual));
    });
    return Math.max(0, ...errors);
  }

  /** An engine that nobody hears of any more once the simulator is killed. */
  #mortal(): Engine {
    const call = async <T>(work: () => Promise<T>): Promise<T> => {
      const dead = new Promise<never>(() => undefined);
      if (this.isDead) return dead;
      if (this.killAt && this.killAt.calls-- === 0) {
        if (this.killAt.after) await work();
        this.isDead = true;
        return dead;
      }
      return work();
    };
    const { engine } = this;
    return {
      kind: 'fake',
      summary: '',
      ownsSettings: true,
      up: (spec) => engine.up(spec),
      age: (id, ms) => call(() => this.#age(id, ms)),
      witness: (id) => call(() => engine.witness(id)),
      expiryOf: (id, witness) => call(() => engine.expiryOf(id, witness)),
      copyData: (id) => engine.copyData(id),
      putDataBack: (id, copy, laterMs) => engine.putDataBack(id, copy, laterMs),
      usedMemory: (id) => engine.usedMemory(id),
      dump: (id) => engine.dump(id),
      load: (id, rdb, shiftMs) => engine.load(id, rdb, shiftMs),
      rdbVersion: (id) => engine.rdbVersion(id),
      databases: () => engine.databases(),
      dataMark: (id) => engine.dataMark(id),
      counts: (id) => engine.counts(id),
      down: (id) => engine.down(id),
      adopt: (from, to) => engine.adopt(from, to),
      remove: (id) => engine.remove(id),
      list: () => engine.list(),
      onLost: () => undefined,
      close: () => engine.close(),
    };
  }
}

/** Waits until `work` is done, or the simulator was killed in it. */
async function mortally(machine: Machine, work: Promise<void>): Promise<void> {
  const end = { isThere: false };
  const ended = () => {
    end.isThere = true;
  };
  work.then(ended, ended);
  for (let turns = 0; !end.isThere && turns < 200; turns += 1) await Promise.resolve();
  expect(end.isThere || machine.isDead, 'it is done, or dead').toBe(true);
}

async function started(): Promise<Machine> {
  const machine = new Machine();
  await machine.start();
  return machine;
}

/** A day went by, and an advance is not over. */
async function betweenStretches(): Promise<Machine> {
  const machine = await started();
  machine.set('key', 10 * DAY);
  await machine.data.beginShift();
  machine.virtual += DAY;
  await machine.data.endShift('more');
  return machine;
}

type Step =
  | { does: 'set'; key: string; ttl: number }
  | { does: 'pass'; ms: number }
  | { does: 'advance'; ms: number }
  | { does: 'rate'; rate: number }
  | { does: 'restart'; downMs: number }
  | {
      does: 'crash';
      calls: number;
      after: boolean;
      during: 'advance' | 'pass' | 'restart';
      ms: number;
      downMs: number;
    };

const ms = (max: number) => fc.integer({ min: 0, max });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constant('set' as const),
    key: fc.constantFrom('a', 'b', 'c'),
    ttl: ms(1e9),
  }),
  fc.record({ does: fc.constant('pass' as const), ms: ms(1000) }),
  fc.record({ does: fc.constant('advance' as const), ms: ms(1e8) }),
  fc.record({ does: fc.constant('rate' as const), rate: fc.constantFrom(0, 0.5, 1, 60, 1000) }),
  fc.record({ does: fc.constant('restart' as const), downMs: ms(1e8) }),
  fc.record({
    does: fc.constant('crash' as const),
    calls: fc.integer({ min: 0, max: 2 }),
    after: fc.boolean(),
    during: fc.constantFrom('advance', 'pass', 'restart'),
    ms: ms(1e8),
    downMs: ms(1e8),
  }),
);

async function take(machine: Machine, one: Step): Promise<void> {
  switch (one.does) {
    case 'set':
      machine.set(one.key, one.ttl);
      break;
    case 'pass':
      machine.pass(one.ms);
      await machine.data.follow();
      break;
    case 'advance':
      await machine.advance(one.ms);
      break;
    case 'rate':
      machine.rate = one.rate;
      await machine.data.rateChanged();
      break;
    case 'restart':
      await machine.restart(one.downMs);
      break;
    case 'crash': {
      machine.killAt = { calls: one.calls, after: one.after };
      const wayMs = one.during === 'pass' ? one.ms % 1000 : one.ms;
      if (one.during === 'pass') machine.pass(wayMs);
      const work = {
        advance: () => machine.advance(wayMs),
        pass: () => machine.data.follow(),
        restart: () => machine.restart(one.downMs),
      }[one.during];
      await mortally(machine, work());
      machine.isDead = true;
      machine.data.close();
      machine.now += one.downMs;
      machine.allowedMs += NOT_INTENDED_MS + 2 * TOLERANCE_MS;
      await machine.start();
    }
  }
}

describe('the data clock', () => {
  test('after any history, what is left of each key is its virtual end minus virtual now', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const machine = await started();
        for (const one of steps) {
          await take(machine, one);
          expect(machine.errorMs(), JSON.stringify(one)).toBeLessThanOrEqual(machine.allowedMs);
        }
        expect(machine.logged).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    { when: 'before the ageing', after: false },
    { when: 'after the ageing, before it is saved', after: true },
  ])('killed $when, the next start ages exactly once', async ({ after }) => {
    const machine = await started();
    machine.set('key', 86_400_000);
    machine.killAt = { calls: 1, after }; // the first call asks for the witness
    await mortally(machine, machine.advance(600_000));
    expect(machine.isDead).toBe(true);
    expect(machine.store.load().dataTimes.get(ID)?.intent).not.toBeNull();
    await machine.start();
    expect(machine.errorMs()).toBe(0);
    expect(machine.store.load().dataTimes.get(ID)?.intent).toBeNull();
  });

  test('an ageing that fails is tried again, is said once, and then is exact', async () => {
    const machine = await started();
    machine.set('key', 86_400_000);
    for (let tries = 0; tries < 3; tries += 1) {
      machine.engine.failNext('age', 'it does not answer');
      machine.pass(450);
      await machine.data.follow();
    }
    expect(machine.logged).toHaveLength(1);
    expect(machine.logged[0]).toContain('the data of r-1 does not follow the clock');
    machine.pass(450);
    await machine.data.follow();
    expect(machine.errorMs()).toBe(0);
  });

  test('where an ageing fails in an advance, nobody is served before it was made up for', async () => {
    const machine = await started();
    machine.set('key', 86_400_000);
    machine.engine.failNext('age', 'it does not answer');
    await machine.advance(600_000);
    expect(machine.errorMs()).toBe(600_000);
    await machine.data.arrive(ID);
    expect(machine.errorMs()).toBe(0);
  });

  test('what goes to the recycle bin while its data is being brought along is put away whole, once', async () => {
    const machine = await started();
    machine.set('key', 10 * DAY);
    machine.pass(2_000); // the clock stands, and the machine's goes on
    machine.holdAge();
    const following = machine.data.follow();
    const departing = machine.data.depart(ID);
    machine.letAge();
    await Promise.all([following, departing]);
    machine.pass(DAY);
    await machine.data.arrive(ID);
    expect(machine.errorMs()).toBeLessThanOrEqual(TOLERANCE_MS);
  });

  test('a Redis that is away does not keep its instance out of the recycle bin', async () => {
    const machine = await started();
    machine.set('key', 10 * DAY);
    machine.engine.failNext('age', 'it is not up');
    await machine.data.depart(ID);
    await machine.data.arrive(ID);
    expect(machine.errorMs()).toBeLessThanOrEqual(TOLERANCE_MS);
  });

  test('a data plane that is away when many keys were brought along ends nothing, and it goes on', async () => {
    const machine = await started();
    machine.set('key', 10 * DAY);
    machine.ageTakesMs = 60;
    machine.pass(2_000);
    await machine.data.follow();
    const away = vi
      .spyOn(machine.dataPlane, 'setTimes')
      .mockRejectedValue(new Error('the data plane ended'));
    machine.pass(2_000);
    // It rests a little between two ageings that take long.
    await expect
      .poll(() => machine.data.follow().then(() => machine.logged))
      .toContain('the data plane ended');
    away.mockRestore();
    await machine.advance(1_000);
    expect(machine.errorMs()).toBeLessThanOrEqual(TOLERANCE_MS);
  });

  describe('between two stretches of an advance', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
    afterEach(() => void vi.useRealTimers());

    test('nothing is asked of Redis: the next one brings all along', async () => {
      const machine = await betweenStretches();
      const asked = machine.engine.calls.length;
      machine.pass(50);
      await machine.data.follow();
      expect(machine.engine.calls).toHaveLength(asked);
      await machine.advance(DAY);
      expect(machine.errorMs()).toBeLessThanOrEqual(TOLERANCE_MS);
      const advanced = machine.engine.calls.length;
      machine.pass(50);
      await machine.data.follow();
      expect(machine.engine.calls.length).toBeGreaterThan(advanced);
    });

    test('where no next one comes, data is followed as ever', async () => {
      const machine = await betweenStretches();
      vi.advanceTimersByTime(100);
      machine.pass(5_000);
      await machine.data.follow();
      expect(machine.errorMs()).toBeLessThanOrEqual(TOLERANCE_MS);
    });
  });

  test('at the rate of the machine nothing is asked of Redis', async () => {
    const machine = await started();
    machine.rate = 1;
    await machine.data.rateChanged();
    const calls = machine.engine.calls.length;
    for (let hours = 0; hours < 10; hours += 1) {
      machine.pass(3_600_000);
      await machine.data.follow();
    }
    expect(machine.engine.calls).toHaveLength(calls);
  });

  test("a clock that is the machine's translates nothing, until it is put forward", async () => {
    const machine = new Machine();
    [machine.rate, machine.now] = [1, VIRTUAL_START + 30];
    await machine.start();
    expect(machine.dataPlane.times.get(ID)).toBeNull();
    await machine.advance(600_000);
    expect(machine.dataPlane.times.get(ID)).toMatchObject({ expiryOffsetMs: 599_970, rate: 1 });
  });

  test('data without expiries is not aged by an advance, once that is known', async () => {
    const machine = await started();
    await machine.advance(600_000);
    const calls = machine.engine.calls.length;
    for (let days = 0; days < 10; days += 1) await machine.advance(86_400_000);
    expect(machine.engine.calls).toHaveLength(calls);
    expect(machine.offset()).toBe(machine.virtual - machine.now);
  });

  test('what a witness cannot tell is taken so that keys rather live too long', () => {
    const witness = { database: 0, key: '', field: null, expiresAt: 5000 };
    expect(isDone(0, { to: 3000, witness }, 5000)).toBe(false);
    expect(isDone(0, { to: 3000, witness }, 2000)).toBe(true);
    for (const intent of [
      { to: 3000, witness },
      { to: 3000, witness: null },
    ]) {
      expect(isDone(0, intent, null)).toBe(true);
    }
    expect(isDone(0, { to: -3000, witness }, null)).toBe(false);
  });
});
