/**
 * What is bought in advance: an order shows its price before it is paid, keeps it, and is void when it is not paid
 * (2.1, 2.2.1.1). What paying brings about stands in order-kinds.ts.
 */
import { assertThat } from './assert.js';
import { settleArrears } from './billing.js';
import type { Draft } from './draft.js';
import { formatInstant, type Instant } from './duration.js';
import type { InstanceRequest } from './decisions.js';
import { SimulatorError, type ErrorCode } from './errors.js';
import { chargeFor, requireBalance } from './ledger.js';
import { CURRENCY, formatMoney, negative, plus, ZERO, type Money } from './money.js';
import type { TermsId } from './terms.js';
import type { Instance } from './world.js';

export const ORDER_STATES = ['unpaid', 'paid', 'fulfilled', 'void', 'cancelled'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const ORDER_KINDS = ['new', 'renewal', 'upgrade', 'downgrade', 'conversion'] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/** What an order pays for. */
export interface Term {
  readonly from: Instant;
  readonly to: Instant;
  /** From which its months are counted, and those of the renewals that follow it; null: it has no months. */
  readonly anchor: Instant | null;
}

export interface Order {
  readonly id: string;
  readonly kind: OrderKind;
  readonly accountId: string;
  /** null while an instance is only ordered. */
  readonly instanceId: string | null;
  /** What is to be made, of a `new` order; null when it was, or never will be. */
  readonly request: InstanceRequest | null;
  readonly terms: TermsId;
  /** What is paid for; of an upgrade or a downgrade, the new one. */
  readonly instanceClass: string;
  /** 0 where it is for the rest of a term. */
  readonly months: number;
  /** Of a subscription that it begins. */
  readonly autoRenewMonths: number | null;
  readonly price: Money;
  /** Of an upgrade: the end of the term up to which its price counts. */
  readonly until: Instant | null;
  readonly state: OrderState;
  readonly orderedAt: Instant;
  readonly paidAt: Instant | null;
  /** null until it is fulfilled. */
  readonly term: Term | null;
  /** What of the price grants paid: it is never given back (2.4). */
  readonly paidByGrants: Money;
  /** What was paid without grants for the time from `refundableFrom` to the end of the term, and not given back. */
  readonly refundable: Money;
  readonly refundableFrom: Instant | null;
  /** What it is for, to people. */
  readonly text: string;
}

export type NewOrder = Pick<
  Order,
  'kind' | 'accountId' | 'instanceId' | 'terms' | 'instanceClass' | 'months' | 'price' | 'text'
> &
  Partial<Pick<Order, 'request' | 'autoRenewMonths' | 'until'>>;

/** Nothing is paid yet, and nothing is done for it. */
export function placeOrder(draft: Draft, wanted: NewOrder): Order {
  draft.account(wanted.accountId);
  const order: Order = {
    ...{ request: null, autoRenewMonths: null, until: null, ...wanted, id: draft.nextId('orders') },
    ...{ state: 'unpaid', orderedAt: draft.at, paidAt: null, term: null },
    ...{ paidByGrants: ZERO, refundable: ZERO, refundableFrom: null },
  };
  draft.putRecord('orders', order);
  tell(draft, order, {
    type: 'order-placed',
    clause: '2.1',
    text: `order ${order.id}: ${order.text}, for ${formatMoney(order.price)} ${CURRENCY}`,
  });
  return order;
}

/** Throws RecordNotFound, IncorrectOrderState. */
export function unpaidOrder(draft: Draft, id: string, asked: string): Order {
  const order = draft.record('orders', id);
  if (order.state === 'unpaid') return order;
  const wayOut = order.state === 'void' ? 'Order again: the price of today counts' : '';
  throw new SimulatorError('IncorrectOrderState', { id, state: order.state, asked, wayOut });
}

/** From the balance, grants first. Throws InsufficientBalance. */
export function takePayment(draft: Draft, order: Order, term: Term | null): Order {
  const { id, accountId, instanceId, price } = order;
  assertThat(instanceId !== null, `order ${id} is paid, and there is no instance`);
  requireBalance(draft, accountId, price, `order ${id} (${order.text}) costs`);
  const time =
    term === null
      ? 'from creation success on'
      : `from ${formatInstant(term.from)} to ${formatInstant(term.to)}`;
  const text = `order ${id}: ${order.text}, ${time} (2.2.1)`;
  const grants = chargeFor(draft, { instanceId, amount: price, text });
  const refundable = plus(price, negative(grants));
  const paid: Order = {
    ...{ ...order, state: 'paid', paidAt: draft.at },
    ...{ paidByGrants: grants, refundable },
  };
  draft.putRecord('orders', paid);
  const balance = formatMoney(draft.account(accountId).balance);
  tell(draft, paid, {
    type: 'order-paid',
    clause: '2.2.1.1',
    text: `order ${id} paid: ${formatMoney(price)} ${CURRENCY}, balance ${balance}`,
  });
  settleArrears(draft, accountId);
  return paid;
}

/** What was ordered is done, and paid for that time. */
export function fulfil(draft: Draft, order: Order, term: Term): void {
  draft.putRecord('orders', {
    ...{ ...order, state: 'fulfilled', request: null },
    ...{ term, refundableFrom: term.from },
  });
}

/** Not paid in time: null and void (2.2.1.1). */
export function voidOrder(draft: Draft, id: string): void {
  const order = draft.record('orders', id);
  draft.putRecord('orders', { ...order, state: 'void', request: null });
  tell(draft, order, {
    type: 'order-void',
    clause: '2.2.1.1',
    text: `order ${id} was not paid in time and is void`,
  });
}

/** Throws RecordNotFound, IncorrectOrderState. */
export function cancelOrder(draft: Draft, id: string, why: string): void {
  withdraw(draft, unpaidOrder(draft, id, 'cancelled'), why);
}

/** Also of one that was paid and cannot be carried out: what was paid is given back by whoever says so. */
export function withdraw(draft: Draft, order: Order, why: string): void {
  draft.putRecord('orders', { ...order, state: 'cancelled', request: null, refundable: ZERO });
  tell(draft, order, {
    type: 'order-cancelled',
    clause: '2.1',
    text: `order ${order.id} cancelled: ${why}`,
  });
}

/** In the order of their making. */
export function ordersOf(draft: Draft, instanceId: string): Order[] {
  return draft.records('orders').filter((order) => order.instanceId === instanceId);
}

export function unpaidOrderOf(draft: Draft, instanceId: string): Order | undefined {
  return ordersOf(draft, instanceId).find(({ state }) => state === 'unpaid');
}

/** One change of an instance at a time: two would each be made for what the other one changes. */
export function requireNoUnpaidOrder(
  draft: Draft,
  id: string,
  code: Extract<ErrorCode, 'HasRenewChangeOrder' | 'OrderLatestOrderIsHanding'>,
): void {
  const order = unpaidOrderOf(draft, id);
  if (order) throw new SimulatorError(code, { id, order: order.id });
}

/** What was paid for the time until `to`: its last term. */
export function lastTermOf(draft: Draft, { id, expiresAt }: Instance): Term | undefined {
  const terms = ordersOf(draft, id).flatMap(({ term }) => (term?.anchor != null ? [term] : []));
  return terms.findLast(({ to }) => to === expiresAt);
}

export function monthsText(months: number): string {
  return months === 1 ? '1 month' : `${String(months)} months`;
}

/** `price` times so many months. */
export function timesMonths(price: Money, months: number): Money {
  return (price * BigInt(months)) as Money;
}

export function tell(
  draft: Draft,
  order: Order,
  event: Pick<Parameters<Draft['event']>[0], 'type' | 'clause' | 'text'>,
): void {
  draft.event({
    ...{ ...event, accountId: order.accountId, instanceId: order.instanceId },
    data: { order: order.id, kind: order.kind, price: formatMoney(order.price) },
  });
}
