/** A plan tells what an advance will do, and no more than that. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, formatInstant, HOUR_MS } from '../../src/control-plane/core/duration.js';
import { formatMoney } from '../../src/control-plane/core/money.js';
import { isAbout, PlanWalk } from '../../src/control-plane/core/plan.js';
import { announceTerms } from '../../src/control-plane/core/terms-announcement.js';
import { TERMS } from '../../src/control-plane/core/terms.js';
import { INSTANCE_CLASSES } from '../../src/control-plane/core/instance-classes.js';
import { FakeWorld } from '../support/fake-world.js';
import { subscribe } from '../support/subscription.js';

function planOf(world: FakeWorld, id: string, lookMs?: number): PlanWalk {
  const { controlPlane } = world;
  const walk = new PlanWalk(controlPlane.world, controlPlane.clock.now(), id, lookMs);
  while (walk.walk(7)) continue;
  return walk;
}

function linesOf({ changes }: PlanWalk): string {
  const lines = changes.map(({ at, event, state, access, balance }) => {
    const may =
      access === null ? 'closed' : access.reads ? 'nothing' : access.writes ? 'reads' : 'all';
    return `${formatInstant(at)} ${state}, ${may}, ${formatMoney(balance)}: ${event.text} [${String(event.clause)}]`;
  });
  return `\n${lines.join('\n')}\n`;
}

describe('a plan', () => {
  test('of an instance with credit tells when the credit ends, and everything that follows', async () => {
    await using world = await FakeWorld.open({ balance: '10' });
    await world.create();
    await world.advance('90m');
    expect(linesOf(planOf(world, 'r-1'))).toMatchInlineSnapshot(`
      "
      2026-01-03T00:00:00Z overdue, all, -0.08: account default owes 0.08 CNY [7.2.3.1]
      2026-01-03T00:00:00Z overdue, all, -0.08: r-1 active -> overdue (arrears-began) [7.2.3.1]
      2026-01-04T00:00:00Z frozen, reads, -5.12: r-1 overdue -> frozen (grace-ended) [7.2.3.1]
      2026-01-11T00:00:00Z deleted, closed, -40.40: r-1 frozen -> deleted (retention-ended) [7.2.3.2]
      "
    `);
  });

  test('says nothing of daily backups: nobody takes them in a plan, and they change nothing for clients', async () => {
    await using world = await FakeWorld.open({ balance: '10' });
    await world.create({ dailyBackups: true });
    await world.advance('90m');
    const changes = planOf(world, 'r-1').changes.map(({ event }) => event.type);
    expect(changes).toEqual(['arrears-began', 'state-changed', 'state-changed', 'state-changed']);
    await world.advance('2d');
    expect(world.events().map(({ type }) => type)).toContain('backup-finished');
  });

  test('counts in what other instances of the account cost, and leaves other accounts out', async () => {
    await using world = await FakeWorld.open({ balance: '10' });
    await world.openAccount('other', '1');
    await world.create();
    await world.create({ instanceClass: 'redis.master.large.default' });
    await world.create({ accountId: 'other' });
    expect(linesOf(planOf(world, 'r-1'))).toMatchInlineSnapshot(`
      "
      2026-01-01T07:00:00Z overdue, all, -1.172: account default owes 1.172 CNY [7.2.3.1]
      2026-01-01T07:00:00Z overdue, all, -1.172: r-1 active -> overdue (arrears-began) [7.2.3.1]
      2026-01-02T07:00:00Z frozen, reads, -39.476: r-1 overdue -> frozen (grace-ended) [7.2.3.1]
      2026-01-09T07:00:00Z deleted, closed, -307.604: r-1 frozen -> deleted (retention-ended) [7.2.3.2]
      "
    `);
  });

  test('of a subscription tells notice, expiry and what follows', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await subscribe(world, { terms: 'cn-site' });
    expect(linesOf(planOf(world, 'r-1'))).toMatchInlineSnapshot(`
      "
      2026-01-25T00:00:00Z active, all, 848.80: r-1 expires 2026-02-01T00:00:00Z: renew it before; a month costs 151.20 CNY today [2.2.1.2]
      2026-01-25T00:00:00Z active, all, 848.80: n-1 about r-1 could not be delivered, nobody can be reached: the term ends; renew it to go on [2.2.1.2]
      2026-02-01T00:00:00Z frozen, nothing, 848.80: r-1 active -> frozen (expired) [2.2.1.2]
      2026-02-08T00:00:00Z released, closed, 848.80: r-1 frozen -> released (retention-ended) [4.3]
      2026-02-16T00:00:00Z deleted, closed, 848.80: r-1 released -> deleted (bin-ended) [4.3]
      "
    `);
  });

  test('of what is in the recycle bin tells until when; of what is gone, nothing', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.delete('r-1');
    expect(linesOf(planOf(world, 'r-1'))).toMatchInlineSnapshot(`
      "
      2026-01-08T16:00:00Z deleted, closed, 100.00: r-1 released -> deleted (bin-ended) [4.3]
      "
    `);
    await world.destroy('r-1');
    expect(planOf(world, 'r-1').changes).toEqual([]);
  });

  test('changes nothing, and looks no further than it is told to', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    const { world: before } = world.controlPlane;
    const seen = JSON.stringify([...before.instances.values()].map(({ since }) => since));
    expect(planOf(world, 'r-1', DAY_MS).changes).toEqual([]);
    expect(world.controlPlane.world).toBe(before);
    expect(JSON.stringify([...before.instances.values()].map(({ since }) => since))).toBe(seen);
  });

  test('is what an advance really does, whatever there is', async () => {
    const cases = fc.record({
      balance: fc.integer({ min: 10, max: 60 }),
      instances: fc.array(
        fc.record({
          account: fc.constantFrom('default', 'other'),
          terms: fc.constantFrom(...Object.keys(TERMS)),
          instanceClass: fc.constantFrom(...Object.keys(INSTANCE_CLASSES).slice(0, 4)),
          subscribed: fc.boolean(),
          afterMinutes: fc.integer({ min: 0, max: 90 }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      announced: fc.option(fc.constantFrom(...Object.keys(TERMS))),
      laterHours: fc.integer({ min: 0, max: 24 * 60 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ balance, instances, announced, laterHours }) => {
        await using world = await FakeWorld.open({ balance: '2000' });
        await world.openAccount('other', '2000');
        for (const { account, terms, instanceClass, subscribed, afterMinutes } of instances) {
          await world.advance(`${String(afterMinutes)}m`);
          const wanted = { accountId: account, terms, instanceClass };
          if (subscribed) await subscribe(world, wanted);
          else await world.create(wanted);
        }
        if (announced !== null) await announceIfAny(world, announced);
        await world.setBalance(String(balance));
        await world.setBalance(String(balance), 'other');
        await world.advance(`${String(laterHours)}h`);
        const { accountId } = world.controlPlane.instance('r-1');
        const plan = planOf(world, 'r-1', 120 * DAY_MS);
        const after = world.events().length;
        // Step by step, in uneven ones.
        for (let left = 120 * 24; left > 0; left -= 37) {
          const byHours = Math.min(37, left);
          await world.controlPlane.advanceTo((now) => now + byHours * HOUR_MS);
        }
        const happened = world.events(after).filter((one) => isAbout(one, 'r-1', accountId));
        const told = (one: { at: number; type: string; text: string; clause: string | null }) =>
          `${formatInstant(one.at)} ${one.type} ${one.text} ${String(one.clause)}`;
        const planned = plan.changes.map(({ event }) => told(event));
        // After its end, the account goes on without it: that is no part of its plan.
        expect(planned).toEqual(happened.map(told).slice(0, planned.length));
        const rest = happened.slice(planned.length);
        expect(rest.filter(({ instanceId }) => instanceId === 'r-1')).toEqual([]);
        expect(plan.changes.at(-1)?.state ?? world.controlPlane.instance('r-1').state).toBe(
          world.controlPlane.instance('r-1').state,
        );
      }),
      { numRuns: 40 },
    );
  });
});

async function announceIfAny(world: FakeWorld, termsId: string): Promise<void> {
  await world.controlPlane
    .decide((draft) =>
      announceTerms(draft, { termsId, accountId: null, effectiveAt: draft.at + 40 * DAY_MS }),
    )
    .catch((error: unknown) => {
      if (!String(error).includes('would change nothing')) throw error;
    });
}
