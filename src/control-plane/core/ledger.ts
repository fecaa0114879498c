/**
 * Who pays with what (2.4). A grant is part of the balance, and pays charges for the service and nothing else: it is
 * used before the account's own money, never paid out, never part of a refund. What an account has of its own is its
 * balance without what is left of grants; whoever has less than nothing of that owes. Since grants are used first,
 * and a new one pays what is owed at once, nobody owes and has a grant left: owing is a balance below zero.
 */
import type { Draft } from './draft.js';
import { SimulatorError } from './errors.js';
import { CURRENCY, formatMoney, negative, plus, ZERO, type Money } from './money.js';
import type { Account, Instance } from './world.js';

export function owes({ balance }: Account): boolean {
  return balance < 0n;
}

/** What grants pay of an amount. */
export function paidByGrants({ grants }: Account, amount: Money): Money {
  if (grants === ZERO) return ZERO;
  return grants < amount ? grants : amount;
}

/** Throws InsufficientBalance; `what` needs so much: "an instance of class X needs at least one hour". */
export function requireBalance(
  draft: Draft,
  accountId: string,
  needed: Money,
  what: string,
  details: Readonly<Record<string, string>> = {},
): void {
  const account = draft.account(accountId);
  // Whoever owes pays that first, also where nothing else is asked for.
  if (account.balance >= needed && !owes(account)) return;
  throw new SimulatorError('InsufficientBalance', {
    ...details,
    id: account.id,
    balance: `${formatMoney(account.balance)} ${CURRENCY}`,
    what,
    needed: `${formatMoney(needed)} ${CURRENCY}`,
  });
}

export interface Bill {
  readonly instanceId: string;
  readonly amount: Money;
  readonly text: string;
}

/** Charges an instance's account for the service. Returns what of it grants paid. */
export function chargeFor(draft: Draft, { instanceId, amount, text }: Bill): Money {
  const instance = draft.instance(instanceId);
  const grants = paidByGrants(draft.account(instance.accountId), amount);
  addFees(draft, instance, plus(amount, negative(grants)));
  draft.post({
    ...{ accountId: instance.accountId, instanceId, kind: 'charge' },
    ...{ amount: negative(amount), grants: negative(grants), text },
  });
  return grants;
}

/** Gives back what was paid for an instance without grants; nothing where it is nothing. */
export function refundFor(draft: Draft, bill: Bill, clause: string): void {
  const { instanceId, amount, text } = bill;
  if (amount === ZERO) return;
  const instance = draft.instance(instanceId);
  const { accountId } = instance;
  addFees(draft, instance, negative(amount));
  const said = `${text} (${clause})`;
  const account = draft.post({ accountId, instanceId, kind: 'refund', amount, text: said });
  draft.event({
    ...{ type: 'refunded', accountId, instanceId, clause },
    text: `refunded ${formatMoney(amount)} ${CURRENCY}, balance ${formatMoney(account.balance)}: ${text}`,
    data: { amount: formatMoney(amount), balance: formatMoney(account.balance) },
  });
}

/** Credits an account with a grant. What is owed is owed for the service: it is paid from it at once. */
export function postGrant(draft: Draft, accountId: string, amount: Money, text: string): void {
  const debt = draft.account(accountId).balance;
  draft.post({ accountId, instanceId: null, kind: 'grant', amount, grants: amount, text });
  if (debt >= 0n) return;
  let left = negative(debt) < amount ? negative(debt) : amount;
  for (const instance of draft.instancesOf(accountId)) {
    // Subscriptions are paid before they are used; only those that are charged by the hour bring debts.
    if (instance.chargeType !== 'PostPaid' || left === ZERO) continue;
    const { feesPaid, id } = instance;
    const paid = feesPaid < left ? feesPaid : left;
    if (paid === ZERO) continue;
    left = plus(left, negative(paid));
    addFees(draft, instance, negative(paid));
    draft.post({
      ...{ accountId, instanceId: id, kind: 'grant', amount: ZERO, grants: negative(paid) },
      text: `of the grant, ${formatMoney(paid)} ${CURRENCY} pays hours of ${id} that are owed`,
    });
  }
}

/** What was paid in the account's own money is the most that a claim can be worth (8.5). */
function addFees(draft: Draft, instance: Instance, fees: Money): void {
  if (fees === ZERO) return;
  draft.put({ instance: { ...instance, feesPaid: plus(instance.feesPaid, fees) } });
}
