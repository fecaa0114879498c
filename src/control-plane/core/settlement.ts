/** An end with settlement: what was used is charged, what is not consumed is given back, or not, by the clause that ends it. */
import { chargeStartedHour, chargeUntilNow, settleArrears } from './billing.js';
import type { Draft } from './draft.js';
import { CURRENCY, formatMoney, ZERO, type Money } from './money.js';
import { unpaidOrderOf, withdraw } from './orders.js';
import { giveBack, unconsumedOf } from './refunds.js';

interface Rule {
  readonly clause: string;
  /** What of a paid term is not consumed goes back to the account, without what grants paid. */
  readonly refunds: boolean;
  /** Pay-as-you-go pays the hour that was started in full (2.2.2), or to the instant. */
  readonly charges: 'started-hour' | 'to-the-instant';
  readonly text: string;
}

export const SETTLEMENTS = {
  /** Both agree to end early. */
  released: {
    ...{ clause: '7.3.1', refunds: true, charges: 'started-hour' },
    text: 'ended early, as both agreed',
  },
  /** A serious breach: what was paid is not refunded. */
  violation: {
    ...{ clause: '7.2.2', refunds: false, charges: 'started-hour' },
    text: 'ended for a violation: nothing is refunded',
  },
  /** Fees by the time used; what was paid in advance is not refunded. */
  attack: {
    ...{ clause: '7.2.4', refunds: false, charges: 'to-the-instant' },
    text: 'ended for an attack: charged to the instant, nothing is refunded',
  },
  /** The vendor's own end, after its notice. */
  vendor: {
    ...{ clause: '7.2.5', refunds: true, charges: 'to-the-instant' },
    text: 'ended by the vendor',
  },
  /** The customer's right after 72 hours. */
  cancelled: {
    ...{ clause: '8.3', refunds: true, charges: 'to-the-instant' },
    text: 'cancelled for being unavailable',
  },
} as const satisfies Record<string, Rule>;

export type SettlementReason = keyof typeof SETTLEMENTS;

/**
 * Settles the account of an instance that is about to end: whoever ends it moves it afterwards, in the same decision.
 * Returns what was refunded; once more, nothing is charged or given back. Throws InstanceNotFound.
 */
export function settle(draft: Draft, instanceId: string, why: SettlementReason): Money {
  const { clause, refunds, charges, text }: Rule = SETTLEMENTS[why];
  const { accountId, chargeType } = draft.instance(instanceId);
  if (charges === 'started-hour') chargeStartedHour(draft, instanceId, instanceId);
  else chargeUntilNow(draft, instanceId, clause);
  const unpaid = unpaidOrderOf(draft, instanceId);
  if (unpaid) withdraw(draft, unpaid, `${instanceId} ends before it was paid`);
  const kept = refunds ? ZERO : unconsumedOf(draft, instanceId);
  const refunded = refunds
    ? giveBack(draft, instanceId, { text: `${instanceId} ${text}`, clause })
    : ZERO;
  const amounts =
    chargeType === 'PrePaid'
      ? `, refunded ${formatMoney(refunded)} ${CURRENCY}, kept ${formatMoney(kept)} ${CURRENCY}`
      : '';
  draft.event({
    ...{ type: 'settled', accountId, instanceId, clause },
    text: `${instanceId} ${text}${amounts}`,
    data: { why, refunded: formatMoney(refunded), kept: formatMoney(kept) },
  });
  settleArrears(draft, accountId, instanceId);
  return refunded;
}
