/** What is done for each kind of order when it is paid: all of it in the decision that takes the money. */
import { requireAccountOpen } from './account-measures.js';
import { assertThat } from './assert.js';
import { fulfilUpgrade, orderClassChange, termOfUpgrade, type UsedMemory } from './class-change.js';
import { fulfilConversion, termOfConversion } from './conversion.js';
import { requestInstance, type InstanceRequest } from './decisions.js';
import type { Draft } from './draft.js';
import { SimulatorError } from './errors.js';
import { monthsText, placeOrder, takePayment, unpaidOrder } from './orders.js';
import type { Order, OrderKind, Term } from './orders.js';
import { classIdOf } from './own-classes.js';
import { fulfilRenewal, priceOfMonths, renewByItself, termOfOrderedRenewal } from './renewal.js';
import { checkQuota } from './whitelist.js';

interface Kind {
  /** Whether it can be done at all, and the time that it pays for; null: from a creation success that is still ahead. */
  term(draft: Draft, order: Order, usedMemory: UsedMemory): Term | null;
  fulfil(draft: Draft, order: Order, term: Term): void;
}

const KINDS: Readonly<Record<OrderKind, Kind>> = {
  // Fulfilled by the creation's success.
  new: { term: () => null, fulfil: () => undefined },
  renewal: { term: termOfOrderedRenewal, fulfil: fulfilRenewal },
  upgrade: { term: termOfUpgrade, fulfil: fulfilUpgrade },
  // Done at once, when it is ordered: there is nothing to pay.
  downgrade: { term: () => null, fulfil: () => undefined },
  conversion: { term: termOfConversion, fulfil: fulfilConversion },
};

/** Throws UnknownInstanceClass, AccountNotFound, AccountNotOpen, SecurityIPListQuotaExceeded. */
export function orderInstance(
  draft: Draft,
  asked: InstanceRequest,
  { months, autoRenewMonths }: Pick<Order, 'months' | 'autoRenewMonths'>,
): Order {
  const { accountId, terms } = asked;
  const instanceClass = classIdOf(draft.world, asked.instanceClass);
  const request = { ...asked, instanceClass };
  assertThat(request.chargeType === 'PrePaid', 'only subscriptions are ordered');
  requireAccountOpen(draft, accountId, 'CreateOrder');
  checkQuota('it', request.whitelist);
  return placeOrder(draft, {
    ...{ kind: 'new', accountId, instanceId: null, request, terms, instanceClass, months },
    ...{ autoRenewMonths, price: priceOfMonths(draft, instanceClass, months) },
    text: `${instanceClass} for ${monthsText(months)}`,
  });
}

/** Throws RecordNotFound, IncorrectOrderState, InsufficientBalance, and what its kind throws. Returns the instance's id. */
export function payOrder(draft: Draft, id: string, usedMemory: UsedMemory = null): string {
  const ordered = unpaidOrder(draft, id, 'paid');
  const order = withInstance(draft, ordered);
  const kind = KINDS[order.kind];
  const term = kind.term(draft, order, usedMemory);
  const paid = takePayment(draft, order, term);
  if (term !== null) kind.fulfil(draft, paid, term);
  assertThat(paid.instanceId !== null, `order ${id} was paid for nothing`);
  return paid.instanceId;
}

/** Automatically, from the balance. */
export function renewAutomatically(draft: Draft, id: string): void {
  renewByItself(draft, id, payOrder);
}

/** Another class, paid for at once where that is wanted. Throws what orderClassChange and payOrder throw. */
export function changeClass(
  draft: Draft,
  change: { readonly id: string; readonly instanceClass: string; readonly autoPay: boolean },
  usedMemory: UsedMemory,
): string | null {
  const order = orderClassChange(draft, change.id, change.instanceClass, usedMemory);
  if (order && change.autoPay) payOrder(draft, order.id, usedMemory);
  return order?.id ?? null;
}

/** The instance is on record, in creation, before it is charged for: what cannot be paid leaves no trace of either. */
function withInstance(draft: Draft, order: Order): Order {
  if (order.instanceId !== null) return order;
  if (order.request === null) {
    throw new SimulatorError('OrderOutOfDate', {
      ...{ id: order.id, instance: '-', problem: 'nothing is left of what was ordered' },
    });
  }
  const instanceId = requestInstance(draft, order.request, {
    months: order.months,
    autoRenewMonths: order.autoRenewMonths,
  });
  return { ...order, instanceId };
}
