/**
 * What of a subscription is not consumed: of each payment, the share of its time that lies ahead, to the millisecond,
 * rounded down to a micro-unit, without what grants paid (2.4).
 */
import { claimedFor } from './claimed.js';
import type { Draft } from './draft.js';
import type { Instant } from './duration.js';
import { refundFor } from './ledger.js';
import { negative, plus, ZERO, type Money } from './money.js';
import { ordersOf, type Order } from './orders.js';

/** Of what is given back: all of it, or as much as a cheaper class costs less. */
export interface Share {
  readonly part: Money;
  readonly of: Money;
}

const ALL: Share = { part: 1n as Money, of: 1n as Money };

/** What would be given back now. */
export function unconsumedOf(draft: Draft, instanceId: string): Money {
  return ordersOf(draft, instanceId)
    .map((order) => leftOf(order, draft.at))
    .reduce(plus, ZERO);
}

/**
 * Gives it back to the account, and returns it: no more than was paid for the instance and not paid back by claims.
 * `text` says why, the clause that it must be.
 */
export function giveBack(
  draft: Draft,
  instanceId: string,
  { text, clause, share = ALL }: { text: string; clause: string; share?: Share },
): Money {
  let total = ZERO;
  for (const order of ordersOf(draft, instanceId)) {
    const left = leftOf(order, draft.at);
    const back = ((left * share.part) / share.of) as Money;
    if (back === ZERO) continue;
    total = plus(total, back);
    draft.putRecord('orders', {
      ...order,
      refundable: plus(left, negative(back)),
      refundableFrom: Math.max(draft.at, order.refundableFrom ?? draft.at),
    });
  }
  const paid = plus(draft.instance(instanceId).feesPaid, negative(claimedFor(draft, instanceId)));
  const most = paid > ZERO ? paid : ZERO;
  const amount = total < most ? total : most;
  refundFor(draft, { instanceId, amount, text }, clause);
  return amount;
}

function leftOf({ state, term, refundable, refundableFrom }: Order, at: Instant): Money {
  if (state !== 'fulfilled' || term === null || refundableFrom === null) return ZERO;
  const from = Math.max(at, refundableFrom);
  if (from >= term.to) return ZERO;
  return ((refundable * BigInt(term.to - from)) / BigInt(term.to - refundableFrom)) as Money;
}
