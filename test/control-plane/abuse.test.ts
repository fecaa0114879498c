/** The ladder of clause 3.1.3.7, as the event log tells it: it is climbed by what meters say, and by virtual time. */
import { describe, expect, test } from 'vitest';
import { climbDeadlines } from '../../src/control-plane/core/abuse-levels.js';
import { answerAbuse, observeReadings } from '../../src/control-plane/core/abuse-ladder.js';
import { addContact } from '../../src/control-plane/core/contacts.js';
import { standingsOf } from '../../src/control-plane/core/abuse-standing.js';
import { changeCeilings } from '../../src/control-plane/core/ceiling-changes.js';
import { DEFAULT_ACCOUNT } from '../../src/control-plane/core/decisions.js';
import type { Draft } from '../../src/control-plane/core/draft.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/control-plane/core/duration.js';
import { PlanWalk } from '../../src/control-plane/core/plan.js';
import type { MeterValues } from '../../src/control-plane/core/meters.js';
import { addTerms, merged } from '../../src/control-plane/core/own-terms.js';
import { TERMS, type Terms } from '../../src/control-plane/core/terms.js';
import { liftViolation } from '../../src/control-plane/core/violations.js';
import { FakeWorld, START } from '../support/fake-world.js';
import { lastRefusal } from '../support/refusal.js';

const MEGABYTE = 1024 ** 2;
const SUSPENDED = "DISABLE You can't write or read against a disable instance";

/** An instance that somebody is told about; its class has 10 MB/s each way, 1 GB and one processor. */
async function scene(abuse: object = {}, rules: object = {}): Promise<FakeWorld> {
  const world = await FakeWorld.open({ balance: '1000' });
  await decide(world, (draft) =>
    addContact(draft, { accountId: DEFAULT_ACCOUNT, name: 'Ada', how: 'a letter' }),
  );
  const terms = await decide(world, (draft) =>
    addTerms(draft, merged(TERMS.tos as Terms, { ...rules, name: 'mine', abuse })),
  );
  await world.create({ terms });
  return world;
}

function decide<T>(world: FakeWorld, work: (draft: Draft) => T): Promise<T> {
  return world.controlPlane.decide(work);
}

/** What the meters say now. */
function say(world: FakeWorld, values: MeterValues, injected = true): Promise<void> {
  return decide(world, (draft) => {
    observeReadings(draft, [{ instanceId: 'r-1', at: draft.at, values, injected, load: false }]);
  });
}

/** What happened from the first step of the ladder on, without the hourly charges. */
function story(world: FakeWorld): string {
  const first = world.events().find(({ type }) => type.startsWith('abuse'))?.seq ?? 1;
  return world.timeline(first - 1).replace(/.*(charges,|charged).*\n/g, '');
}

/** By meter. */
function standings({ controlPlane: { world } }: FakeWorld) {
  const instance = world.instances.get('r-1');
  const all = instance ? standingsOf(world, instance) : [];
  return Object.fromEntries(all.map((one) => [one.meter, one]));
}

function ceilings(world: FakeWorld) {
  return world.dataPlane.endpoints.get('r-1')?.ceilings;
}

function access(world: FakeWorld) {
  return world.dataPlane.endpoints.get('r-1')?.access;
}

