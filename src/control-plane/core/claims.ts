/** What the vendor pays for having been unavailable: no more than the service cost (8.5), and for nothing else (8.4). */
import { availabilityOf } from './availability.js';
import { settleArrears } from './billing.js';
import { claimedFor } from './claimed.js';
import type { Draft } from './draft.js';
import { formatDuration, type Instant } from './duration.js';
import { SimulatorError } from './errors.js';
import { CURRENCY, formatMoney, negative, plus, ZERO, type Money } from './money.js';
import { endInstance } from './endings.js';
import { lengthOf } from './span.js';
import { termsOf } from './state-facts.js';
import { instanceInService } from './case-states.js';

const CLAUSE_CAP = '8.5';
const CLAUSE_CANCEL = '8.3';

export interface Claim {
  readonly id: string;
  readonly accountId: string;
  readonly instanceId: string;
  /** What was asked for, and what was paid. */
  readonly amount: Money;
  readonly paid: Money;
  readonly filedAt: Instant;
}

/** What a claim is worth: at most the fees paid for the instance, less what claims paid before. */
export function worthOf(amount: Money, feesPaid: Money, paidBefore: Money): Money {
  const left = plus(feesPaid, negative(paidBefore));
  if (left <= ZERO) return ZERO;
  return amount < left ? amount : left;
}

/** Paid at once. Throws InstanceNotFound, ClaimNotFounded, ClaimsExhausted. */
export function fileClaim(draft: Draft, instanceId: string, amount: Money): string {
  const { accountId } = draft.instance(instanceId);
  requireFounded(draft, instanceId);
  const feesPaid = feesMet(draft, instanceId);
  const paidBefore = claimedFor(draft, instanceId);
  const paid = worthOf(amount, feesPaid, paidBefore);
  const [fees, claimed] = [formatMoney(feesPaid), formatMoney(paidBefore)];
  if (paid === ZERO) throw new SimulatorError('ClaimsExhausted', { id: instanceId, fees, claimed });
  const id = draft.nextId('claims');
  draft.putRecord('claims', { id, accountId, instanceId, amount, paid, filedAt: draft.at });
  const capped =
    paid < amount ? `, of ${formatMoney(amount)} asked for: no more than the fees paid` : '';
  const text = `${id} for the unavailability of ${instanceId}${capped}`;
  const { balance } = draft.post({ accountId, instanceId, kind: 'claim', amount: paid, text });
  draft.event({
    type: 'claim-paid',
    ...{ accountId, instanceId, clause: CLAUSE_CAP },
    text: `paid ${formatMoney(paid)} ${CURRENCY} for ${text}`,
    data: { claim: id, amount: formatMoney(paid), balance: formatMoney(balance) },
  });
  settleArrears(draft, accountId);
  return id;
}

/** Fees were charged, and what the account owes of them was not paid yet. */
function feesMet(draft: Draft, instanceId: string): Money {
  const { accountId, feesPaid } = draft.instance(instanceId);
  const { balance } = draft.account(accountId);
  if (balance >= ZERO) return feesPaid;
  const met = plus(feesPaid, balance);
  return met > ZERO ? met : ZERO;
}

/** The customer's way out after so long without a service (8.3). Throws InstanceNotFound, IncorrectDBInstanceState, NotCancellableYet. */
export function cancelInstance(draft: Draft, id: string): void {
  const instance = instanceInService(draft, id, 'CancelInstance');
  const neededMs = lengthOf(termsOf(instance.terms).cancelAfterUnavailable);
  const { longestMs } = availabilityOf(draft, instance);
  const longest = formatDuration(longestMs);
  if (longestMs < neededMs) {
    const missing = formatDuration(neededMs - longestMs);
    const needed = formatDuration(neededMs);
    throw new SimulatorError('NotCancellableYet', { id, longest, needed, missing });
  }
  draft.event({
    type: 'instance-cancelled',
    ...{ accountId: instance.accountId, instanceId: id, clause: CLAUSE_CANCEL },
    text: `${id} is cancelled by its customer, after ${longest} unavailable by the vendor's fault`,
    data: { longest },
  });
  endInstance(draft, id, 'cancelled');
}

/** A flaw (3.1.7), a backup that failed (3.1.11), a slow network or force majeure alone found no claim. */
function requireFounded(draft: Draft, id: string): void {
  const { counted, intervals } = availabilityOf(draft, draft.instance(id));
  if (counted.length > 0) return;
  const why = intervals.map((one) => `${one.why} (clause ${one.clause})`);
  const reason =
    why.length === 0
      ? 'it was never unavailable'
      : `it was not unavailable by the vendor's fault, there was only ${[...new Set(why)].join('; ')}`;
  throw new SimulatorError('ClaimNotFounded', { id, reason });
}
