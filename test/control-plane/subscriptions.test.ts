/** Subscriptions as customers live through them, as the event log tells it. The clock is frozen; all times are virtual. */
import { describe, expect, test } from 'vitest';
import { orderConversion, convertToPayAsYouGo } from '../../src/control-plane/core/conversion.js';
import { endByAgreement, releaseInstance } from '../../src/control-plane/core/decisions.js';
import { parseInstant } from '../../src/control-plane/core/duration.js';
import { formatMoney, parseMoney } from '../../src/control-plane/core/money.js';
import { payOrder } from '../../src/control-plane/core/order-kinds.js';
import { cancelOrder } from '../../src/control-plane/core/orders.js';
import { setPrices } from '../../src/control-plane/core/prices.js';
import { orderRenewal, setAutoRenewal } from '../../src/control-plane/core/renewal.js';
import { move } from '../../src/control-plane/core/billing.js';
import { settle, SETTLEMENTS } from '../../src/control-plane/core/settlement.js';
import { learnTerms } from '../../src/control-plane/core/state-facts.js';
import { TERMS } from '../../src/control-plane/core/terms.js';
import { FakeWorld } from '../support/fake-world.js';

const SMALL = 'redis.master.small.default';
const MID = 'redis.master.mid.default';

describe('an order', () => {
  test('a subscription from order to deletion', async () => {
    await using world = await FakeWorld.open({ balance: '200' });
    const order = await world.order(1);
    expect(world.states()).toBe('');
    await world.advance('2d');
    await world.pay(order);
    await world.advance('60d');
    expect(world.timeline()).toMatchInlineSnapshot(`
      "
      01-01 00:00                -        account default opened
      01-01 00:00                -        account default topped up by 200.00 CNY, balance 200.00
      01-01 00:00                2.1      order o-1: redis.master.small.default for 1 month, for 151.20 CNY
      01-03 00:00                2.1      r-1 requested: redis.master.small.default for 1 month
      01-03 00:00                2.2.1.1  order o-1 paid: 151.20 CNY, balance 48.80
      01-03 00:00                7.1      order o-1 fulfilled: r-1 for 1 month, expires 2026-02-03T00:00:00Z
      01-03 00:00                7.1      r-1 creating -> active (created)
      01-27 00:00                2.2.1.2  r-1 expires 2026-02-03T00:00:00Z: renew it before; a month costs 151.20 CNY today
      01-27 00:00                2.2.1.2  n-1 about r-1 could not be delivered, nobody can be reached: the term ends; renew it to go on
      02-03 00:00                2.2.1.2  r-1 active -> frozen (expired)
      02-10 16:00                4.3      r-1 frozen -> deleted (retention-ended)
      "
    `);
    expect(moneyBookOf(world)).toMatchInlineSnapshot(`
      "
      top-up       200.00     0.00   200.00  top-up
      charge      -151.20     0.00    48.80  order o-1: redis.master.small.default for 1 month, from creation success on (2.2.1)
      "
    `);
  });

  test('shows its price before it is paid, and nothing is made until then', async () => {
    await using world = await FakeWorld.open({ balance: '200' });
    const order = await world.order(1);
    expect(orderOf(world, order)).toMatchObject({ state: 'unpaid', instanceId: null });
    expect(formatMoney(orderOf(world, order).price)).toBe('151.20');
    expect(world.journal).toEqual([]);
    expect(world.balance()).toBe('200.00');
  });

  test('that is not paid for 7 x 24 hours is void, and cannot be paid any more', async () => {
    await using world = await FakeWorld.open({ balance: '200' });
    const order = await world.order(1);
    await world.advance('7d');
    expect(world.timeline(2)).toMatchInlineSnapshot(`
      "
      01-01 00:00                2.1      order o-1: redis.master.small.default for 1 month, for 151.20 CNY
      01-08 00:00                2.2.1.1  order o-1 was not paid in time and is void
      "
    `);
    await expect(world.pay(order)).rejects.toMatchObject({ code: 'IncorrectOrderState' });
    expect(world.balance()).toBe('200.00');
    // Whom it was for is nobody's business any more: a password would be in it.
    expect(orderOf(world, order).request).toBeNull();
  });

  test('paid a millisecond before it would be void is carried out', async () => {
    await using world = await FakeWorld.open({ balance: '200' });
    const order = await world.order(1);
    await world.advance('604799999ms');
    await world.pay(order);
    await world.advance('1ms');
    expect(world.states()).toBe('r-1 active');
    expect(orderOf(world, order).state).toBe('fulfilled');
  });

  test('keeps the price that it showed, whatever the price list says when it is paid', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    const order = await world.order(1);
    await setPrice(world, SMALL, { perMonth: '500' });
    await world.pay(order);
    expect(world.balance()).toBe('848.80');
  });

  test('that the balance does not cover leaves nothing but itself', async () => {
    await using world = await FakeWorld.open({ balance: '151.19' });
    await expect(world.subscribe(1)).rejects.toMatchObject({ code: 'InsufficientBalance' });
    expect(world.controlPlane.world.records.orders).toBeUndefined();
    const order = await world.order(1);
    await expect(world.pay(order)).rejects.toThrow(
      'account "default" has 151.19 CNY, and order o-1 (redis.master.small.default for 1 month) costs: 151.20 CNY',
    );
    expect(orderOf(world, order).state).toBe('unpaid');
    expect(world.states()).toBe('');
    expect(world.journal).toEqual([]);
  });

  test('whose creation fails is cancelled, and the money comes back', async () => {
    await using world = await FakeWorld.open({ balance: '200' });
    await world.grant('10');
    world.engine.failNext('up', 'no memory');
    await expect(world.subscribe(1)).rejects.toMatchObject({ code: 'EngineFailed' });
    expect(orderOf(world, 'o-1').state).toBe('cancelled');
    expect(moneyBookOf(world)).toMatchInlineSnapshot(`
      "
      top-up       200.00     0.00   200.00  top-up
      grant         10.00    10.00   210.00  grant: a promotion (2.4)
      charge      -151.20   -10.00    58.80  order o-1: redis.master.small.default for 1 month, from creation success on (2.2.1)
      refund       141.20     0.00   200.00  order o-1 is not carried out: its creation failed (7.1)
      grant         10.00    10.00   210.00  order o-1 is not carried out: its creation failed (7.1)
      "
    `);
    expect(world.controlPlane.account('default').grants).toBe(parseMoney('grants', '10'));
    expect(world.controlPlane.instance('r-1').feesPaid).toBe(0n);
  });

  test('can be cancelled while it is unpaid, and not after', async () => {
    await using world = await FakeWorld.open({ balance: '200' });
    const order = await world.order(1);
    const cancel = () => world.controlPlane.decide((draft) => cancelOrder(draft, order, 'no need'));
    await cancel();
    await expect(world.pay(order)).rejects.toMatchObject({ code: 'IncorrectOrderState' });
    await expect(cancel()).rejects.toMatchObject({ code: 'IncorrectOrderState' });
  });

  test.each([0, 1, 2, 3])(
    'paid, with the simulator killed at call %i of the creation: completed at the start, paid once',
    async (atCall) => {
      await using world = await FakeWorld.open({ balance: '200' });
      const order = await world.order(1);
      let calls = 0;
      const killed = new Promise<void>((resolve) => {
        world.onCall = () => {
          calls += 1;
          if (calls <= atCall) return;
          resolve();
          return new Promise(() => undefined);
        };
      });
      await Promise.race([killed, world.pay(order)]);
      world.onCall = () => undefined;
      await world.crash();
      expect(world.states()).toBe('r-1 active');
      expect(orderOf(world, order).state).toBe('fulfilled');
      expect(world.balance()).toBe('48.80');
      await world.restart();
      expect(world.balance()).toBe('48.80');
    },
  );
});

