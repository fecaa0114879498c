/** What counts as unavailable by the vendor's fault, and what follows from it (8.2 to 8.5, 9, 3.1.7, 3.2.9). */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { accounted, availabilityOf, byMonth } from '../../src/control-plane/core/availability.js';
import type { Bar } from '../../src/control-plane/core/bars.js';
import { cancelInstance, fileClaim, worthOf } from '../../src/control-plane/core/claims.js';
import { Draft } from '../../src/control-plane/core/draft.js';
import { DAY_MS, formatInstant, HOUR_MS } from '../../src/control-plane/core/duration.js';
import { isInWindow, DEFAULT_MAINTAIN_TIME } from '../../src/control-plane/core/maintain-time.js';
import { moneyFromMicro, parseMoney } from '../../src/control-plane/core/money.js';
import {
  beginOutage,
  endOutage,
  endOutages,
  OUTAGE_CAUSES,
  type Outage,
  type OutageCause,
} from '../../src/control-plane/core/outages.js';
import { liftViolation, reportViolation } from '../../src/control-plane/core/violations.js';
import { FakeWorld, START } from '../support/fake-world.js';
import { lastRefusal } from '../support/refusal.js';

function begin(world: FakeWorld, cause: OutageCause, hours: number | null = null, id = 'r-1') {
  const lastsMs = hours === null ? null : hours * HOUR_MS;
  const request = { instanceId: id, cause, lastsMs, latencyMs: null };
  return world.controlPlane.decide((draft) => beginOutage(draft, request));
}

/** `01-01 00:00 .. 01-04 08:00`, a line for each stretch that counts. */
function countedOf({ controlPlane }: FakeWorld, id = 'r-1'): string[] {
  const draft = new Draft(controlPlane.world, controlPlane.clock.now());
  const { counted } = availabilityOf(draft, draft.instance(id));
  const short = (at: number) => formatInstant(at).slice(5, 16).replace('T', ' ');
  return counted.map(({ from, until }) => `${short(from)} .. ${short(until)}`);
}

