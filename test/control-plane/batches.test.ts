/** Steps of an advance are saved together, and nothing but the speed may show it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BATCH_STEPS_MAX } from '../../src/control-plane/advancing.js';
import { Agenda } from '../../src/control-plane/core/agenda.js';
import { Batch } from '../../src/control-plane/core/batch.js';
import { nextDeadline, subjectsOf } from '../../src/control-plane/core/deadlines.js';
import {
  completeCreation,
  openAccount,
  requestInstance,
  topUp,
} from '../../src/control-plane/core/decisions.js';
import { Draft } from '../../src/control-plane/core/draft.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../../src/control-plane/core/duration.js';
import { INSTANCE_CLASSES } from '../../src/control-plane/core/instance-classes.js';
import { STATES } from '../../src/control-plane/core/lifecycle.js';
import { parseMoney } from '../../src/control-plane/core/money.js';
import { ENTRIES, EVENTS, rowsOf, type Commit } from '../../src/control-plane/core/runs.js';
import {
  applyChange,
  EMPTY_WORLD,
  type Instance,
  type World,
} from '../../src/control-plane/core/world.js';
import { FakeWorld, memoryStore, ORDER, START } from '../support/fake-world.js';
import { instanceOf } from '../support/instance.js';

describe('an agenda', () => {
  test('knows what is due next as well as if every instance were asked', () => {
    // Few instants, so that many things are due at the same one.
    const hours = fc.nat(5).map((n) => START + n * HOUR_MS);
    const put = fc.record({
      id: fc.nat(6).map((n) => `r-${String(n)}`),
      state: fc.constantFrom(...STATES),
      since: hours,
      billedUntil: fc.option(hours),
    });
    fc.assert(
      fc.property(fc.array(put, { maxLength: 60 }), (puts) => {
        const instances = new Map<string, Instance>();
        const agenda = new Agenda([]);
        for (const one of puts) {
          const instance = instanceOf(one);
          instances.set(instance.id, instance);
          agenda.put({ table: 'instances', row: instance });
          const world: World = { ...EMPTY_WORLD, instances };
          expect(agenda.next()).toEqual(nextDeadline(world));
          expect(new Agenda(subjectsOf(world)).next()).toEqual(nextDeadline(world));
        }
      }),
    );
  });
});

describe('steps that are saved together', () => {
  const credit = fc.integer({ min: 1, max: 300 }).map((n) => `${String(n)}.3`);
  const lifeOf = fc.record({
    accounts: fc.array(credit, { minLength: 1, maxLength: 3 }),
    instances: fc.array(
      fc.record({
        account: fc.nat(2),
        instanceClass: fc.constantFrom(...Object.keys(INSTANCE_CLASSES)),
        minute: fc.nat(120),
      }),
      { maxLength: 6 },
    ),
    days: fc.integer({ min: 1, max: 40 }),
  });

  test('come to the same world, events and ledger as steps that are saved one by one', () => {
    fc.assert(
      fc.property(lifeOf, fc.integer({ min: 2, max: 50 }), ({ days, ...begin }, size) => {
        const world = worldOf(begin);
        const target = START + days * DAY_MS;
        const oneByOne = advanced(world, target, 1);
        expect(advanced(world, target, size)).toEqual(oneByOne);
        expect(advanced(world, target, Infinity)).toEqual(oneByOne);
      }),
      { numRuns: 60 },
    );
  });

  test('end with the step that the outside has to follow', () => {
    const world = worldOf({
      accounts: ['0.5'],
      instances: [{ account: 0, instanceClass: ORDER.instanceClass, minute: 0 }],
    });
    const batch = new Batch(world, START);
    const seen: number[] = [];
    for (let due = batch.next(); due && due.at <= START + 130 * HOUR_MS; due = batch.next()) {
      batch.meet(due);
      seen.push(batch.toReconcile.length);
    }
    // 20.5 / 0.21: the 98th hour is owed; 24 hours later the instance freezes.
    expect([seen.indexOf(1) + 1, seen.indexOf(2) + 1]).toEqual([98, 98 + 24 + 1]);
    expect(batch.toReconcile).toEqual(['r-1', 'r-1']);
  });

  test('leave the world alone that they begin with, and a step that throws leaves no trace', () => {
    const world = worldOf({
      accounts: ['100'],
      instances: [{ account: 0, instanceClass: ORDER.instanceClass, minute: 0 }],
    });
    const before = structuredClone([...world.instances]);
    const batch = new Batch(world, START);
    const due = batch.next();
    if (!due) throw new Error('nothing is due');
    batch.meet(due);
    const after = batch.toSave();
    expect(() => batch.meet(due)).toThrow('bill of r-1 is not due');
    expect(batch.toSave()).toEqual(after);
    expect([...world.instances]).toEqual(before);
  });

  test('are saved before the outside follows, with everything that came before', async () => {
    await using world = await FakeWorld.open({ balance: '100' });
    await world.create();
    const saved: unknown[] = [];
    world.onCall = () => {
      const { world: stored, clock } = world.store.load();
      const state = stored.instances.get('r-1')?.state;
      const charges = world.ledger().filter(({ kind }) => kind === 'charge').length;
      saved.push([state, charges, ((clock?.now ?? 0) - START) / HOUR_MS]);
    };
    await world.advance('60d');
    // 100 / 0.21: the 477th hour is owed.
    expect(saved[0]).toEqual(['frozen', 477 + 24, 477 + 24]);
  });

  test('are all undone where they cannot be saved, and time stands at the first of them', async () => {
    const store = memoryStore();
    const commit = store.commit.bind(store);
    let commits = 0;
    let failAt = Infinity;
    store.commit = (change, clock) => {
      commits += 1;
      if (commits === failAt) throw new Error('disk full');
      commit(change, clock);
    };
    await using world = await FakeWorld.open({ balance: '100000', store });
    await world.create();
    failAt = commits + 2;
    await expect(world.advance('300d')).rejects.toThrow('disk full');
    const stands = START + (BATCH_STEPS_MAX + 1) * HOUR_MS;
    expect(world.controlPlane.clockStatus).toMatchObject({ state: 'failed', at: stands });
    expect(world.ledger().filter(({ kind }) => kind === 'charge')).toHaveLength(BATCH_STEPS_MAX);
    await world.controlPlane.advanceTo(() => START + 300 * DAY_MS);
    const charges = world.ledger().filter(({ kind }) => kind === 'charge');
    expect(charges.map(({ at }) => (at - START) / HOUR_MS)).toEqual(charges.map((_, i) => i + 1));
    expect(charges).toHaveLength(7200);
  });
});

interface Begin {
  readonly accounts: readonly string[];
  readonly instances: readonly {
    readonly account: number;
    readonly instanceClass: string;
    readonly minute: number;
  }[];
}

/** Accounts with a credit each, and instances that were made within the first two hours. */
function worldOf({ accounts, instances }: Begin): World {
  let world = EMPTY_WORLD;
  const decide = (at: Instant, work: (draft: Draft) => void) => {
    const draft = new Draft(world, at);
    work(draft);
    world = applyChange(world, draft.change());
  };
  for (const [i, credit] of accounts.entries()) {
    const amount = parseMoney('credit', credit);
    decide(START - 2 * HOUR_MS, (draft) => openAccount(draft, `account-${String(i)}`, amount));
  }
  for (const { account, instanceClass, minute } of instances) {
    const accountId = `account-${String(account % accounts.length)}`;
    decide(START - minute * MINUTE_MS, (draft) => {
      topUp(draft, accountId, parseMoney('amount', '20'));
      completeCreation(draft, requestInstance(draft, { ...ORDER, accountId, instanceClass }), 6400);
    });
  }
  return world;
}

const ALL = { after: 0 };

/** The world at `target` and all that was told on the way, saved every `size` steps. */
function advanced(world: World, target: Instant, size: number): unknown {
  const commits: Commit[] = [];
  for (let at = START - 2 * HOUR_MS; ;) {
    const batch = new Batch(world, at);
    for (let due = batch.next(); due && due.at <= target; due = batch.next()) {
      batch.meet(due);
      if (batch.steps >= size || batch.toReconcile.length > 0) break;
    }
    if (batch.steps === 0) break;
    const commit = batch.toSave();
    // As the stores do it, by the change alone.
    world = applyChange(world, commit);
    at = commit.at;
    commits.push(commit);
  }
  return {
    accounts: [...world.accounts],
    instances: [...world.instances],
    counters: world.counters,
    entries: commits.flatMap(({ entries }) => [...rowsOf(entries, ENTRIES, ALL)]),
    events: commits.flatMap(({ events }) => [...rowsOf(events, EVENTS, ALL)]),
  };
}
