/**
 * Pay-as-you-go: each started hour from creation success costs the price of
 * the class, at the end of that hour (2.2.2). What cannot be met is owed, and
 * whoever owes is in arrears until the account is credited enough (7.2.3.1).
 */
import { assertThat } from './assert.js';
import { followBars } from './bars.js';
import type { Draft } from './draft.js';
import { HOUR_MS } from './duration.js';
import { INSTANCE_CLASSES } from './instance-classes.js';
import { requireTransition, transitionOf, type Trigger } from './lifecycle.js';
import { CURRENCY, formatMoney, negative, type Money } from './money.js';
import { factsOf, isSkipped } from './state-facts.js';
import type { Instance } from './world.js';

export const BILLING_INTERVAL_MS = HOUR_MS;

export function pricePerHourOf(instanceClass: string): Money {
  const row = INSTANCE_CLASSES[instanceClass];
  assertThat(row !== undefined, `an instance exists with unknown class ${instanceClass}`);
  return row.pricePerHour;
}

/** When the hour that is running now has to be paid; null while nothing is charged. */
export function nextBillAt(instance: Instance): number | null {
  if (instance.billedUntil === null || !factsOf(instance).billed) return null;
  return instance.billedUntil + BILLING_INTERVAL_MS;
}

/** Charges the hour that follows `billedUntil`, also where it was only started: the highest class held in it counts. */
export function chargeHour(draft: Draft, id: string): void {
  const instance = draft.instance(id);
  assertThat(instance.billedUntil !== null, `instance ${id} is charged before its creation`);
  const hourClass = instance.hourClass ?? instance.instanceClass;
  const price = pricePerHourOf(hourClass);
  draft.put({
    instance: {
      ...instance,
      billedUntil: instance.billedUntil + BILLING_INTERVAL_MS,
      hourClass: instance.instanceClass,
    },
  });
  const account = draft.post({
    accountId: instance.accountId,
    instanceId: id,
    kind: 'charge',
    amount: negative(price),
    text: `one hour of ${hourClass}`,
  });
  const [amount, balance] = [formatMoney(price), formatMoney(account.balance)];
  draft.event({
    type: 'charged',
    accountId: instance.accountId,
    instanceId: id,
    clause: '2.2.2',
    text: `charged ${amount} ${CURRENCY} for one hour, balance ${balance}`,
    data: { amount, balance },
  });
  settleArrears(draft, instance.accountId);
}

/** Charges the started hour, if there is one that was not charged: before an instance ends. */
function chargeStartedHour(draft: Draft, id: string): void {
  const { billedUntil } = draft.instance(id);
  if (billedUntil !== null && factsOf(draft.instance(id)).billed && billedUntil < draft.at) {
    chargeHour(draft, id);
  }
}

/** Compares what is owed with what was known, and tells the account's instances when that changed. */
export function settleArrears(draft: Draft, accountId: string): void {
  const account = draft.account(accountId);
  const owes = account.balance < 0n;
  if (owes === (account.owingSince !== null)) return;
  draft.put({ account: { ...account, owingSince: owes ? draft.at : null } });
  draft.event({
    type: owes ? 'arrears-began' : 'arrears-ended',
    accountId,
    clause: '7.2.3.1',
    text: owes
      ? `account ${accountId} owes ${formatMoney(negative(account.balance))} ${CURRENCY}`
      : `account ${accountId} owes nothing any more`,
    data: { balance: formatMoney(account.balance) },
  });
  const trigger = owes ? 'arrears-began' : 'arrears-ended';
  for (const instance of draft.instancesOf(accountId)) {
    if (transitionOf(instance.state, trigger)) move(draft, instance.id, trigger);
  }
}

/**
 * Moves an instance along the table, past stages that its terms do not have. `byClause`: where another clause than
 * the table's makes it so. Throws IllegalTransition.
 */
export function move(draft: Draft, id: string, on: Trigger, byClause?: string): void {
  const asked = reached(draft.instance(id), on);
  // The last hour may bring arrears, and so a move of its own, before this one is made.
  if (!factsOf(asked.after).billed) chargeStartedHour(draft, id);
  const before = draft.instance(id);
  const { after, clause } = reached({ ...before, endedBy: endedBy(before, on) }, on);
  const { billed, backend } = factsOf(after);
  const startsBilling = billed && !factsOf(before).billed;
  draft.put({
    instance: {
      ...after,
      since: draft.at,
      ...(startsBilling ? { billedUntil: draft.at, hourClass: before.instanceClass } : {}),
      ...(billed ? {} : { billedUntil: null, hourClass: null }),
      // Nobody logs in there any more: only a record is left, and no password belongs in it.
      ...(backend === 'gone' ? { password: null, databaseAccounts: [] } : {}),
    },
  });
  draft.event({
    type: 'state-changed',
    accountId: before.accountId,
    instanceId: id,
    clause: byClause ?? clause,
    text: `${id} ${before.state} -> ${after.state} (${on})`,
    data: { from: before.state, to: after.state, on },
  });
  followBars(draft, id);
}

/** Where `on` leads, and by which clause: that of the first step. */
function reached(from: Instance, on: Trigger): { after: Instance; clause: string } {
  const { to, clause } = requireTransition(from.id, from.state, on);
  let after: Instance = { ...from, state: to };
  for (let facts = factsOf(after); facts.ends && isSkipped(facts); facts = factsOf(after)) {
    after = { ...after, state: requireTransition(from.id, after.state, facts.ends.on).to };
  }
  return { after, clause };
}

/** Whoever ended it before its time. */
function endedBy(instance: Instance, on: Trigger): Trigger | null {
  return on === 'released' || on === 'terminated' ? on : instance.endedBy;
}