describe('availability', () => {
  test('a fault of the vendor is repaired by itself after an hour, one of the customer is not', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    const before = world.events().length;
    await begin(world, 'provider');
    await begin(world, 'customer');
    await world.advance('3d');
    expect(world.timeline(before).replace(/.*charges.*\n/g, '')).toMatchInlineSnapshot(`
      "
      01-01 00:00                3.2.9    out-1 of r-1: a fault of the vendor's, who repairs it
      01-01 00:00                3.2.9    out-2 of r-1: the customer's own fault, which nobody else repairs
      01-01 01:00                2.2.2    charged 0.21 CNY for one hour, balance 99.79
      01-01 01:00                3.2.9    out-1 of r-1 is repaired
      "
    `);
    expect(world.controlPlane.instance('r-1').outages).toHaveLength(1);
  });

  test('an outage keeps clients away while Redis goes on, and ends their sessions once', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    const endpoint = () => world.dataPlane.endpoints.get('r-1');
    expect(endpoint()?.backend).not.toBeNull();
    await begin(world, 'provider', 2);
    expect(endpoint()).toMatchObject({ backend: null, generation: 1 });
    expect(world.engine.backends.has('r-1')).toBe(true);
    await world.restart();
    expect(endpoint()).toMatchObject({ backend: null, generation: 1 });
    await world.advance('2h');
    expect(endpoint()).toMatchObject({ generation: 1, latencyMs: 0 });
    expect(endpoint()?.backend).not.toBeNull();
  });

  test('a slow network adds latency and leaves the door open; a flaw does nothing', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await begin(world, 'flaw');
    await begin(world, 'network');
    const endpoint = () => world.dataPlane.endpoints.get('r-1');
    expect(endpoint()).toMatchObject({ latencyMs: 200, generation: 0 });
    expect(endpoint()?.backend).not.toBeNull();
    await world.controlPlane.decide(endOutages);
    expect(endpoint()).toMatchObject({ latencyMs: 0 });
  });

  test.each(['customer', 'maintenance', 'network', 'force-majeure', 'flaw'] as const)(
    'an outage by %s in the window is not counted',
    async (cause) => {
      await using world = await FakeWorld.open();
      await world.create();
      await world.advance('18h');
      await begin(world, cause, 4);
      await world.advance('4h');
      expect(countedOf(world)).toEqual([]);
    },
  );

  test('maintenance counts as far as it lies outside its window, which a later change does not move', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.advance('17h');
    await begin(world, 'maintenance', 6);
    await world.advance('1d');
    expect(countedOf(world)).toEqual(['01-01 17:00 .. 01-01 18:00', '01-01 22:00 .. 01-01 23:00']);
  });

  test('outages that touch or overlap are one', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await begin(world, 'provider', 40);
    await world.advance('30h');
    await begin(world, 'provider', 20);
    await world.advance('20h');
    await begin(world, 'provider', 22);
    await world.advance('3d');
    expect(countedOf(world)).toEqual(['01-01 00:00 .. 01-04 00:00']);
  });

  test('while an instance is suspended for what its customer did, or frozen, or gone, nothing counts', async () => {
    await using world = await FakeWorld.open({ balance: '0.63' });
    await world.create();
    await begin(world, 'provider', 240);
    await world.advance('10h');
    await world.controlPlane.decide((draft) => reportViolation(draft, 'r-1', 'spam'));
    await world.advance('2h');
    await world.controlPlane.decide((draft) => liftViolation(draft, 'v-1'));
    // Owing since 04:00, frozen a day later.
    await world.advance('11d');
    expect(world.states()).toBe('r-1 deleted');
    expect(countedOf(world)).toEqual(['01-01 00:00 .. 01-01 10:00', '01-01 12:00 .. 01-02 04:00']);
  });

  test('force majeure that overlaps a fault is not counted, and breaks the time without a service in two', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await begin(world, 'provider', 80);
    await world.advance('30h');
    await begin(world, 'force-majeure', 10);
    await world.advance('60h');
    expect(countedOf(world)).toEqual(['01-01 00:00 .. 01-02 06:00', '01-02 16:00 .. 01-04 08:00']);
  });

  test('by month: of the time in service, rounded down', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.create();
    await world.advance('30d');
    await begin(world, 'provider', 48);
    await world.advance('32d');
    const { world: now, clock } = world.controlPlane;
    const draft = new Draft(now, clock.now());
    expect(byMonth(availabilityOf(draft, draft.instance('r-1')))).toEqual([
      { month: '2026-01', serviceMs: 31 * DAY_MS, unavailableMs: DAY_MS, percentage: 96.7741 },
      { month: '2026-02', serviceMs: 28 * DAY_MS, unavailableMs: DAY_MS, percentage: 96.4285 },
      { month: '2026-03', serviceMs: 3 * DAY_MS, unavailableMs: 0, percentage: 100 },
    ]);
  });

  test('the rule is the same as minute by minute', () => {
    const minute = 60_000;
    const span = fc.tuple(
      fc.integer({ min: 0, max: 3000 }),
      fc.option(fc.integer({ max: 900, min: 0 })),
    );
    const outage = fc.tuple(
      fc.constantFrom(...(Object.keys(OUTAGE_CAUSES) as OutageCause[])),
      span,
    );
    const history = fc.tuple(fc.array(outage, { maxLength: 6 }), fc.array(span, { maxLength: 3 }));
    fc.assert(
      fc.property(history, ([rows, barred]) => {
        const at = (minutes: number) => START + minutes * minute;
        const outages = rows.map(([cause, [from, length]], n) =>
          outageRow(n, cause, at(from), length === null ? null : at(from + length)),
        );
        const bars = barred.map(([from, length], n): Bar => ({
          ...{
            id: `b-${String(n)}`,
            instanceId: 'r-1',
            why: 'frozen',
            clause: '7.2.3.1',
            ended: false,
          },
          ...{ from: at(from), until: length === null ? null : at(from + length) },
        }));
        const now = 2000;
        const { counted, longestMs } = accounted(at(100), at(now), outages, bars);
        const isOn = (row: { from: number; until: number | null }, m: number) =>
          row.from <= at(m) && at(m) < (row.until ?? Number.POSITIVE_INFINITY);
        let [sum, longest, run] = [0, 0, 0];
        for (let m = 100; m < now; m += 1) {
          const open = outages.filter((one) => isOn({ from: one.beganAt, until: one.endedAt }, m));
          const inWindow = isInWindow(DEFAULT_MAINTAIN_TIME, at(m));
          const excuse = (cause: OutageCause) =>
            cause === 'customer' ||
            cause === 'force-majeure' ||
            (cause === 'maintenance' && inWindow);
          const isExcused =
            bars.some((bar) => isOn(bar, m)) || open.some(({ cause }) => excuse(cause));
          const isVendors = open.some(
            ({ cause }) => cause === 'provider' || cause === 'maintenance',
          );
          run = isVendors && !isExcused ? run + 1 : 0;
          if (run > 0) sum += 1;
          longest = Math.max(longest, run);
        }
        expect(counted.reduce((ms, { from, until }) => ms + until - from, 0)).toBe(sum * minute);
        expect(longestMs).toBe(longest * minute);
      }),
    );
  });
});

