/**
 * Another class while in service: its price counts from then on, its ceilings and its memory at once. Pay-as-you-go
 * pays the dearest class of the hour (2.2.2); of a subscription, the difference for the rest of the term is paid for
 * or given back (2.1).
 */
import { assertThat } from './assert.js';
import { settleArrears } from './billing.js';
import type { Draft } from './draft.js';
import { formatInstant } from './duration.js';
import { SimulatorError } from './errors.js';
import { changeableInstance } from './instance-changes.js';
import { memoryBytesOf } from './ceilings.js';
import { CURRENCY, formatMoney, negative, plus, ZERO, type Money } from './money.js';
import { fulfil, ordersOf, placeOrder, requireNoUnpaidOrder, timesMonths } from './orders.js';
import type { Order, Term } from './orders.js';
import { classIdOf } from './own-classes.js';
import { priceOf } from './prices.js';
import { giveBack } from './refunds.js';
import type { Instance } from './world.js';

/** Bytes, as Redis counts them; null where it was not asked. It was asked before the decision: what is written in between is not in it. */
export type UsedMemory = number | null;

const ACTION = 'ModifyInstanceSpec';

/**
 * Done at once where nothing has to be paid first: then null is returned, and otherwise the unpaid order. Throws
 * InstanceNotFound, UnknownInstanceClass, IncorrectDBInstanceState, InstanceClassDoesNotChange,
 * TargetMemoryLessThanCurrentUsed, HasRenewChangeOrder.
 */
export function orderClassChange(
  draft: Draft,
  id: string,
  name: string,
  usedMemory: UsedMemory,
): Order | null {
  const instanceClass = classIdOf(draft.world, name);
  const instance = resizable(draft, id, instanceClass, usedMemory);
  requireNoUnpaidOrder(draft, id, 'HasRenewChangeOrder');
  if (instance.chargeType === 'PostPaid') {
    resizePayAsYouGo(draft, instance, instanceClass);
    return null;
  }
  const { accountId, terms, expiresAt } = instance;
  assertThat(expiresAt !== null, `${id} is a subscription without a term`);
  const [before, after] = [instance.instanceClass, instanceClass].map((one) =>
    priceOf(draft.world, one, 'month', draft.at),
  ) as [Money, Money];
  const change = { accountId, instanceId: id, terms, instanceClass, months: 0 } as const;
  const text = `${instanceClass} in place of ${instance.instanceClass} until ${formatInstant(expiresAt)}`;
  if (after > before) {
    const price = forTheRest(draft, id, plus(after, negative(before)));
    return placeOrder(draft, { ...change, kind: 'upgrade', price, until: expiresAt, text });
  }
  const order = placeOrder(draft, { ...change, kind: 'downgrade', price: ZERO, text });
  fulfil(draft, order, { from: draft.at, to: expiresAt, anchor: null });
  if (after < before) {
    const share = { part: plus(before, negative(after)), of: before };
    giveBack(draft, id, { text, clause: '2.1', share });
  }
  setClass(draft, draft.instance(id), instanceClass, '2.1');
  // What came back may pay what the account's other instances owe.
  settleArrears(draft, accountId);
  return null;
}

/** Throws OrderOutOfDate, and what orderClassChange throws. */
export function termOfUpgrade(draft: Draft, order: Order, usedMemory: UsedMemory): Term {
  const { id, instanceId, instanceClass, until } = order;
  assertThat(instanceId !== null, 'an upgrade is of an instance');
  const { expiresAt, chargeType } = resizable(draft, instanceId, instanceClass, usedMemory);
  if (chargeType !== 'PrePaid' || expiresAt === null || expiresAt !== until) {
    const problem = 'its term has changed since';
    throw new SimulatorError('OrderOutOfDate', { id, instance: instanceId, problem });
  }
  return { from: draft.at, to: expiresAt, anchor: null };
}

export function fulfilUpgrade(draft: Draft, order: Order, term: Term): void {
  assertThat(order.instanceId !== null, 'an upgrade is of an instance');
  fulfil(draft, order, term);
  setClass(draft, draft.instance(order.instanceId), order.instanceClass, '2.1');
}

/** What a difference by the month comes to for what was paid for and is still ahead, rounded down to a micro-unit. */
export function forTheRest(draft: Draft, id: string, perMonth: Money): Money {
  return ordersOf(draft, id)
    .map(({ term, months }) => {
      if (term?.anchor == null || term.to <= draft.at) return ZERO;
      const ahead = BigInt(term.to - Math.max(term.from, draft.at));
      return ((timesMonths(perMonth, months) * ahead) / BigInt(term.to - term.from)) as Money;
    })
    .reduce(plus, ZERO);
}

function resizePayAsYouGo(draft: Draft, instance: Instance, instanceClass: string): void {
  const { billedUntil, hourClass } = instance;
  const dearest = [hourClass ?? instance.instanceClass, instanceClass].reduce((one, other) => {
    const price = (name: string) => priceOf(draft.world, name, 'hour', billedUntil ?? draft.at);
    return price(other) > price(one) ? other : one;
  });
  // The next hour to pay may be ahead of now: nothing of it was held in the class before.
  const isAhead = billedUntil !== null && billedUntil > draft.at;
  const hour = isAhead ? instanceClass : dearest;
  const changed = { ...instance, hourClass: billedUntil === null ? null : hour };
  setClass(draft, changed, instanceClass, '2.2.2');
}

function setClass(draft: Draft, instance: Instance, instanceClass: string, clause: string): void {
  const { id, accountId, chargeType } = instance;
  draft.put({ instance: { ...instance, instanceClass } });
  const unit = chargeType === 'PostPaid' ? 'hour' : 'month';
  const price = formatMoney(priceOf(draft.world, instanceClass, unit, draft.at));
  draft.event({
    ...{ type: 'instance-class-changed', accountId, instanceId: id, clause },
    text: `${id} is ${instanceClass} instead of ${instance.instanceClass}, at ${price} ${CURRENCY} ${unit === 'hour' ? 'an hour' : 'a month'}`,
    data: { from: instance.instanceClass, to: instanceClass },
  });
}

function resizable(draft: Draft, id: string, instanceClass: string, used: UsedMemory): Instance {
  const instance = changeableInstance(draft, id, ACTION);
  const { state, chargeType } = instance;
  if (chargeType === 'PrePaid' && state !== 'active') {
    // There is no rest of a term whose difference could be paid.
    throw new SimulatorError('IncorrectDBInstanceState', {
      ...{ id, state, action: ACTION, legal: 'active' },
    });
  }
  if (instance.instanceClass === instanceClass) {
    throw new SimulatorError('InstanceClassDoesNotChange', { id, instanceClass });
  }
  const memory = memoryBytesOf({ ...instance, instanceClass });
  if (used !== null && memory !== null && used > memory) {
    throw new SimulatorError('TargetMemoryLessThanCurrentUsed', {
      ...{ id, what: `class ${instanceClass}`, memory: String(memory), used: String(used) },
    });
  }
  return instance;
}
