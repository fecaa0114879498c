/** Of an instance that is being made: its term begins with creation success (7.1), and without it the order is undone. */
import { assertThat } from './assert.js';
import { settleArrears } from './billing.js';
import { addMonths } from './calendar.js';
import type { Draft } from './draft.js';
import { formatInstant } from './duration.js';
import { postGrant, refundFor } from './ledger.js';
import { ZERO } from './money.js';
import { fulfil, monthsText, ordersOf, tell, withdraw, type Order } from './orders.js';

/** Once: its order was paid, and is fulfilled by this. */
export function beginTerm(draft: Draft, id: string): void {
  const order = orderOf(draft, id);
  assertThat(order?.state === 'paid', `${id} is made, and its order was not paid`);
  const term = { from: draft.at, to: addMonths(draft.at, order.months), anchor: draft.at };
  fulfil(draft, order, term);
  draft.put({ instance: { ...draft.instance(id), expiresAt: term.to } });
  tell(draft, order, {
    type: 'order-fulfilled',
    clause: '7.1',
    text: `order ${order.id} fulfilled: ${id} for ${monthsText(order.months)}, expires ${formatInstant(term.to)}`,
  });
}

/** Nothing was served: the account is as if it had not been paid. What grants paid comes back as a grant. */
export function undoOrder(draft: Draft, id: string, why: string): void {
  const order = orderOf(draft, id);
  if (!order) return;
  const { accountId, refundable, paidByGrants } = order;
  withdraw(draft, order, why);
  const text = `order ${order.id} is not carried out: ${why}`;
  refundFor(draft, { instanceId: id, amount: refundable, text }, '7.1');
  if (paidByGrants > ZERO) postGrant(draft, accountId, paidByGrants, `${text} (7.1)`);
  settleArrears(draft, accountId);
}

function orderOf(draft: Draft, id: string): Order | undefined {
  return ordersOf(draft, id).find(({ kind }) => kind === 'new');
}