describe('a load that stays at the ceiling', () => {
  test('climbs level by level at its own times, is suspended, answered, and comes down again', async () => {
    await using world = await scene();
    await say(world, { intranetOutRatio: 98 });
    await world.advance('26h');
    expect(access(world)).toEqual({ reads: SUSPENDED, writes: SUSPENDED });
    await decide(world, (draft) => answerAbuse(draft, 'ab-1', 'a job ran wild, it is stopped'));
    expect(access(world)).toEqual({ reads: null, writes: null });
    await say(world, { intranetOutRatio: 12 });
    await world.advance('2h');
    expect(story(world)).toMatchInlineSnapshot(`
      "
      01-01 00:05                3.1.3.7  ab-1: bandwidthOut of r-1 is high (98 % of 10 MB/s): above 80 % for 5m, injected
      01-01 00:05                3.1.3.7  n-1 about r-1 was sent to Ada: the load is high
      01-01 01:00                3.1.3.7  ab-1: bandwidthOut of r-1 is excessive (98 % of 10 MB/s): above 95 % for 1h, injected
      01-01 01:00                3.1.3.7  n-2 about r-1 was sent to Ada: the load is excessive; its ceiling is narrowed, and an answer is wanted
      01-02 00:00                3.1.3.7  ab-1: bandwidthOut of r-1 is abusive (98 % of 10 MB/s): above 95 % for 1d, injected
      01-02 00:00                3.1.3.7  v-1: r-1 is in violation: an unreasonable load
      01-02 00:00                3.1.3.12 n-3 about r-1 was sent to Ada: a measure was taken
      01-02 00:00                3.1.3.12 r-1 is suspended: an unreasonable load
      01-02 02:00                3.1.3.7  ab-1: bandwidthOut of r-1 is abusive (98 % of 10 MB/s): answered, injected
      01-02 02:00                3.1.3.7  v-1 was lifted
      01-02 02:00                3.1.3.12 r-1 is suspended no more: v-1 was lifted
      01-02 02:00                3.1.3.7  ab-1: bandwidthOut of r-1 is excessive (98 % of 10 MB/s): v-1 was lifted, injected
      01-02 02:30                3.1.3.7  ab-1: bandwidthOut of r-1 is high (12 % of 5 MB/s): under 85 % for 30m, injected
      01-02 03:00                3.1.3.7  ab-1: bandwidthOut of r-1 is fair (12 % of 5 MB/s): under 70 % for 30m, injected
      "
    `);
    expect(ceilings(world)?.bytesPerSecondOut).toBe(10 * MEGABYTE);
  });

  test('is the same story after restarts and crashes, and in one advance or in many', async () => {
    const told = [];
    for (const steps of [['30h'], ['7m', '2h', '90m', '22h', '4h23m'], ['1h', '23h', '6h']]) {
      await using world = await scene();
      await say(world, { CpuUsage: 100, intranetInRatio: 85 });
      for (const [index, by] of steps.entries()) {
        await world.advance(by);
        await (index % 2 === 0 ? world.restart() : world.crash());
      }
      told.push(story(world));
    }
    expect(told[1]).toBe(told[0]);
    expect(told[2]).toBe(told[0]);
    expect(told[0]).toContain('cpu of r-1 is abusive');
    expect(told[0]).not.toContain('bandwidthIn of r-1 is excessive');
  });

  test('is in the plan of its instance, with the times at which it will be', async () => {
    await using world = await scene();
    await say(world, { CpuUsage: 100 });
    const walk = new PlanWalk(
      world.controlPlane.world,
      world.controlPlane.clock.now(),
      'r-1',
      DAY_MS,
    );
    while (walk.walk(100));
    expect(walk.changes.map(({ at, event }) => [at - START, event.type])).toEqual([
      [5 * MINUTE_MS, 'abuse-climbed'],
      [5 * MINUTE_MS, 'notice-sent'],
      [HOUR_MS, 'abuse-climbed'],
      [HOUR_MS, 'notice-sent'],
      [DAY_MS, 'abuse-climbed'],
      [DAY_MS, 'violation-reported'],
      [DAY_MS, 'notice-sent'],
      [DAY_MS, 'service-suspended'],
    ]);
    expect(walk.changes.at(-1)?.access).toEqual({ reads: SUSPENDED, writes: SUSPENDED });
  });
});

describe('at excessive', () => {
  test.each<[string, MeterValues, number, number, number]>([
    ['what goes out', { intranetOutRatio: 99 }, 10, 5, 1],
    ['what comes in', { intranetInRatio: 99 }, 5, 10, 1],
    ['the processor', { CpuUsage: 99 }, 10, 10, 0.5],
    ['memory, by what comes in', { memoryUsage: 115 }, 5, 10, 1],
  ])(
    '%s is narrowed to half, and nothing else, until it is high again',
    async (_, values, inMb, outMb, cores) => {
      await using world = await scene();
      await say(world, values);
      await world.advance('1h');
      const outside = () => ({
        in: (ceilings(world)?.bytesPerSecondIn ?? 0) / MEGABYTE,
        out: (ceilings(world)?.bytesPerSecondOut ?? 0) / MEGABYTE,
        cores: world.engine.backends.get('r-1')?.cpuCores,
      });
      expect(outside()).toEqual({ in: inMb, out: outMb, cores });
      const [meter] = Object.keys(values);
      await say(world, { [meter ?? '']: 10 });
      await world.advance('30m');
      expect(outside()).toEqual({ in: 10, out: 10, cores: 1 });
    },
  );

  test('silence leads to a suspension at the end of the term to answer', async () => {
    await using world = await scene({ excessive: { answerWithin: '2h' } });
    await say(world, { CpuUsage: 100 });
    await world.advance('1h');
    // It is less, of the half that is left, and not so much less that it falls.
    await say(world, { CpuUsage: 45 });
    await world.advance('119m');
    expect(access(world)).toEqual({ reads: null, writes: null });
    await world.advance('1m');
    expect(access(world)).toEqual({ reads: SUSPENDED, writes: SUSPENDED });
    expect(story(world)).toContain(
      '01-01 03:00                3.1.3.12 ab-1: cpu of r-1 is excessive (90 % of 0.5 CPU): not answered in time, injected',
    );
  });

  test('an answer ends the term, and the time towards abusive counts from it', async () => {
    await using world = await scene();
    await say(world, { CpuUsage: 100 });
    await world.advance('10h');
    await decide(world, (draft) => answerAbuse(draft, 'ab-1', 'we look into it'));
    await world.advance('23h');
    expect(access(world)).toEqual({ reads: null, writes: null });
    const again = decide(world, (draft) => answerAbuse(draft, 'ab-1', 'still looking'));
    expect(await lastRefusal(again)).toMatchObject({ code: 'IncorrectCaseState' });
    await world.advance('1h');
    expect(access(world)).toEqual({ reads: SUSPENDED, writes: SUSPENDED });
  });
});

