/** Virtual time: everything due happens at its own time, in the written order, and once. */
import { describe, expect, test } from 'vitest';
import { Advancing, STEPS_MAX } from '../../src/control-plane/advancing.js';
import { VirtualClock } from '../../src/control-plane/clock.js';
import type { Batch } from '../../src/control-plane/core/batch.js';
import {
  completeCreation,
  openAccount,
  requestInstance,
} from '../../src/control-plane/core/decisions.js';
import { Draft, NOTHING_KNOWN } from '../../src/control-plane/core/draft.js';
import { DAY_MS, HOUR_MS, parseInstant } from '../../src/control-plane/core/duration.js';
import { parseMoney } from '../../src/control-plane/core/money.js';
import {
  applyChange,
  EMPTY_WORLD,
  type SimulatorEvent,
} from '../../src/control-plane/core/world.js';
import type { StateStore } from '../../src/control-plane/ports.js';
import { FakeWorld, memoryStore, ORDER, START, timelineOf } from '../support/fake-world.js';
import { until } from '../support/raw-client.js';

describe('an advance', () => {
  test('does each thing at its own time, and within one instant bills before states end, in order of creation', async () => {
    await using world = await FakeWorld.open({ balance: '0.8' });
    await world.create();
    await world.create();
    await world.advance('2h');
    const before = world.events().length;
    await world.advance('24h');
    const last = world.events(before).filter(({ at }) => at === START + 26 * HOUR_MS);
    expect(last.map(({ text }) => text)).toMatchInlineSnapshot(`
      [
        "charged 0.21 CNY for one hour, balance -9.91",
        "charged 0.21 CNY for one hour, balance -10.12",
        "r-1 overdue -> frozen (grace-ended)",
        "r-2 overdue -> frozen (grace-ended)",
      ]
    `);
  });

  test('does what becomes due only on the way, too', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await world.advance('30d');
    const moves = world.events().filter(({ type }) => type === 'state-changed');
    expect(timelineOf(moves)).toMatchInlineSnapshot(`
      "
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-01 02:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-02 02:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-09 02:00                7.2.3.2  r-1 frozen -> deleted (retention-ended)
      "
    `);
    expect(world.now()).toBe('2026-01-31T00:00:00Z');
  });

  test('ends where it was asked to, and what is due at that very instant is done', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.advance('59m59s999ms');
    expect(world.balance()).toBe('100.00');
    await world.advance('1ms');
    expect(world.balance()).toBe('99.79');
    await world.advance('0s');
    expect(world.balance()).toBe('99.79');
    expect(world.now()).toBe('2026-01-01T01:00:00Z');
  });

  test('of nine days comes to the same as 216 of an hour, and as many of uneven length', async () => {
    const runs = await Promise.all([
      lived(async (world) => world.advance('9d')),
      lived(async (world) => {
        for (let hour = 0; hour < 9 * 24; hour += 1) await world.advance('1h');
      }),
      lived(async (world) => {
        const end = START + 9 * DAY_MS;
        for (let to = START; to < end; to = Math.min(end, to + 7_654_321)) {
          await world.controlPlane.advanceTo(() => to);
        }
        await world.controlPlane.advanceTo(() => end);
      }),
    ]);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  test('backwards is refused, and changes nothing', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.advance('3h');
    await expect(world.controlPlane.advanceTo(() => START)).rejects.toThrow(
      'the virtual clock only goes forward: it is 2026-01-01T03:00:00Z, and 2026-01-01T00:00:00Z is before that',
    );
    expect(world.now()).toBe('2026-01-01T03:00:00Z');
    expect(world.controlPlane.clockStatus).toEqual({ state: 'ready' });
  });

  test('waits for the one before it', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await Promise.all([world.advance('1h'), world.advance('2h'), world.advance('3h')]);
    expect(world.now()).toBe('2026-01-01T06:00:00Z');
    expect(world.balance()).toBe('98.74');
  });

  test('says that it is under way, and where it leads, while it is', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    const seen: unknown[] = [];
    world.onCall = () => void seen.push({ ...world.controlPlane.clockStatus, now: world.now() });
    await world.advance('2d');
    expect(seen[0]).toEqual({
      state: 'advancing',
      from: START,
      target: START + 2 * DAY_MS,
      steps: 27,
      doing: 'state-ends of r-1',
      now: '2026-01-02T02:00:00Z',
    });
    expect(world.controlPlane.clockStatus).toEqual({ state: 'ready' });
  });

  test('can be interrupted: it ends at its next step, says where it stands, and can be gone on with', async () => {
    await using world = await FakeWorld.open({ balance: '1000000' });
    await world.create();
    const journey = world.advance('3650d');
    const refused = expect(journey).rejects.toMatchObject({ code: 'AdvanceInterrupted' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await world.controlPlane.interruptAdvance()).toBe(true);
    await refused;
    const stands = world.controlPlane.clock.now();
    const charges = world.ledger().filter(({ kind }) => kind === 'charge').length;
    expect(stands).toBe(START + charges * HOUR_MS);
    expect([charges > 0, charges < 3650 * 24]).toEqual([true, true]);
    expect(world.controlPlane.clockStatus).toEqual({ state: 'ready' });
    expect(world.store.load().clock?.now).toBe(stands);
    await expect(journey).rejects.toThrow(
      `the advance to 2035-12-30T00:00:00Z was interrupted: the clock stands at ${world.now()}, before bill of r-1 at `,
    );
    await world.controlPlane.advanceTo(() => START + 3650 * DAY_MS);
    expect(world.ledger().filter(({ kind }) => kind === 'charge')).toHaveLength(3650 * 24);
  });

  test('is not interrupted by what was meant for the one before it, nor where there is none', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    expect(await world.controlPlane.interruptAdvance()).toBe(false);
    await world.advance('2d');
    expect(world.now()).toBe('2026-01-03T00:00:00Z');
  });

  test('that would never end stops at a limit, says where it stands, and can be gone on with', async () => {
    const { advancing, clock, met } = endlessLoop({ stepsMax: 1000 });
    const failure = advancing.advanceTo((now) => now + DAY_MS);
    await expect(failure).rejects.toMatchObject({ code: 'TooManySteps' });
    await expect(failure).rejects.toThrow(
      'an advance to 2026-01-02T00:00:00Z takes more than 1000 steps, it stopped at 2026-01-01T05:00:00Z before bill of r-1',
    );
    expect([met(), clock.now(), advancing.status]).toEqual([
      1000,
      START + 5 * HOUR_MS,
      { state: 'ready' },
    ]);
    expect(STEPS_MAX).toBe(20_000_000);
  });
});