describe('a term', () => {
  test('begins with creation success, not with the order nor with its payment', async () => {
    await using world = await FakeWorld.open({ balance: '200' });
    const order = await world.order(1);
    await world.advance('3d');
    await world.pay(order);
    const { createdAt, expiresAt } = world.controlPlane.instance('r-1');
    expect(createdAt).toBe(parseInstant('at', '2026-01-04T00:00:00Z'));
    expect(expiresAt).toBe(parseInstant('at', '2026-02-04T00:00:00Z'));
  });

  test('renewed, auto-renewed, failed deduction', async () => {
    await using world = await FakeWorld.open({ balance: '500' });
    await world.subscribe(1);
    await world.renew('r-1', 1);
    await world.controlPlane.decide((draft) => setAutoRenewal(draft, 'r-1', 1));
    await world.advance('120d');
    expect(world.timeline()).toMatchInlineSnapshot(`
      "
      01-01 00:00                -        account default opened
      01-01 00:00                -        account default topped up by 500.00 CNY, balance 500.00
      01-01 00:00                2.1      order o-1: redis.master.small.default for 1 month, for 151.20 CNY
      01-01 00:00                2.1      r-1 requested: redis.master.small.default for 1 month
      01-01 00:00                2.2.1.1  order o-1 paid: 151.20 CNY, balance 348.80
      01-01 00:00                7.1      order o-1 fulfilled: r-1 for 1 month, expires 2026-02-01T00:00:00Z
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-01 00:00                2.1      order o-2: 1 month more of redis.master.small.default, for 151.20 CNY
      01-01 00:00                2.2.1.1  order o-2 paid: 151.20 CNY, balance 197.60
      01-01 00:00                2.2.1.2  r-1 renewed by 1 month: expires 2026-03-01T00:00:00Z
      01-01 00:00                2.2.1.2  r-1 is renewed by 1 month by itself
      02-22 00:00                2.2.1.2  r-1 expires 2026-03-01T00:00:00Z: it is to be renewed by 1 month by itself
      02-22 00:00                2.2.1.2  n-1 about r-1 could not be delivered, nobody can be reached: the term ends; renew it to go on
      02-22 00:00                2.1      order o-3: 1 month more of redis.master.small.default, for 151.20 CNY
      02-22 00:00                2.2.1.1  order o-3 paid: 151.20 CNY, balance 46.40
      02-22 00:00                2.2.1.2  r-1 renewed by 1 month: expires 2026-04-01T00:00:00Z
      03-25 00:00                2.2.1.2  r-1 expires 2026-04-01T00:00:00Z: it is to be renewed by 1 month by itself
      03-25 00:00                2.2.1.2  n-2 about r-1 could not be delivered, nobody can be reached: the term ends; renew it to go on
      03-25 00:00                2.2.1.2  r-1 could not be renewed by 1 month: 151.20 CNY, 104.80 are missing; it expires 2026-04-01T00:00:00Z
      04-01 00:00                2.2.1.2  r-1 active -> frozen (expired)
      04-08 16:00                4.3      r-1 frozen -> deleted (retention-ended)
      "
    `);
  });

  test('renewed while frozen: active at once, and the new term begins with the old expiry', async () => {
    await using world = await FakeWorld.open({ balance: '500' });
    await world.subscribe(1);
    await world.advance('33d');
    expect(world.states()).toBe('r-1 frozen');
    await world.renew('r-1', 1);
    expect(world.states()).toBe('r-1 active');
    expect(expiryOf(world)).toBe('2026-03-01T00:00:00.000Z');
  });

  test('renewed while frozen under the terms of the site: the new term begins with the payment', async () => {
    await using world = await FakeWorld.open({ balance: '500' });
    await world.subscribe(1, { terms: 'cn-site' });
    await world.advance('33d');
    await world.renew('r-1', 1);
    expect(expiryOf(world)).toBe('2026-03-03T00:00:00.000Z');
  });

  test('renewed too late by too little is refused, and says how much it takes', async () => {
    // Longer than a month after the expiry, from which the new term is counted: none of those shipped have it so.
    const late = { ...TERMS['intl-site'].renewal, afterExpiryFrom: 'expiry' } as const;
    learnTerms('late-1', { ...TERMS['intl-site'], name: 'late', renewal: late });
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.subscribe(1, { terms: 'late-1' });
    await world.advance('59d');
    expect(world.states()).toBe('r-1 frozen');
    await expect(world.renew('r-1', 1)).rejects.toMatchObject({
      code: 'RenewalTooShort',
      details: { needed: '2 months' },
    });
    await world.renew('r-1', 2);
    expect(expiryOf(world)).toBe('2026-04-01T00:00:00.000Z');
  });

  test('of months ends on the last day of shorter ones, and keeps the day on which it began', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.advance('30d');
    await world.subscribe(1);
    expect(expiryOf(world)).toBe('2026-02-28T00:00:00.000Z');
    await world.renew('r-1', 1);
    expect(expiryOf(world)).toBe('2026-03-31T00:00:00.000Z');
    await world.renew('r-1', 1);
    expect(expiryOf(world)).toBe('2026-04-30T00:00:00.000Z');
  });

  test('is renewed at the prices of the day, not at those of its order', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.subscribe(1);
    await setPrice(world, SMALL, { perMonth: '200', from: '2026-01-20T00:00:00Z' });
    await world.renew('r-1', 1);
    expect(world.balance()).toBe('697.60');
    await world.advance('20d');
    await world.renew('r-1', 1);
    expect(world.balance()).toBe('497.60');
  });

  test('an unpaid order for an instance stands in the way of another one', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.subscribe(1);
    await world.controlPlane.decide((draft) => orderRenewal(draft, 'r-1', 1));
    await expect(world.renew('r-1', 1)).rejects.toMatchObject({ code: 'HasRenewChangeOrder' });
    await expect(world.resize('r-1', MID)).rejects.toMatchObject({ code: 'HasRenewChangeOrder' });
    await expect(
      world.controlPlane.decide((draft) => convertToPayAsYouGo(draft, 'r-1')),
    ).rejects.toMatchObject({ code: 'OrderLatestOrderIsHanding' });
  });

  test('arrears of the account do not touch a subscription, and its expiry is not that of others', async () => {
    await using world = await FakeWorld.open({ balance: '151.41' });
    await world.create();
    await world.subscribe(1);
    await world.advance('9d');
    expect(world.states()).toBe('r-1 deleted, r-2 active');
    await world.topUp('100');
    await world.advance('22d');
    expect(world.states()).toBe('r-1 deleted, r-2 frozen');
  });

  test('automatic renewal that is asked for in the last seven days is tried at once', async () => {
    await using world = await FakeWorld.open({ balance: '400' });
    await world.subscribe(1);
    await world.advance('28d');
    await world.controlPlane.decide((draft) => setAutoRenewal(draft, 'r-1', 1));
    expect(expiryOf(world)).toBe('2026-03-01T00:00:00.000Z');
  });
});

