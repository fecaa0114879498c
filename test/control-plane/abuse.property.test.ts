/** Random loads over random times: the ladder agrees with a slow walk from minute to minute, and the outside with the ladder. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerAbuse, observeReadings } from '../../src/control-plane/core/abuse-ladder.js';
import {
  climbDeadlines,
  isAtRest,
  isNarrowed,
  LEVELS,
  type Level,
} from '../../src/control-plane/core/abuse-levels.js';
import { standingsOf } from '../../src/control-plane/core/abuse-standing.js';
import { ceilingsOf, cpuCoresOf } from '../../src/control-plane/core/ceilings.js';
import { SimulatorError } from '../../src/control-plane/core/errors.js';
import { addTerms, merged } from '../../src/control-plane/core/own-terms.js';
import { factsOf } from '../../src/control-plane/core/state-facts.js';
import { ABUSE_METERS, TERMS, type Terms } from '../../src/control-plane/core/terms.js';
import { liftViolation } from '../../src/control-plane/core/violations.js';
import { FakeWorld } from '../support/fake-world.js';

/** Minutes, and percent: short, so that many levels are met. */
const RULES = {
  high: { after: '5m', cpu: 50, memory: 50, bandwidthIn: 50, bandwidthOut: 50 },
  excessive: { after: '9m', cpu: 70, memory: 70, bandwidthIn: 70, bandwidthOut: 70 },
  abusive: { after: '20m', cpu: 90, memory: 90, bandwidthIn: 90, bandwidthOut: 90 },
  falls: { under: 10, after: '4m' },
} as const;

/** So many minutes at a share of the incoming bandwidth. */
interface Stretch {
  readonly share: number;
  readonly minutes: number;
}

/** What the ladder is from minute to minute, worked out by looking back over all that was before. */
function walked(stretches: readonly Stretch[]): Level[] {
  const shares = stretches.flatMap(({ share, minutes }) => Array<number>(minutes).fill(share));
  /** For how many whole minutes up to `end` it was so. */
  const runOf = (end: number, is: (share: number) => boolean): number => {
    let length = 0;
    while (length < end && is(shares[end - 1 - length] ?? 0)) length += 1;
    return length;
  };
  const minutesOf = (text: string) => Number(text.replace('m', ''));
  let level = 0;
  let since = 0;
  return shares.map((_, index) => {
    const now = index + 1;
    const up = LEVELS[level + 1];
    if (up !== undefined && up !== 'fair') {
      const over = runOf(now, (share) => share > RULES[up].bandwidthIn);
      if (over >= minutesOf(RULES[up].after)) {
        level += 1;
        since = now;
      }
    }
    const at = LEVELS[level];
    if (at !== undefined && at !== 'fair' && since < now) {
      const low = RULES[at].bandwidthIn - RULES.falls.under;
      const under = runOf(now, (share) => share < low);
      if (Math.min(under, now - since) >= minutesOf(RULES.falls.after)) {
        level -= 1;
        since = now;
      }
    }
    return LEVELS[level] ?? 'fair';
  });
}

const stretch = fc.record({
  share: fc.constantFrom(0, 39, 40, 45, 50, 51, 60, 65, 71, 80, 85, 91, 100),
  minutes: fc.integer({ min: 1, max: 30 }),
});

test('at every minute the level is what a slow walk says, whatever the load was, and none is left out', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stretch, { maxLength: 20 }),
      fc.boolean(),
      async (stretches, crash) => {
        await using world = await worldOf({
          ...RULES,
          abusive: { ...RULES.abusive, liftedBy: 'load' },
        });
        const levels: string[] = [];
        for (const { share, minutes } of stretches) {
          await say(world, { intranetInRatio: share });
          for (let minute = 0; minute < minutes; minute += 1) {
            await world.advance('1m');
            levels.push(levelOf(world));
          }
          if (crash) await world.crash();
        }
        expect(levels).toEqual(walked(stretches));
        for (const { data, type } of world.events()) {
          if (type !== 'abuse-climbed' && type !== 'abuse-fell') continue;
          const [from, to] = [data.before, data.level].map((one) => LEVELS.indexOf(one as Level));
          expect(to).toBe((from ?? 0) + (type === 'abuse-climbed' ? 1 : -1));
        }
      },
    ),
    { numRuns: 60 },
  );
});