describe('a step that fails', () => {
  test('leaves the clock standing at its deadline, and says so; a repeated advance completes it', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    world.engine.failNext('up', 'Docker does not answer');
    world.engine.failNext('up', 'Docker still does not answer');

    await expect(world.advance('3d')).rejects.toThrow(
      'the clock stands at 2026-01-02T02:00:00Z: state-ends of r-1 at 2026-01-02T02:00:00Z could not be completed (the fake engine could not up the backend of instance "r-1": Docker does not answer',
    );
    expect(world.now()).toBe('2026-01-02T02:00:00Z');
    expect(world.controlPlane.clockStatus).toMatchObject({
      state: 'failed',
      at: parseInstant('', '2026-01-02T02:00:00Z'),
    });
    await expect(world.advance('3d')).rejects.toThrow(
      'the clock stands at 2026-01-02T02:00:00Z: what was decided before could not be completed',
    );
    expect(world.now()).toBe('2026-01-02T02:00:00Z');

    await world.controlPlane.advanceTo(() => START + 9 * DAY_MS + 2 * HOUR_MS);
    expect(world.controlPlane.clockStatus).toEqual({ state: 'ready' });
    expect(world.timeline()).toBe(
      await timelineWithout(async (other) => {
        await other.create();
        await other.advance('9d2h');
      }),
    );
  });

  test('that could not be saved is not done at all, and is done once when it can be', async () => {
    const store = failingStore();
    await using world = await FakeWorld.open({ balance: '0.21', store });
    await world.create();
    const before = world.timeline();
    store.failNextCommit('disk full');
    await expect(world.advance('5h')).rejects.toThrow(
      'the clock stands at 2026-01-01T01:00:00Z: bill of r-1 at 2026-01-01T01:00:00Z could not be completed (disk full)',
    );
    expect(world.timeline()).toBe(before);
    expect(world.balance()).toBe('0.21');
    await world.controlPlane.advanceTo(() => START + 5 * HOUR_MS);
    expect(world.timeline()).toBe(
      await timelineWithout(async (other) => {
        await other.create();
        await other.advance('5h');
      }),
    );
  });

  test('lets nothing later happen before it, and is no reason to refuse a decision', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    world.onCall = (call) => {
      if (call.startsWith('engine up r-1')) throw new Error('r-1 hangs');
    };
    await expect(world.advance('3d')).rejects.toMatchObject({ code: 'AdvanceFailed' });
    const at = world.now();
    await expect(world.openAccount('other', '100')).resolves.toBeDefined();
    await world.create({ accountId: 'other' });
    expect([world.now(), world.balance()]).toEqual([at, '-5.25']);
    // The money is booked once; what follows from it is tried again, and the answer says so.
    await expect(world.topUp('5.25')).rejects.toMatchObject({ code: 'NotInEffectYet' });
    expect([world.balance(), world.states()]).toEqual(['0.00', 'r-1 active, r-2 active']);
    // The way out: the one that hangs may go.
    await world.destroy('r-1');
    expect([world.states(), world.controlPlane.clockStatus.state]).toEqual([
      'r-1 deleted, r-2 active',
      'failed',
    ]);
    await world.advance('0s');
    expect(world.controlPlane.clockStatus.state).toBe('ready');
  });

  test('is tried again by itself, also while the clock is frozen', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    world.engine.failNext('up', 'no');
    await expect(world.advance('26h')).rejects.toMatchObject({ code: 'AdvanceFailed' });
    await until('it was tried again', () => world.controlPlane.clockStatus.state === 'ready');
    expect(world.engine.backends.get('r-1')?.writesRefused).toBe(true);
  });

  test('does not keep the other instances from following what was decided of them', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.openAccount('other', '0.21');
    await world.create();
    await world.create({ accountId: 'other' });
    await world.advance('25h');
    world.onCall = (call) => {
      if (call.startsWith('engine up r-1')) throw new Error('r-1 hangs');
    };
    await expect(world.advance('1h')).rejects.toThrow('r-1 hangs');
    await expect(world.advance('0s')).rejects.toThrow('r-1 hangs');
    world.onCall = () => undefined;
    await world.advance('0s');
    expect(world.engine.backends.get('r-1')?.writesRefused).toBe(true);
    expect(world.engine.backends.get('r-2')?.writesRefused).toBe(true);
  });

  test('is forgotten by a reset', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    world.engine.failNext('up', 'no');
    await expect(world.advance('3d')).rejects.toMatchObject({ code: 'AdvanceFailed' });
    await world.controlPlane.reset();
    expect(world.controlPlane.clockStatus).toEqual({ state: 'ready' });
    expect(world.now()).toBe('2026-01-02T02:00:00Z');
  });

  test('is completed by a restart as well', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    world.engine.failNext('up', 'no');
    await expect(world.advance('3d')).rejects.toMatchObject({ code: 'AdvanceFailed' });
    await world.restart();
    expect(world.now()).toBe('2026-01-02T02:00:00Z');
    expect(world.engine.backends.get('r-1')?.writesRefused).toBe(true);
    expect(world.dataPlane.endpoints.get('r-1')?.access.writes).toMatch(/^NOWRITE/);
  });
});

