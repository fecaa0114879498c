/** Money where two things meet: an end and arrears, a claim and a refund, a freeze and a paid hour. All times are virtual. */
import { describe, expect, test } from 'vitest';
import { suspendAccount, terminateAccount } from '../../src/control-plane/core/account-measures.js';
import { nextBillAt } from '../../src/control-plane/core/billing.js';
import { fileClaim } from '../../src/control-plane/core/claims.js';
import { forTheRest } from '../../src/control-plane/core/class-change.js';
import { convertToPayAsYouGo, orderConversion } from '../../src/control-plane/core/conversion.js';
import {
  DEFAULT_ACCOUNT,
  endByAgreement,
  noteBackend,
} from '../../src/control-plane/core/decisions.js';
import { DAY_MS, HOUR_MS } from '../../src/control-plane/core/duration.js';
import type { Draft } from '../../src/control-plane/core/draft.js';
import { parseMoney } from '../../src/control-plane/core/money.js';
import { announce } from '../../src/control-plane/core/notices.js';
import { payOrder } from '../../src/control-plane/core/order-kinds.js';
import { beginOutage } from '../../src/control-plane/core/outages.js';
import { addTerms, withConditions } from '../../src/control-plane/core/own-terms.js';
import { announceTerms } from '../../src/control-plane/core/terms-announcement.js';
import { TERMS, type Terms } from '../../src/control-plane/core/terms.js';
import { reportViolation } from '../../src/control-plane/core/violations.js';
import { FakeWorld, START } from '../support/fake-world.js';
import { lastRefusal } from '../support/refusal.js';

const SMALL = 'redis.master.small.default';
const MID = 'redis.master.mid.default';

/** Whoever owes under these has lost it at once. */
const NO_MERCY: Terms = {
  ...TERMS.tos,
  name: 'no-mercy',
  course: {
    ...TERMS.tos.course,
    PostPaid: {
      grace: { ...TERMS.tos.course.PostPaid.grace, lasts: '0' },
      frozen: { ...TERMS.tos.course.PostPaid.frozen, lasts: '0' },
      released: { lasts: '7d' },
    },
  },
};

function decide<T>(world: FakeWorld, work: (draft: Draft) => T): Promise<T> {
  return world.controlPlane.decide(work);
}

/** Two instances, and a started hour of each that cannot be paid. */
async function onTheBrink(): Promise<FakeWorld> {
  const world = await FakeWorld.open();
  const terms = await decide(world, (draft) => addTerms(draft, NO_MERCY));
  await world.create({ terms });
  await world.create({ terms });
  await world.advance('30m');
  await world.setBalance('0.01');
  return world;
}

function unavailable(world: FakeWorld): Promise<unknown> {
  const outage = {
    instanceId: 'r-1',
    cause: 'provider',
    lastsMs: HOUR_MS,
    latencyMs: null,
  } as const;
  return decide(world, (draft) => beginOutage(draft, outage));
}

function claim(world: FakeWorld, amount: string): Promise<string> {
  return decide(world, (draft) => fileClaim(draft, 'r-1', parseMoney('amount', amount)));
}

function movesSince(world: FakeWorld, before: number): string[] {
  const moves = world.events(before).filter(({ type }) => type === 'state-changed');
  return moves.map(({ text }) => text);
}

describe('an end whose last hour brings arrears', () => {
  const ends: readonly (readonly [string, (draft: Draft) => unknown, string])[] = [
    ['as both agree', (d) => endByAgreement(d, 'r-1'), 'released'],
    ['for a violation', (d) => reportViolation(d, 'r-1', 'spam', 'terminate'), 'terminated'],
  ];

  test.each(ends)('%s is one move, and the others are moved by the arrears', async (_, end, on) => {
    await using world = await onTheBrink();
    const before = world.events().length;
    await decide(world, end);
    expect(movesSince(world, before)).toEqual([
      'r-2 active -> released (arrears-began)',
      `r-1 active -> released (${on})`,
    ]);
  });

  test('by the customer is one move, too', async () => {
    await using world = await onTheBrink();
    await world.delete('r-1');
    expect(world.controlPlane.instance('r-1').endedBy).toBe('released');
  });

  test('on its day does not stop the clock', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    const terms = await decide(world, (draft) => addTerms(draft, NO_MERCY));
    await world.advance('30m');
    await world.create({ terms });
    const effectiveAt = START + 31 * DAY_MS;
    const about = { accountId: DEFAULT_ACCOUNT, instanceId: 'r-1', text: '', effectiveAt };
    await decide(world, (draft) => announce(draft, { kind: 'vendor-end', ...about }));
    await world.advance('743h');
    await world.setBalance('0.01');
    await world.advance('1d');
    expect(world.controlPlane.clockStatus.state).not.toBe('failed');
    expect(world.controlPlane.instance('r-1').endedBy).toBe('terminated');
  });

  test('of a whole account passes over those that the arrears have ended', async () => {
    await using world = await onTheBrink();
    await decide(world, (draft) => terminateAccount(draft, DEFAULT_ACCOUNT, 'a serious breach'));
    expect(world.states()).toBe('r-1 released, r-2 released');
  });
});

test('what a downgrade gives back ends the arrears that it pays', async () => {
  await using world = await FakeWorld.open({ balance: '1000' });
  await world.subscribe(1, { instanceClass: MID });
  await world.create();
  await world.setBalance('0');
  await world.advance('1h');
  expect(world.states()).toBe('r-1 active, r-2 overdue');
  await world.resize('r-1', SMALL);
  expect(world.states()).toBe('r-1 active, r-2 active');
});