describe('72 hours without a service', () => {
  test('before them, cancelling is refused and says how long is missing; from then on it is accepted', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    const cancel = () => world.controlPlane.decide((draft) => cancelInstance(draft, 'r-1'));
    await begin(world, 'provider', 100);
    await world.advance('71h');
    expect(await lastRefusal(cancel())).toMatchObject({
      code: 'NotCancellableYet',
      details: { longest: '2d23h', needed: '3d', missing: '1h' },
    });
    await world.advance('1h');
    const before = world.events().length;
    await cancel();
    expect(world.timeline(before)).toMatchInlineSnapshot(`
      "
      01-04 00:00                8.3      r-1 is cancelled by its customer, after 3d unavailable by the vendor's fault
      01-04 00:00                8.3      r-1 cancelled for being unavailable
      01-04 00:00                8.3      r-1 active -> released (released)
      "
    `);
  });

  test('two times 40 hours with a minute between them are no 72 hours', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await begin(world, 'provider', 40);
    await world.advance('2401m');
    await begin(world, 'provider', 40);
    await world.advance('50h');
    const refused = world.controlPlane.decide((draft) => cancelInstance(draft, 'r-1'));
    expect(await lastRefusal(refused)).toMatchObject({ details: { longest: '1d16h' } });
  });

  test('80 hours of force majeure are no reason to cancel', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await begin(world, 'force-majeure', 80);
    await world.advance('80h');
    const refused = world.controlPlane.decide((draft) => cancelInstance(draft, 'r-1'));
    expect(await lastRefusal(refused)).toMatchObject({ details: { missing: '3d' } });
  });
});

describe('claims', () => {
  test('are worth at most the fees paid, less what claims paid before', () => {
    const money = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(moneyFromMicro);
    fc.assert(
      fc.property(fc.array(money, { maxLength: 6 }), money, (amounts, fees) => {
        let paid = moneyFromMicro(0n);
        for (const amount of amounts) {
          const worth = worthOf(amount, fees, paid);
          expect(worth).toBeGreaterThanOrEqual(0n);
          expect(worth).toBeLessThanOrEqual(amount);
          paid = moneyFromMicro(paid + worth);
          expect(paid).toBeLessThanOrEqual(fees);
        }
        const asked = amounts.reduce((sum, amount) => sum + amount, 0n);
        expect(paid).toBe(asked < fees ? asked : fees);
      }),
    );
  });

  test('are paid into the account, capped, and then there is nothing left', async () => {
    await using world = await FakeWorld.open({ balance: '10' });
    await world.create();
    await begin(world, 'provider', 2);
    await world.advance('2h');
    const before = world.events().length;
    const file = (amount: string) =>
      world.controlPlane.decide((draft) => fileClaim(draft, 'r-1', parseMoney('amount', amount)));
    await file('0.40');
    await file('5');
    expect(world.timeline(before)).toMatchInlineSnapshot(`
      "
      01-01 02:00                8.5      paid 0.40 CNY for cl-1 for the unavailability of r-1
      01-01 02:00                8.5      paid 0.02 CNY for cl-2 for the unavailability of r-1, of 5.00 asked for: no more than the fees paid
      "
    `);
    expect(
      world
        .ledger()
        .slice(-2)
        .map(({ kind, text }) => `${kind}: ${text}`),
    ).toMatchInlineSnapshot(`
      [
        "claim: cl-1 for the unavailability of r-1",
        "claim: cl-2 for the unavailability of r-1, of 5.00 asked for: no more than the fees paid",
      ]
    `);
    expect(await lastRefusal(file('1'))).toMatchObject({ code: 'ClaimsExhausted' });
  });

  test.each(['flaw', 'network', 'force-majeure', 'customer'] as const)(
    'are refused where there was only %s, and say why',
    async (cause) => {
      await using world = await FakeWorld.open();
      await world.create();
      await begin(world, cause, 2);
      await world.advance('2h');
      const refused = world.controlPlane.decide((draft) =>
        fileClaim(draft, 'r-1', parseMoney('amount', '1')),
      );
      const { code, message } = await lastRefusal(refused);
      expect(code).toBe('ClaimNotFounded');
      expect(message).toContain(
        `${OUTAGE_CAUSES[cause].says} (clause ${OUTAGE_CAUSES[cause].clause})`,
      );
    },
  );

  test('are refused where nothing was unavailable: a backup that failed, say (3.1.11)', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    const refused = world.controlPlane.decide((draft) =>
      fileClaim(draft, 'r-1', parseMoney('amount', '1')),
    );
    expect(await lastRefusal(refused)).toMatchObject({
      details: { reason: 'it was never unavailable' },
    });
  });
});

test('an outage that is over cannot be ended again', async () => {
  await using world = await FakeWorld.open();
  await world.create();
  await begin(world, 'provider', 1);
  await world.advance('1h');
  const again = world.controlPlane.decide((draft) => endOutage(draft, 'out-1'));
  expect(await lastRefusal(again)).toMatchObject({ code: 'IncorrectCaseState' });
});

function outageRow(n: number, cause: OutageCause, beganAt: number, endedAt: number | null): Outage {
  return {
    ...{ id: `out-${String(n)}`, instanceId: 'r-1', cause, clause: '', latencyMs: 0 },
    ...{ maintainTime: DEFAULT_MAINTAIN_TIME, state: endedAt === null ? 'going-on' : 'over' },
    ...{ beganAt, endsAt: null, endedAt },
  };
}