describe('a running clock', () => {
  test('meets its deadlines by itself, each at its own time, however fast it runs', async () => {
    await using world = await FakeWorld.open({ balance: '0.21', rate: 1_000_000 });
    const { createdAt } = await world.create();
    await until('the instance is deleted', () => world.states() === 'r-1 deleted');
    const frozen = await FakeWorld.open({ balance: '0.21' });
    await frozen.create();
    await frozen.advance('10d');
    expect(sinceOf(world.events(4), createdAt ?? 0)).toEqual(sinceOf(frozen.events(4), START));
    await frozen.stop();
  });

  test('never shows a time that is later than what is due and was not done', async () => {
    await using world = await FakeWorld.open({ rate: 1_000_000 });
    const { createdAt } = await world.create();
    let seen = 0;
    await until('two days went by', () => {
      const hours = Math.floor((world.controlPlane.clock.now() - (createdAt ?? 0)) / HOUR_MS);
      const charges = world.ledger().filter(({ kind }) => kind === 'charge').length;
      // At the deadline itself it may be about to be done.
      expect(charges).toBeGreaterThanOrEqual(hours - 1);
      expect(hours).toBeGreaterThanOrEqual(seen);
      seen = hours;
      return hours >= 48;
    });
    expect(orderOf(world.events())).toEqual([]);
  });

  test('decides after what was due before, also when creating takes its time', async () => {
    await using world = await FakeWorld.open({ rate: 1_000_000 });
    await world.create();
    world.onCall = (call) => (call.startsWith('engine up') ? realMoment() : undefined);
    for (let i = 0; i < 5; i += 1) {
      await world.create();
      await world.topUp('1');
      await world.delete(`r-${String(i + 2)}`);
    }
    expect(orderOf(world.events())).toEqual([]);
    const charged = world
      .ledger()
      .filter(({ instanceId, kind }) => kind === 'charge' && instanceId === 'r-1');
    const createdAt = world.controlPlane.instance('r-1').createdAt ?? 0;
    expect(charged.map(({ at }) => at - createdAt)).toEqual(
      charged.map((_, i) => (i + 1) * HOUR_MS),
    );
  });

  test('charges nothing for a creation that fails at its very end, however long that took', async () => {
    await using world = await FakeWorld.open({ rate: 1_000_000 });
    let ups = 0;
    world.onCall = async (call) => {
      if (!call.startsWith('engine up')) return;
      await realMoment();
      if ((ups += 1) === 2) throw new Error('gone again');
    };
    await expect(world.create()).rejects.toThrow('gone again');
    expect([world.balance(), world.states()]).toEqual(['100.00', 'r-1 deleted']);
  });

  test('tries a step again that failed, and time stands until then', async () => {
    await using world = await FakeWorld.open({ balance: '0.21', rate: 1_000_000 });
    await world.create();
    world.engine.failNext('up', 'no');
    await until('the step failed', () => world.controlPlane.clockStatus.state === 'failed');
    const stood = world.now();
    expect(world.states()).toBe('r-1 frozen');
    expect(world.now()).toBe(stood);
    await until('the instance is deleted', () => world.states() === 'r-1 deleted');
  });

  test('can be advanced as well, and frozen, and run again', async () => {
    await using world = await FakeWorld.open({ rate: 1 });
    await world.create();
    await world.advance('5h');
    expect(world.balance()).toBe('98.95');
    await world.controlPlane.setRate(0);
    const stood = world.now();
    await realMoment();
    expect(world.now()).toBe(stood);
    await world.controlPlane.setRate(1_000_000);
    await until('an hour went by', () => world.balance() !== '98.95');
    await world.controlPlane.setRate(0);
    expect(world.controlPlane.clock.rate).toBe(0);
  });
});