describe('conversion', () => {
  test('to a subscription: the started hour is charged, the term begins, hours cost nothing more', async () => {
    await using world = await FakeWorld.open({ balance: '200' });
    await world.create();
    await world.advance('90m');
    await convertToSubscription(world);
    await world.advance('1d');
    expect(moneyBookOf(world)).toMatchInlineSnapshot(`
      "
      top-up       200.00     0.00   200.00  top-up
      charge        -0.21     0.00   199.79  one hour of redis.master.small.default
      charge        -0.21     0.00   199.58  the started hour of redis.master.small.default from 2026-01-01T01:00:00Z on (2.2.2)
      charge      -151.20     0.00    48.38  order o-1: redis.master.small.default as a subscription for 1 month, from 2026-01-01T01:30:00Z to 2026-02-01T01:30:00Z (2.2.1)
      "
    `);
    expect(expiryOf(world)).toBe('2026-02-01T01:30:00.000Z');
  });

  test('to pay-as-you-go: what is not consumed comes back, to the millisecond, without grants', async () => {
    await using world = await FakeWorld.open({ balance: '100' });
    await world.grant('100');
    await world.subscribe(1);
    await world.advance('15d12h');
    await world.controlPlane.decide((draft) => convertToPayAsYouGo(draft, 'r-1'));
    await world.advance('1h');
    // Of 51.20 that were paid without grants, half.
    expect(moneyBookOf(world)).toMatchInlineSnapshot(`
      "
      top-up       100.00     0.00   100.00  top-up
      grant        100.00   100.00   200.00  grant: a promotion (2.4)
      charge      -151.20  -100.00    48.80  order o-1: redis.master.small.default for 1 month, from creation success on (2.2.1)
      refund        25.60     0.00    74.40  what is left of the term of r-1, which is pay-as-you-go from now on (2.2.2)
      charge        -0.21     0.00    74.19  one hour of redis.master.small.default
      "
    `);
    expect(world.controlPlane.instance('r-1')).toMatchObject({
      chargeType: 'PostPaid',
      expiresAt: null,
    });
  });

  test('not to what it is already, and not while it is not paid for', async () => {
    await using world = await FakeWorld.open({ balance: '152' });
    await world.create();
    await expect(
      world.controlPlane.decide((draft) => convertToPayAsYouGo(draft, 'r-1')),
    ).rejects.toMatchObject({ code: 'AlreadyPostPaid' });
    await world.subscribe(1);
    await expect(convertToSubscription(world, 'r-2')).rejects.toMatchObject({
      code: 'AlreadyPrePaid',
    });
    await world.advance('1d');
    expect(world.states()).toBe('r-1 overdue, r-2 active');
    await expect(convertToSubscription(world, 'r-1')).rejects.toMatchObject({
      code: 'IncorrectDBInstanceState',
    });
  });

  test('not where the started hour and the term cost more than there is: then nothing is charged', async () => {
    await using world = await FakeWorld.open({ balance: '151.30' });
    await world.create();
    await world.advance('30m');
    await expect(convertToSubscription(world)).rejects.toMatchObject({
      code: 'InsufficientBalance',
    });
    expect(world.balance()).toBe('151.30');
  });
});

