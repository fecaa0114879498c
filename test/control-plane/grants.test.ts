/** Grants: a part of the balance that pays for the service and for nothing else (2.4). */
import { expect, test } from 'vitest';
import { addMonths } from '../../src/control-plane/core/calendar.js';
import { formatInstant, parseInstant } from '../../src/control-plane/core/duration.js';
import { formatMoney } from '../../src/control-plane/core/money.js';
import { FakeWorld } from '../support/fake-world.js';

test('are used before the own money, and who has used them up pays in full', async () => {
  await using world = await FakeWorld.open({ balance: '10' });
  await world.grant('0.5', 'a promotion');
  await world.create();
  await world.advance('4h');
  expect(moneyBookOf(world)).toMatchInlineSnapshot(`
    "
    top-up        10.00     0.00    10.00  top-up
    grant          0.50     0.50    10.50  grant: a promotion (2.4)
    charge        -0.21    -0.21    10.29  one hour of redis.master.small.default
    charge        -0.21    -0.21    10.08  one hour of redis.master.small.default
    charge        -0.21    -0.08     9.87  one hour of redis.master.small.default
    charge        -0.21     0.00     9.66  one hour of redis.master.small.default
    "
  `);
  expect(formatMoney(world.controlPlane.instance('r-1').feesPaid)).toBe('0.34');
});

test('given while owing pay the hours that are owed, and end the arrears', async () => {
  await using world = await FakeWorld.open({ balance: '0.21' });
  await world.create();
  await world.advance('3h');
  expect(world.states()).toBe('r-1 overdue');
  await world.grant('1');
  expect(world.states()).toBe('r-1 active');
  expect(moneyBookOf(world, 4)).toMatchInlineSnapshot(`
    "
    grant          1.00     1.00     0.58  grant: a promotion (2.4)
    grant          0.00    -0.42     0.58  of the grant, 0.42 CNY pays hours of r-1 that are owed
    "
  `);
  expect(formatMoney(world.controlPlane.account('default').grants)).toBe('0.58');
  // What the grant paid is no fee of the account's own.
  expect(formatMoney(world.controlPlane.instance('r-1').feesPaid)).toBe('0.21');
});

test('that are less than what is owed are used up by it, and the arrears go on', async () => {
  await using world = await FakeWorld.open({ balance: '0.21' });
  await world.create();
  await world.advance('3h');
  await world.grant('0.1');
  expect(world.states()).toBe('r-1 overdue');
  expect(world.balance()).toBe('-0.32');
  expect(world.controlPlane.account('default').grants).toBe(0n);
});

test('lapse as far as a balance is set below them', async () => {
  await using world = await FakeWorld.open({ balance: '10' });
  await world.grant('5');
  await world.setBalance('7');
  expect(formatMoney(world.controlPlane.account('default').grants)).toBe('5.00');
  await world.setBalance('2');
  expect(formatMoney(world.controlPlane.account('default').grants)).toBe('2.00');
  expect(moneyBookOf(world, 3)).toMatchInlineSnapshot(`
    "
    adjustment    -5.00    -3.00     2.00  balance set to 2.00, grants of 3.00 lapse
    "
  `);
});

test('the debt outlives the instance, and nothing can be opened before it is paid', async () => {
  await using world = await FakeWorld.open({ balance: '0.21' });
  await world.create();
  await world.advance('9d');
  expect(world.states()).toBe('r-1 deleted');
  const debt = world.balance();
  expect(debt).toBe('-40.53');
  await world.restart();
  await world.advance('300d');
  expect(world.balance()).toBe(debt);
  await expect(world.create()).rejects.toMatchObject({ code: 'InsufficientBalance' });
  await expect(world.subscribe(1)).rejects.toMatchObject({ code: 'InsufficientBalance' });
  await world.topUp('40.74');
  await world.create();
  expect(world.states()).toBe('r-1 deleted, r-2 active');
});

test.each([
  ['2026-01-31T10:00:00.123Z', 1, 31, '2026-02-28T10:00:00.123Z'],
  ['2028-01-31T00:00:00Z', 1, 31, '2028-02-29T00:00:00Z'],
  ['2026-02-28T10:00:00Z', 1, 31, '2026-03-31T10:00:00Z'],
  ['2026-12-15T23:59:59Z', 1, 15, '2027-01-15T23:59:59Z'],
  ['2028-02-29T00:00:00Z', 12, 29, '2029-02-28T00:00:00Z'],
  ['2026-01-01T00:00:00Z', 60, 1, '2031-01-01T00:00:00Z'],
])('from %s, %i months on, counted from day %i, it is %s', (from, months, day, to) => {
  expect(formatInstant(addMonths(parseInstant('from', from), months, day))).toBe(to);
});

function moneyBookOf(world: FakeWorld, after = 0): string {
  const lines = world.ledger('default', after).map(({ kind, amount, grants, balance, text }) => {
    const money = [amount, grants, balance].map((one) => formatMoney(one).padStart(8));
    return `${kind.padEnd(10)} ${money.join(' ')}  ${text}`;
  });
  return `\n${lines.join('\n')}\n`;
}