describe('abusive', () => {
  test('ends the instance without a refund where its terms say so, and nothing more is told of it', async () => {
    await using world = await scene({}, { violation: { leadsTo: 'terminate' } });
    await say(world, { CpuUsage: 100, intranetInRatio: 100 });
    await world.advance('2d');
    expect(world.states()).toBe('r-1 released');
    expect(world.ledger().map(({ kind }) => kind)).not.toContain('refund');
    const last = world.events().findLast(({ type }) => type !== 'charged');
    expect(last?.text).toBe('r-1 active -> released (terminated)');
    const idle = world.controlPlane.read((draft) => draft.records('abuse')).flatMap(climbDeadlines);
    expect(idle).toEqual([]);
  });

  test('is lifted by a load that fell, where its terms say so', async () => {
    await using world = await scene({ abusive: { liftedBy: 'load' } });
    await say(world, { CpuUsage: 100 });
    await world.advance('24h');
    expect(access(world)?.reads).toBe(SUSPENDED);
    await say(world, { CpuUsage: 3 });
    await world.advance('29m');
    expect(access(world)?.reads).toBe(SUSPENDED);
    await world.advance('1m');
    expect(access(world)?.reads).toBe(null);
    expect(standings(world).cpu).toMatchObject({ level: 'excessive' });
  });

  test('stays, whatever the load is, until the vendor lifts it, where its terms say so', async () => {
    await using world = await scene({ abusive: { liftedBy: 'vendor' } });
    await say(world, { CpuUsage: 100 });
    await world.advance('24h');
    await say(world, { CpuUsage: 3 });
    await world.advance('9d');
    expect(access(world)?.reads).toBe(SUSPENDED);
    const answer = decide(world, (draft) => answerAbuse(draft, 'ab-1', 'sorry'));
    expect(await lastRefusal(answer)).toMatchObject({ code: 'IncorrectCaseState' });
    await decide(world, (draft) => liftViolation(draft, 'v-1'));
    expect(access(world)?.reads).toBe(null);
    await world.advance('2h');
    expect(standings(world).cpu).toMatchObject({ level: 'fair' });
  });

  test('stands apart from arrears: paying does not lift it, lifting does not thaw', async () => {
    await using world = await scene();
    await say(world, { CpuUsage: 100 });
    await world.advance('24h');
    await world.setBalance('0');
    await world.advance('26h');
    expect(world.states()).toBe('r-1 frozen');
    expect(access(world)).toEqual({ reads: SUSPENDED, writes: SUSPENDED });
    await decide(world, (draft) => answerAbuse(draft, 'ab-1', 'it is over'));
    expect(access(world)).toMatchObject({ reads: null, writes: /^NOWRITE/ });
    await world.topUp('100');
    expect(access(world)).toEqual({ reads: null, writes: null });
  });
});

describe('the way down', () => {
  test('begins only so far under the threshold, and a level takes its time: it does not swing', async () => {
    await using world = await scene();
    await say(world, { CpuUsage: 85 });
    await world.advance('10m');
    await say(world, { CpuUsage: 75 });
    await world.advance('5h');
    expect(standings(world).cpu).toMatchObject({ level: 'high', share: 75 });
    await say(world, { CpuUsage: 69 });
    await world.advance('29m');
    await say(world, { CpuUsage: 71 });
    await world.advance('1m');
    expect(standings(world).cpu).toMatchObject({ level: 'high' });
    await say(world, { CpuUsage: 69 });
    await world.advance('30m');
    expect(standings(world).cpu).toMatchObject({ level: 'fair' });
  });

  test('a load that is low once before its time is up begins to count anew', async () => {
    await using world = await scene();
    await say(world, { CpuUsage: 85 });
    await world.advance('4m');
    await say(world, { CpuUsage: 79 });
    await say(world, { CpuUsage: 85 });
    await world.advance('4m');
    expect(standings(world).cpu).toMatchObject({ level: 'fair' });
    await world.advance('1m');
    expect(standings(world).cpu).toMatchObject({ level: 'high' });
  });
});