describe('a change of class', () => {
  test('of pay-as-you-go: the dearest class of an hour counts, from the next one on the new one', async () => {
    await using world = await FakeWorld.open();
    await world.create({ instanceClass: MID });
    await world.advance('30m');
    await world.resize('r-1', SMALL);
    await world.advance('150m');
    await world.resize('r-1', MID);
    await world.resize('r-1', SMALL);
    await world.advance('1h');
    expect(moneyBookOf(world)).toMatchInlineSnapshot(`
      "
      top-up       100.00     0.00   100.00  top-up
      charge       -0.378     0.00   99.622  one hour of redis.master.mid.default
      charge        -0.21     0.00   99.412  one hour of redis.master.small.default
      charge        -0.21     0.00   99.202  one hour of redis.master.small.default
      charge       -0.378     0.00   98.824  one hour of redis.master.mid.default
      "
    `);
  });

  test('is in effect at once: memory in Redis, ceilings at the endpoint', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.resize('r-1', MID);
    expect(world.engine.backends.get('r-1')?.memoryBytes).toBe(2 * 1024 ** 3);
    const ceilings = world.dataPlane.endpoints.get('r-1')?.ceilings;
    expect(ceilings?.bytesPerSecondIn).toBe(16 * 1024 ** 2);
  });

  test('of a subscription: the difference for the rest of the term is paid, and given back', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.subscribe(1);
    await world.advance('15d12h');
    await world.resize('r-1', MID);
    await world.resize('r-1', SMALL);
    expect(moneyBookOf(world)).toMatchInlineSnapshot(`
      "
      top-up      1000.00     0.00  1000.00  top-up
      charge      -151.20     0.00   848.80  order o-1: redis.master.small.default for 1 month, from creation success on (2.2.1)
      charge       -60.48     0.00   788.32  order o-2: redis.master.mid.default in place of redis.master.small.default until 2026-02-01T00:00:00Z, from 2026-01-16T12:00:00Z to 2026-02-01T00:00:00Z (2.2.1)
      refund        60.48     0.00   848.80  redis.master.small.default in place of redis.master.mid.default until 2026-02-01T00:00:00Z (2.1)
      "
    `);
    expect(world.timeline(6)).toMatchInlineSnapshot(`
      "
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-16 12:00                2.1      order o-2: redis.master.mid.default in place of redis.master.small.default until 2026-02-01T00:00:00Z, for 60.48 CNY
      01-16 12:00                2.2.1.1  order o-2 paid: 60.48 CNY, balance 788.32
      01-16 12:00                2.1      r-1 is redis.master.mid.default instead of redis.master.small.default, at 272.16 CNY a month
      01-16 12:00                2.1      order o-3: redis.master.small.default in place of redis.master.mid.default until 2026-02-01T00:00:00Z, for 0.00 CNY
      01-16 12:00                2.1      refunded 60.48 CNY, balance 848.80: redis.master.small.default in place of redis.master.mid.default until 2026-02-01T00:00:00Z
      01-16 12:00                2.1      r-1 is redis.master.small.default instead of redis.master.mid.default, at 151.20 CNY a month
      "
    `);
  });

  test('that is ordered and not paid changes nothing; paid, it does', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.subscribe(1);
    const order = await world.resize('r-1', MID, false);
    expect(world.controlPlane.instance('r-1').instanceClass).toBe(SMALL);
    await world.pay(String(order));
    expect(world.controlPlane.instance('r-1').instanceClass).toBe(MID);
  });

  test('is refused where the data does not fit, also when the order is paid later', async () => {
    await using world = await FakeWorld.open({ balance: '10000' });
    await world.create({ instanceClass: MID });
    world.engine.usedBytes.set('r-1', 1024 ** 3 + 1);
    await expect(world.resize('r-1', SMALL)).rejects.toMatchObject({
      code: 'TargetMemoryLessThanCurrentUsed',
    });
    expect(world.controlPlane.instance('r-1').instanceClass).toBe(MID);
    world.engine.usedBytes.set('r-1', 1024 ** 3);
    await world.resize('r-1', SMALL);

    // A smaller one may be the dearer one.
    await setPrice(world, SMALL, { perMonth: '900' });
    await world.subscribe(1, { instanceClass: MID });
    const order = await world.resize('r-2', SMALL, false);
    world.engine.usedBytes.set('r-2', 1024 ** 3 + 1);
    await expect(world.pay(String(order))).rejects.toMatchObject({
      code: 'TargetMemoryLessThanCurrentUsed',
    });
  });

  test('to the same class, or of an instance that is frozen, is refused', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await expect(world.resize('r-1', SMALL)).rejects.toMatchObject({
      code: 'InstanceClassDoesNotChange',
    });
    await world.advance('3d');
    await expect(world.resize('r-1', MID)).rejects.toMatchObject({
      code: 'IncorrectDBInstanceState',
    });
  });
});

