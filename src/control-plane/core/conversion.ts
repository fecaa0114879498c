/** From one way of paying to the other. Only of an instance that is paid for: neither arrears nor an expiry are converted away. */
import { assertThat } from './assert.js';
import { chargeStartedHour, settleArrears } from './billing.js';
import { addMonths } from './calendar.js';
import type { Draft } from './draft.js';
import { formatInstant, type Instant } from './duration.js';
import { SimulatorError } from './errors.js';
import { requireBalance } from './ledger.js';
import { CURRENCY, formatMoney } from './money.js';
import { fulfil, monthsText, ordersOf, placeOrder, requireNoUnpaidOrder } from './orders.js';
import type { Order, Term } from './orders.js';
import { priceOf } from './prices.js';
import { giveBack } from './refunds.js';
import { priceOfMonths } from './renewal.js';
import type { ChargeType } from './terms.js';
import type { Instance } from './world.js';

const ALREADY = { PrePaid: 'AlreadyPrePaid', PostPaid: 'AlreadyPostPaid' } as const;

/** Throws InstanceNotFound, AlreadyPrePaid, IncorrectDBInstanceState, OrderLatestOrderIsHanding. */
export function orderConversion(
  draft: Draft,
  id: string,
  { months, autoRenewMonths }: Pick<Order, 'months' | 'autoRenewMonths'>,
): Order {
  const { accountId, terms, instanceClass } = convertible(draft, id, 'PrePaid');
  requireNoUnpaidOrder(draft, id, 'OrderLatestOrderIsHanding');
  return placeOrder(draft, {
    ...{ kind: 'conversion', accountId, instanceId: id, terms, instanceClass, months },
    ...{ autoRenewMonths, price: priceOfMonths(draft, instanceClass, months) },
    text: `${instanceClass} as a subscription for ${monthsText(months)}`,
  });
}

/** The hour that was started is charged first; the term begins now. */
export function termOfConversion(draft: Draft, { instanceId, months }: Order): Term {
  assertThat(instanceId !== null, 'a conversion is of an instance');
  convertible(draft, instanceId, 'PrePaid');
  chargeStartedHour(draft, instanceId);
  return { from: draft.at, to: addMonths(draft.at, months), anchor: draft.at };
}

export function fulfilConversion(draft: Draft, order: Order, term: Term): void {
  assertThat(order.instanceId !== null, 'a conversion is of an instance');
  const instance = draft.instance(order.instanceId);
  fulfil(draft, order, term);
  convert(draft, instance, {
    ...{ chargeType: 'PrePaid', expiresAt: term.to, autoRenewMonths: order.autoRenewMonths },
    // The hour that was charged just now is paid to its end, whatever way is chosen again within it.
    ...{ billedUntil: paidAhead(instance, draft.at), hourClass: null },
  });
}

/**
 * What is not consumed of the term is given back, without what grants paid, and hours are charged from now on. Throws
 * InstanceNotFound, AlreadyPostPaid, IncorrectDBInstanceState, OrderLatestOrderIsHanding, InsufficientBalance.
 */
export function convertToPayAsYouGo(draft: Draft, id: string): void {
  const { accountId, instanceClass } = convertible(draft, id, 'PostPaid');
  requireNoUnpaidOrder(draft, id, 'OrderLatestOrderIsHanding');
  const text = `what is left of the term of ${id}, which is pay-as-you-go from now on`;
  giveBack(draft, id, { text, clause: '2.2.2' });
  // It is no term any more: an upgrade of a later subscription pays nothing for it.
  for (const order of ordersOf(draft, id)) {
    const { term } = order;
    if (term) draft.putRecord('orders', { ...order, term: { ...term, anchor: null } });
  }
  settleArrears(draft, accountId);
  const price = priceOf(draft.world, instanceClass, 'hour', draft.at);
  requireBalance(draft, accountId, price, `pay-as-you-go needs at least one hour`);
  const instance = draft.instance(id);
  convert(draft, instance, {
    ...{ chargeType: 'PostPaid', expiresAt: null, autoRenewMonths: null },
    ...{ billedUntil: paidAhead(instance, draft.at) ?? draft.at, hourClass: instanceClass },
  });
}

/** Until when hours are paid beyond now; null: they are not. */
function paidAhead({ billedUntil }: Instance, at: Instant): Instant | null {
  return billedUntil !== null && billedUntil > at ? billedUntil : null;
}

function convert(
  draft: Draft,
  instance: Instance,
  change: Pick<
    Instance,
    'chargeType' | 'expiresAt' | 'autoRenewMonths' | 'billedUntil' | 'hourClass'
  >,
): void {
  const { id, accountId, instanceClass } = instance;
  draft.put({ instance: { ...instance, ...change, expiryNoticed: null, autoRenewalTried: null } });
  const { chargeType, expiresAt } = change;
  const hourly = formatMoney(priceOf(draft.world, instanceClass, 'hour', draft.at));
  draft.event({
    ...{ type: 'charge-type-changed', accountId, instanceId: id },
    clause: expiresAt === null ? '2.2.2' : '2.2.1',
    text:
      expiresAt === null
        ? `${id} is pay-as-you-go at ${hourly} ${CURRENCY} an hour`
        : `${id} is a subscription: expires ${formatInstant(expiresAt)}`,
    data: { chargeType },
  });
}

function convertible(draft: Draft, id: string, chargeType: ChargeType): Instance {
  const instance = draft.instance(id);
  const { state } = instance;
  if (instance.chargeType === chargeType) throw new SimulatorError(ALREADY[chargeType], { id });
  if (state === 'active') return instance;
  const action = 'TransformInstanceChargeType';
  throw new SimulatorError('IncorrectDBInstanceState', { id, state, action, legal: 'active' });
}
