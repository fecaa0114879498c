/**
 * The end of a term and what comes before it (2.2.1.2): a notice, renewals at the prices of their own day, automatic
 * ones, and the expiry. A new term begins where the old one ended; after the expiry, where the terms say so, when it
 * is paid for.
 */
import { assertThat } from './assert.js';
import { move } from './billing.js';
import { addMonths, dayOfMonth } from './calendar.js';
import type { Draft } from './draft.js';
import { formatInstant } from './duration.js';
import { SimulatorError } from './errors.js';
import { STATES, transitionOf } from './lifecycle.js';
import { CURRENCY, formatMoney, plus, negative, type Money } from './money.js';
import { sendNotice } from './notices.js';
import {
  fulfil,
  lastTermOf,
  monthsText,
  placeOrder,
  requireNoUnpaidOrder,
  timesMonths,
  unpaidOrderOf,
  withdraw,
  type Order,
  type Term,
} from './orders.js';
import { priceOf } from './prices.js';
import { termsOf } from './state-facts.js';
import type { State } from './lifecycle.js';
import type { Instance } from './world.js';

const CLAUSE = '2.2.1.2';

/** So many months at today's prices; of another class where one is given. */
export function priceOfMonths(draft: Draft, instanceClass: string, months: number): Money {
  return timesMonths(priceOf(draft.world, instanceClass, 'month', draft.at), months);
}

/** Throws InstanceNotFound, InstanceChargeTypeNotSupport, IncorrectDBInstanceState, HasRenewChangeOrder, RenewalTooShort. */
export function orderRenewal(draft: Draft, id: string, months: number): Order {
  const instance = renewable(draft, id);
  requireNoUnpaidOrder(draft, id, 'HasRenewChangeOrder');
  termOfRenewal(draft, instance, months);
  return placeRenewal(draft, instance, months);
}

function placeRenewal(draft: Draft, instance: Instance, months: number): Order {
  const { id, accountId, terms, instanceClass } = instance;
  return placeOrder(draft, {
    ...{ kind: 'renewal', accountId, instanceId: id, terms, instanceClass, months },
    price: priceOfMonths(draft, instanceClass, months),
    text: `${monthsText(months)} more of ${instanceClass}`,
  });
}

/** The time that a renewal pays for, if it is paid now. */
export function termOfOrderedRenewal(draft: Draft, { instanceId, months }: Order): Term {
  assertThat(instanceId !== null, 'a renewal is of an instance');
  return termOfRenewal(draft, renewable(draft, instanceId), months);
}

/** It was paid: the term is longer, and whoever had expired is active at once. */
export function fulfilRenewal(draft: Draft, order: Order, term: Term): void {
  assertThat(order.instanceId !== null, 'a renewal is of an instance');
  const instance = draft.instance(order.instanceId);
  const { id, accountId } = instance;
  fulfil(draft, order, term);
  draft.put({ instance: { ...instance, expiresAt: term.to } });
  draft.event({
    ...{ type: 'renewed', accountId, instanceId: id, clause: CLAUSE },
    text: `${id} renewed by ${monthsText(order.months)}: expires ${formatInstant(term.to)}`,
    data: { order: order.id, expiresAt: formatInstant(term.to) },
  });
  if (instance.state !== 'active') move(draft, id, 'renewed');
}

/** Told once for each expiry. */
export function noticeExpiry(draft: Draft, id: string): void {
  const instance = draft.instance(id);
  const { expiresAt, accountId, instanceClass, autoRenewMonths } = instance;
  assertThat(expiresAt !== null, `${id} has no term`);
  draft.put({ instance: { ...instance, expiryNoticed: expiresAt } });
  const price = formatMoney(priceOf(draft.world, instanceClass, 'month', draft.at));
  const follows =
    autoRenewMonths === null
      ? `renew it before; a month costs ${price} ${CURRENCY} today`
      : `it is to be renewed by ${monthsText(autoRenewMonths)} by itself`;
  const text = `${id} expires ${formatInstant(expiresAt)}: ${follows}`;
  draft.event({
    ...{ type: 'expiry-notice', accountId, instanceId: id, clause: CLAUSE },
    text,
    data: { expiresAt: formatInstant(expiresAt), pricePerMonth: price },
  });
  sendNotice(draft, { kind: 'expiry', accountId, instanceId: id, text });
}

