/** What actions on subscriptions have in common: for how long, and whether they go on by themselves. */
import { Type } from 'typebox';
import { invalidInput } from '../core/errors.js';
import type { Subscription } from '../core/decisions.js';
import type { ChargeType } from '../core/terms.js';
import { initially } from './initially.js';

/** Months that can be bought at once (CreateInstance, RenewInstance). */
export const PERIODS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 60];
/** Months by which a subscription can be renewed by itself (CreateInstance, AutoRenewPeriod). */
export const AUTO_RENEW_PERIODS: readonly number[] = [1, 2, 3, 6, 12];

const months = (of: readonly number[], what: string) =>
  Type.Integer({ description: `${what}, in months: ${of.join(', ')}` });

export const period = months(PERIODS, 'The term');

export const SUBSCRIPTION_FIELDS = {
  period: Type.Optional(months(PERIODS, 'Of a subscription: its term')),
  autoRenew: initially(
    Type.Boolean({
      description: 'Of a subscription: renew it by itself, seven days before it expires',
    }),
    false,
  ),
  autoRenewPeriod: initially(months(AUTO_RENEW_PERIODS, 'By how much it is renewed by itself'), 1),
};

/** At once, from the balance. */
export const autoPay = initially(
  Type.Boolean({
    description: 'Pay at once from the balance; otherwise the order waits to be paid',
  }),
  true,
);

interface Given {
  readonly period?: number;
  readonly autoRenew: boolean;
  readonly autoRenewPeriod: number;
}

/** null for pay-as-you-go. Throws InvalidInput. */
export function subscriptionOf(given: Given, chargeType: ChargeType): Subscription | null {
  if (chargeType === 'PrePaid') {
    if (given.period === undefined) {
      const wayOut = `Give one of ${PERIODS.join(', ')} months`;
      throw invalidInput('period', undefined, 'is mandatory for a subscription', wayOut);
    }
    return {
      months: checkedMonths('period', given.period, PERIODS),
      autoRenewMonths: given.autoRenew
        ? checkedMonths('autoRenewPeriod', given.autoRenewPeriod, AUTO_RENEW_PERIODS)
        : null,
    };
  }
  if (given.period === undefined && !given.autoRenew) return null;
  const field = given.period === undefined ? 'autoRenew' : 'period';
  const wayOut = 'Give chargeType PrePaid, or leave it out';
  throw invalidInput(field, given[field], 'is of subscriptions only', wayOut);
}

/** Throws InvalidInput. */
export function checkedMonths(field: string, count: number, of: readonly number[]): number {
  if (of.includes(count)) return count;
  throw invalidInput(field, count, 'is not possible', `Give one of ${of.join(', ')} months`);
}