type Step = (world: FakeWorld) => Promise<unknown>;

const number = fc.integer({ min: 1, max: 4 }).map(String);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('CpuUsage', 'memoryUsage', 'intranetInRatio', 'intranetOutRatio'),
      fc.integer({ min: 0, max: 130 }),
      fc.boolean(),
    )
    .map(
      ([meter, share, injected]): Step =>
        (world) =>
          say(world, { [meter]: share }, injected),
    ),
  fc.integer({ min: 1, max: 300 }).map(
    (minutes): Step =>
      (world) =>
        world.advance(`${String(minutes)}m`),
  ),
  number.map(
    (n): Step =>
      (world) =>
        world.controlPlane.decide((draft) => answerAbuse(draft, `ab-${n}`, 'so what')),
  ),
  number.map(
    (n): Step =>
      (world) =>
        world.controlPlane.decide((draft) => liftViolation(draft, `v-${n}`)),
  ),
  fc.constantFrom<Step>(
    (world) => world.restart(),
    (world) => world.crash(),
    (world) => world.setBalance('0'),
    (world) => world.topUp('50'),
  ),
);

test('whatever happens, and whenever it is restarted, levels, measures and the outside agree', async () => {
  const liftedBy = fc.constantFrom('answer', 'load', 'vendor');
  await fc.assert(
    fc.asyncProperty(liftedBy, fc.array(step, { maxLength: 30 }), async (lifted, steps) => {
      const excessive = { ...RULES.excessive, answerWithin: '3h' };
      const abusive = { ...RULES.abusive, liftedBy: lifted };
      await using world = await worldOf({ ...RULES, excessive, abusive });
      for (const one of steps) {
        await one(world).catch((error: unknown) => {
          if (!(error instanceof SimulatorError)) throw error;
        });
        expectAgreement(world);
      }
      const before = world.controlPlane.world;
      await world.restart();
      expect(world.controlPlane.world).toEqual(before);
    }),
    { numRuns: 150 },
  );
});

function expectAgreement({ controlPlane, dataPlane, engine }: FakeWorld): void {
  const { world, clock } = controlPlane;
  const climbs = [...(world.records.abuse?.values() ?? [])];
  const instance = controlPlane.instance('r-1');
  for (const climb of climbs) {
    const due = climbDeadlines(climb);
    for (const { at } of due) expect(at).toBeGreaterThan(clock.now());
    if (isAtRest(climb)) expect(due).toEqual([]);
  }
  // Of each meter there is one record at the most.
  expect(new Set(climbs.map(({ meter }) => meter)).size).toBe(climbs.length);
  if (factsOf(instance).endpoint !== 'open') return;
  const narrowing = climbs.filter(({ level }) => isNarrowed(level)).map(({ id }) => id);
  expect(instance.narrowed.map(({ climbId }) => climbId).sort()).toEqual(narrowing.sort());
  const abusive = climbs.filter(({ level }) => level === 'abusive');
  const causes = abusive.map(({ violationId }) => violationId).sort();
  expect(instance.suspensions.map(({ causeId }) => causeId).sort()).toEqual(causes);
  expect(dataPlane.endpoints.get('r-1')?.ceilings).toEqual(ceilingsOf(instance));
  expect(engine.backends.get('r-1')?.cpuCores).toBe(cpuCoresOf(instance));
  expect(standingsOf(world, instance).map(({ meter }) => meter)).toEqual(ABUSE_METERS);
}

async function worldOf(abuse: object): Promise<FakeWorld> {
  const world = await FakeWorld.open({ balance: '1000' });
  const terms = await world.controlPlane.decide((draft) =>
    addTerms(draft, merged(TERMS.tos as Terms, { name: 'mine', abuse })),
  );
  await world.create({ terms });
  return world;
}

function say(world: FakeWorld, values: object, injected = true): Promise<void> {
  return world.controlPlane.decide((draft) => {
    observeReadings(draft, [{ instanceId: 'r-1', at: draft.at, values, injected, load: false }]);
  });
}

function levelOf({ controlPlane: { world } }: FakeWorld): string {
  const climb = [...(world.records.abuse?.values() ?? [])].find(
    ({ meter }) => meter === 'bandwidthIn',
  );
  return climb?.level ?? 'fair';
}