/** Tried once for each expiry. What cannot be paid is told, and can be renewed by hand. */
export function renewByItself(
  draft: Draft,
  id: string,
  pay: (draft: Draft, order: string) => void,
): void {
  const instance = draft.instance(id);
  const { expiresAt, accountId, instanceClass, autoRenewMonths: months } = instance;
  assertThat(expiresAt !== null && months !== null, `${id} is not renewed by itself`);
  draft.put({ instance: { ...instance, autoRenewalTried: expiresAt } });
  const { balance } = draft.account(accountId);
  const price = priceOfMonths(draft, instanceClass, months);
  if (balance < price || balance < 0n) {
    const [needed, missing] = [price, plus(price, negative(balance))].map(formatMoney);
    draft.event({
      ...{ type: 'auto-renewal-failed', accountId, instanceId: id, clause: CLAUSE },
      text: `${id} could not be renewed by ${monthsText(months)}: ${String(needed)} ${CURRENCY}, ${String(missing)} are missing; it expires ${formatInstant(expiresAt)}`,
      data: { needed: String(needed), missing: String(missing), balance: formatMoney(balance) },
    });
    return;
  }
  const unpaid = unpaidOrderOf(draft, id);
  if (unpaid) withdraw(draft, unpaid, `${id} is renewed by itself before it was paid`);
  pay(draft, placeRenewal(draft, draft.instance(id), months).id);
}

/** `null`: not by itself. Throws InstanceNotFound, InstanceChargeTypeNotSupport, IncorrectDBInstanceState. */
export function setAutoRenewal(draft: Draft, id: string, months: number | null): void {
  const instance = renewable(draft, id, 'ModifyInstanceAutoRenewalAttribute');
  if (instance.autoRenewMonths === months) return;
  draft.put({ instance: { ...instance, autoRenewMonths: months } });
  draft.event({
    ...{ type: 'auto-renewal-changed', accountId: instance.accountId, instanceId: id },
    clause: CLAUSE,
    text:
      months === null
        ? `${id} is not renewed by itself any more`
        : `${id} is renewed by ${monthsText(months)} by itself`,
    data: { months: String(months ?? 0) },
  });
}

/** A subscription that is not given up yet. */
function renewable(draft: Draft, id: string, action = 'RenewInstance'): Instance {
  const instance = draft.instance(id);
  const { chargeType, state } = instance;
  if (chargeType !== 'PrePaid') {
    const wayOut = 'Only subscriptions have a term: make it one with "instance convert"';
    throw new SimulatorError('InstanceChargeTypeNotSupport', { action, id, chargeType, wayOut });
  }
  if (isRenewable(state)) return instance;
  const legal = STATES.filter(isRenewable).join(' or ');
  throw new SimulatorError('IncorrectDBInstanceState', { id, state, action, legal });
}

function isRenewable(state: State): boolean {
  return state === 'active' || transitionOf(state, 'renewed') !== undefined;
}

/** Throws RenewalTooShort: the new term would be over as well. */
function termOfRenewal(draft: Draft, instance: Instance, months: number): Term {
  const { id, expiresAt } = instance;
  assertThat(expiresAt !== null, `${id} has no term`);
  const isLate = expiresAt < draft.at;
  const fromPayment = isLate && termsOf(instance.terms).renewal.afterExpiryFrom === 'payment';
  const from = fromPayment ? draft.at : expiresAt;
  const anchor = fromPayment ? from : (lastTermOf(draft, instance)?.anchor ?? from);
  const endAfter = (count: number) => addMonths(from, count, dayOfMonth(anchor));
  if (endAfter(months) > draft.at) return { from, to: endAfter(months), anchor };
  let needed = months;
  while (endAfter(needed) <= draft.at) needed += 1;
  throw new SimulatorError('RenewalTooShort', {
    ...{ id, expiresAt: formatInstant(expiresAt) },
    ...{ months: monthsText(months), needed: monthsText(needed) },
  });
}