describe('an end', () => {
  test('of a subscription is not a deletion: only pay-as-you-go can be deleted', async () => {
    await using world = await FakeWorld.open({ balance: '200' });
    await world.subscribe(1);
    await expect(
      world.controlPlane.decide((draft) => releaseInstance(draft, 'r-1')),
    ).rejects.toMatchObject({ code: 'InstanceChargeTypeNotSupport' });
    await world.controlPlane.decide((draft) => endByAgreement(draft, 'r-1'));
    expect(world.states()).toBe('r-1 released');
    expect(world.balance()).toBe('200.00');
  });

  test.each(Object.entries(SETTLEMENTS))(
    'for the reason %s follows its clause: what is refunded, what is charged',
    async (why, { clause, refunds, charges }) => {
      await using world = await FakeWorld.open({ balance: '200' });
      await world.create();
      await world.subscribe(1);
      await world.advance('15d12h30m');
      await world.topUp('100');
      const before = world.controlPlane.account('default').balance;
      await world.controlPlane.decide((draft) => {
        for (const id of ['r-1', 'r-2']) {
          settle(draft, id, why as keyof typeof SETTLEMENTS);
          move(draft, id, why === 'released' ? 'released' : 'terminated');
        }
      });
      const [hour, refund] = [
        charges === 'started-hour' ? '0.21' : '0.105',
        // Of 151.20 for 31 days, 15 days and 11.5 hours.
        refunds ? '75.498387' : '0',
      ].map((text) => parseMoney('amount', text));
      const after = world.controlPlane.account('default').balance;
      expect(after).toBe(before - (hour ?? 0n) + (refund ?? 0n));
      const settled = world.events().filter(({ type }) => type === 'settled');
      expect(settled.map((event) => event.clause)).toEqual([clause, clause]);
    },
  );
});