describe('a restart', () => {
  test('keeps virtual time, and time does not pass meanwhile', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.advance('90m');
    await world.stop();
    await world.restart();
    expect(world.now()).toBe('2026-01-01T01:30:00Z');
    expect(world.controlPlane.clock.rate).toBe(0);
    await world.advance('30m');
    expect(world.balance()).toBe('99.58');
  });

  test('that takes its time takes no virtual time', async () => {
    await using world = await FakeWorld.open({ rate: 1_000_000 });
    const { createdAt } = await world.create();
    world.onCall = (call) => (call.startsWith('engine up') ? realMoment() : undefined);
    await world.restart();
    await until('some hours went by', () => world.ledger().length > 10);
    const charges = world.ledger().filter(({ kind }) => kind === 'charge');
    expect(charges.map(({ at }) => at - (createdAt ?? 0))).toEqual(
      charges.map((_, i) => (i + 1) * HOUR_MS),
    );
  });

  test('after a crash between two things due at one instant does the second one, too', async () => {
    await using world = await FakeWorld.open({ balance: '0.5' });
    await world.create();
    await world.create();
    await world.advance('25h');
    const reached = new Promise<void>((resolve) => {
      world.onCall = () => {
        resolve();
        return new Promise(() => undefined); // never answered
      };
    });
    void world.advance('9d');
    await reached;
    expect(world.states()).toBe('r-1 frozen, r-2 overdue');
    world.onCall = () => undefined;
    await world.crash();
    expect([world.now(), world.states()]).toEqual([
      '2026-01-02T02:00:00Z',
      'r-1 frozen, r-2 frozen',
    ]);
  });

  test('keeps the rate, unless it is given another one', async () => {
    await using world = await FakeWorld.open({ rate: 60 });
    await world.restart();
    expect(world.controlPlane.clock.rate).toBe(60);
    await world.restart(0);
    expect(world.controlPlane.clock.rate).toBe(0);
    await world.restart();
    expect(world.controlPlane.clock.rate).toBe(0);
  });

  test('after a crash in the middle of an advance, time stands at the last step that was saved', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    const reached = new Promise<void>((resolve) => {
      world.onCall = () => {
        resolve();
        return new Promise(() => undefined); // never answered
      };
    });
    void world.advance('9d');
    await reached;
    world.onCall = () => undefined;
    await world.crash();
    expect([world.now(), world.states()]).toEqual(['2026-01-02T02:00:00Z', 'r-1 frozen']);
    expect(world.engine.backends.get('r-1')?.writesRefused).toBe(true);
    await world.controlPlane.advanceTo(() => START + 10 * DAY_MS);
    expect(world.timeline()).toBe(
      await timelineWithout(async (other) => {
        await other.create();
        await other.advance('10d');
      }),
    );
  });
});