describe('readings', () => {
  test('that were measured hold for half an hour; what nobody reads after that is no load', async () => {
    await using world = await scene();
    await say(world, { CpuUsage: 100 }, false);
    await world.advance('9h');
    expect(story(world)).toMatchInlineSnapshot(`
      "
      01-01 00:05                3.1.3.7  ab-1: cpu of r-1 is high (100 % of 1 CPU): above 80 % for 5m
      01-01 00:05                3.1.3.7  n-1 about r-1 was sent to Ada: the load is high
      01-01 01:00                3.1.3.7  ab-1: cpu of r-1 is fair (not read): nothing was read for 30m
      "
    `);
  });

  test('that were measured again and again add up, those that were injected hold until the next one', async () => {
    await using world = await scene();
    for (let minutes = 0; minutes < 60; minutes += 20) {
      await say(world, { CpuUsage: 97, intranetInRatio: 97 }, minutes === 0);
      await world.advance('20m');
    }
    expect(standings(world).cpu).toMatchObject({ level: 'excessive', injected: false });
    await say(world, { intranetInRatio: 97 });
    await world.advance('1d');
    expect(standings(world).cpu).toMatchObject({ level: 'fair', share: null });
    expect(standings(world).bandwidthIn).toMatchObject({ level: 'abusive', injected: true });
  });

  test('of a ceiling that is switched off say nothing', async () => {
    await using world = await scene();
    await decide(world, (draft) => {
      const how = { used: null, ownsMemory: true };
      changeCeilings(draft, 'r-1', { cpu: 0, bandwidth: 0, memory: 0 }, how);
    });
    await say(world, { CpuUsage: 100, intranetInRatio: 100, memoryUsage: 100 });
    expect(standings(world).cpu).toMatchObject({
      level: 'fair',
      share: null,
      ceiling: 'no ceiling',
      next: 'nothing: it has no ceiling',
    });
    expect(world.controlPlane.read((draft) => draft.records('abuse'))).toEqual([]);
  });

  test('of load on demand hold while it is made, and not when it ended together with the simulator', async () => {
    await using world = await scene();
    await decide(world, (draft) => {
      const reading = { at: draft.at, values: { CpuUsage: 100 }, injected: false, load: true };
      observeReadings(draft, [{ instanceId: 'r-1', ...reading }]);
    });
    await world.crash();
    await world.advance('2d');
    expect(world.events().filter(({ type }) => type.startsWith('abuse'))).toEqual([]);
    expect(standings(world).cpu).toMatchObject({ level: 'fair', share: null });
  });

  test('count no more from the moment in which the ceiling is switched off, whatever was said', async () => {
    await using world = await scene();
    await say(world, { CpuUsage: 100, intranetInRatio: 100 });
    await world.advance('10m');
    expect(standings(world)).toMatchObject({
      ...{ cpu: { level: 'high' }, bandwidthIn: { level: 'high' } },
    });
    await decide(world, (draft) => {
      changeCeilings(draft, 'r-1', { cpu: 0 }, { used: null, ownsMemory: true });
    });
    await world.advance('2d');
    expect(standings(world).cpu).toMatchObject({ level: 'fair', share: null });
    expect(standings(world).bandwidthIn).toMatchObject({ level: 'abusive' });
  });

  test('of instances that are not there, or not in service, are of no use', async () => {
    await using world = await scene();
    await world.delete('r-1');
    await say(world, { CpuUsage: 100 });
    const reading = { at: START, values: { CpuUsage: 100 }, injected: true, load: false };
    await decide(world, (draft) => observeReadings(draft, [{ ...reading, instanceId: 'r-9' }]));
    expect(world.controlPlane.read((draft) => draft.records('abuse'))).toEqual([]);
  });

  test('of the processor are of what the ceiling leaves of the one that carries out commands', async () => {
    await using world = await scene();
    await decide(world, (draft) => {
      changeCeilings(draft, 'r-1', { cpu: 0.5 }, { used: null, ownsMemory: true });
    });
    await say(world, { CpuUsage: 45 });
    expect(standings(world).cpu).toMatchObject({ share: 90, ceiling: '0.5 CPU' });
  });
});

test('what is shown of an instance tells where each meter stands, and what would come next', async () => {
  await using world = await scene();
  await say(world, { CpuUsage: 97, intranetOutRatio: 50 });
  await world.advance('90m');
  await say(world, { CpuUsage: 90 });
  expect(
    Object.values(standings(world)).map(({ meter, level, next }) => `${meter} ${level}: ${next}`),
  ).toMatchInlineSnapshot(`
    [
      "memory fair: high above 80 % for 5m",
      "cpu excessive: abusive at 2026-01-02T00:00:00Z; abusive at 2026-01-04T01:00:00Z where nobody answers: abuse answer ab-1; high again under 85 % for 30m",
      "bandwidthIn fair: high above 80 % for 5m",
      "bandwidthOut fair: high above 80 % for 5m",
    ]
  `);
});