function orderOf(world: FakeWorld, id: string) {
  return world.controlPlane.read((draft) => draft.record('orders', id));
}

function expiryOf(world: FakeWorld, id = 'r-1'): string {
  return new Date(world.controlPlane.instance(id).expiresAt ?? 0).toISOString();
}

async function setPrice(
  world: FakeWorld,
  instanceClass: string,
  { perMonth, from }: { perMonth: string; from?: string },
): Promise<void> {
  await world.controlPlane.decide((draft) =>
    setPrices(draft, {
      ...{ instanceClass, perHour: null, perMonth: parseMoney('perMonth', perMonth) },
      from: from === undefined ? draft.at : parseInstant('from', from),
    }),
  );
}

async function convertToSubscription(world: FakeWorld, id = 'r-1'): Promise<void> {
  await world.controlPlane.decide((draft) => {
    const order = orderConversion(draft, id, { months: 1, autoRenewMonths: null });
    return payOrder(draft, order.id);
  });
}

function moneyBookOf(world: FakeWorld): string {
  const lines = world.ledger().map(({ kind, amount, grants, balance, text }) => {
    const money = [amount, grants, balance].map((one) => formatMoney(one).padStart(8));
    return `${kind.padEnd(10)} ${money.join(' ')}  ${text}`;
  });
  return `\n${lines.join('\n')}\n`;
}