test("announced terms that an order's conditions do not go with are refused at once", async () => {
  await using world = await FakeWorld.open({ balance: '1000' });
  const conditions = { course: { PostPaid: { released: { lasts: '0' } } } };
  const terms = await decide(world, (draft) => withConditions(draft, 'cn-site', conditions));
  await world.create({ terms });
  const termsId = await decide(world, (draft) => addTerms(draft, NO_MERCY));
  const wanted = { termsId, accountId: null, effectiveAt: START + 40 * DAY_MS };
  const refused = await lastRefusal(decide(world, (draft) => announceTerms(draft, wanted)));
  expect(refused.code).toBe('TermsNotValid');
  expect(refused.message).toContain('with what the order of r-1 agreed on, course.PostPaid: grace');
  expect(refused.message).toContain('Announce terms that go with it, or end r-1 before');
});

test('a term that was given back does not count in a later upgrade', async () => {
  await using world = await FakeWorld.open({ balance: '2000' });
  await world.subscribe(2);
  await decide(world, (draft) => convertToPayAsYouGo(draft, 'r-1'));
  const subscription = { months: 1, autoRenewMonths: null };
  await decide(world, (d) => payOrder(d, orderConversion(d, 'r-1', subscription).id));
  const difference = parseMoney('difference', '31');
  const price = world.controlPlane.read((draft) => forTheRest(draft, 'r-1', difference));
  expect(price).toBe(difference);
});

describe('claims', () => {
  test('and a refund together are no more than the fees', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.subscribe(1);
    await unavailable(world);
    await world.advance('2h');
    await claim(world, '1000');
    expect(world.balance()).toBe('1000.00');
    await decide(world, (draft) => endByAgreement(draft, 'r-1'));
    expect(world.balance()).toBe('1000.00');
  });

  test('are not for fees that are owed', async () => {
    await using world = await FakeWorld.open({ balance: '0.30' });
    await world.create();
    await unavailable(world);
    await world.advance('2h');
    expect(world.balance()).toBe('-0.12');
    await claim(world, '5');
    expect(world.balance()).toBe('0.18');
  });
});

test('a suspended account orders nothing, and renews what it has', async () => {
  await using world = await FakeWorld.open({ balance: '1000' });
  await world.subscribe(1);
  await decide(world, (draft) => suspendAccount(draft, DEFAULT_ACCOUNT, 'a risk to others'));
  const refused = await lastRefusal(world.order(1));
  expect(refused).toMatchObject({ code: 'AccountNotOpen', details: { action: 'CreateOrder' } });
  await world.renew('r-1', 1);
});

test('how far ahead an account is told follows from what is up, and not from what is gone', async () => {
  await using world = await FakeWorld.open({ balance: '1000' });
  const slow: Terms = { ...TERMS.tos, name: 'slow', noticeBefore: '90d' };
  const terms = await decide(world, (draft) => addTerms(draft, slow));
  await world.create({ terms });
  const told = { kind: 'transfer-of-rights', accountId: DEFAULT_ACCOUNT, text: '' } as const;
  const earliest = async () =>
    (await decide(world, (draft) => announce(draft, { ...told, instanceId: null }))).effectiveAt;
  expect(await earliest()).toBe(START + 90 * DAY_MS);
  await world.delete('r-1');
  expect(await earliest()).toBe(START + 30 * DAY_MS);
});

test('an hour that was paid to its end is not paid again when charges begin again in it', async () => {
  await using world = await FakeWorld.open();
  await world.create();
  await world.advance('40m');
  await world.create({ terms: 'cn-site' });
  await world.advance('10m');
  await world.setBalance('0');
  // r-1 brings the arrears at 01:00, and so r-2 is frozen in the middle of an hour of its own.
  await world.advance('24h10m');
  expect(world.states()).toBe('r-1 frozen, r-2 frozen');
  expect(nextBillAt(world.controlPlane.instance('r-2'))).toBeNull();
  await world.advance('10m');
  await world.topUp('100');
  expect(world.states()).toBe('r-1 active, r-2 active');
  expect(nextBillAt(world.controlPlane.instance('r-2'))).toBe(START + DAY_MS + (8 / 3) * HOUR_MS);
  const hours = world.ledger().filter(({ instanceId }) => instanceId === 'r-2').length;
  await world.advance('90m');
  expect(world.ledger().filter(({ instanceId }) => instanceId === 'r-2')).toHaveLength(hours + 1);
});

test('an hour that was paid before a conversion is not paid again when it is taken back within it', async () => {
  await using world = await FakeWorld.open({ balance: '1000' });
  await world.create();
  await world.advance('10m');
  const subscription = { months: 1, autoRenewMonths: null };
  await decide(world, (d) => payOrder(d, orderConversion(d, 'r-1', subscription).id));
  await world.advance('20m');
  await decide(world, (draft) => convertToPayAsYouGo(draft, 'r-1'));
  expect(nextBillAt(world.controlPlane.instance('r-1'))).toBe(START + 2 * HOUR_MS);
  const charges = () =>
    world.ledger().filter(({ kind, text }) => kind === 'charge' && /hour/.test(text));
  expect(charges()).toHaveLength(1);
  await world.advance('90m');
  expect(charges()).toHaveLength(2);
});

test('a backend that went away is told with the account of its instance', async () => {
  await using world = await FakeWorld.open();
  await world.create();
  await decide(world, (draft) => noteBackend(draft, 'r-1', 'backend-lost', 'it was killed'));
  expect(world.events().at(-1)).toMatchObject({ type: 'backend-lost', accountId: DEFAULT_ACCOUNT });
});