test('a simulator that is closed in the middle of an advance stops at the next step', async () => {
  const world = await FakeWorld.open();
  await world.create();
  const advance = world.advance('36500d');
  await Promise.all([expect(advance).rejects.toThrow('closing'), world.stop()]);
  await expect(world.topUp('1')).rejects.toThrow('closing');
});

/** World, events and ledger after the same life, spent differently. */
async function lived(life: (world: FakeWorld) => Promise<void>): Promise<unknown> {
  await using world = await FakeWorld.open({ balance: '12.34' });
  await world.openAccount('other', '0.1');
  await world.create({ accountId: 'default' });
  await world.create({ accountId: 'other', instanceClass: 'redis.master.micro.default' });
  await world.create({ instanceClass: 'redis.master.mid.default' });
  await life(world);
  return {
    world: world.controlPlane.world,
    now: world.now(),
    events: world.events(),
    ledgers: [world.ledger(), world.ledger('other')],
    outside: [world.engine.backends, world.dataPlane.endpoints],
  };
}

/** What the timeline is when nothing fails. */
async function timelineWithout(life: (world: FakeWorld) => Promise<void>): Promise<string> {
  await using world = await FakeWorld.open({ balance: '0.21' });
  await life(world);
  return world.timeline();
}

function sinceOf(events: readonly SimulatorEvent[], start: number): unknown[] {
  return events.map(({ type, text, clause, at }) => ({ type, text, clause, afterMs: at - start }));
}

/** Events that are numbered after a later one. */
function orderOf(events: readonly SimulatorEvent[]): SimulatorEvent[] {
  return events.filter((event, i) => event.at < (events[i - 1]?.at ?? 0));
}

/** Long enough for a clock at full rate to be hours further. */
function realMoment(): Promise<void> {
  const began = performance.now();
  return until('some real time went by', () => performance.now() - began > 15);
}

/** A world whose only deadline is never met, however often it is told. */
function endlessLoop({ stepsMax }: { stepsMax: number }) {
  const draft = new Draft(EMPTY_WORLD, START);
  openAccount(draft, 'default', parseMoney('credit', '1'));
  completeCreation(draft, requestInstance(draft, ORDER), 6400);
  const world = applyChange(EMPTY_WORLD, draft.change());
  const clock = new VirtualClock({ now: START, rate: 0 });
  let met = 0;
  const steps = {
    world: () => world,
    enqueue: <T>(work: () => Promise<T>) => work(),
    // Nothing comes of it: the same five hours are due again, after which money would be owed.
    save: (batch: Batch) => void (met += batch.steps),
    backups: () => ({
      known: () => Promise.resolve(NOTHING_KNOWN),
      follow: () => Promise.resolve(),
    }),
    catchUp: () => Promise.resolve(),
    saveClock: () => undefined,
    data: {
      beginShift: () => Promise.resolve(),
      endShift: () => Promise.resolve(),
      lastShiftMs: 0,
    },
    meters: {
      read: () => Promise.resolve(),
      passing: () => Promise.resolve(),
      nextChange: () => Infinity,
    },
    log: () => undefined,
  };
  return { advancing: new Advancing(clock, steps, stepsMax), clock, met: () => met };
}

function failingStore(): StateStore & { failNextCommit(problem: string): void } {
  const store = memoryStore();
  let next: string | undefined;
  return {
    meters: store.meters,
    load: () => store.load(),
    saveEngine: (kind) => store.saveEngine(kind),
    saveClock: (clock) => store.saveClock(clock),
    saveDataTimes: (times) => store.saveDataTimes(times),
    reset: (change, clock) => store.reset(change, clock),
    turnBack: (world, change, clock) => store.turnBack(world, change, clock),
    events: (filter) => store.events(filter),
    eventRuns: (filter) => store.eventRuns(filter),
    ledger: (filter) => store.ledger(filter),
    close: () => store.close(),
    commit: (change, clock) => {
      const problem = next;
      next = undefined;
      if (problem !== undefined) throw new Error(problem);
      store.commit(change, clock);
    },
    failNextCommit: (problem) => void (next = problem),
  };
}
