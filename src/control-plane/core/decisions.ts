/** Everything that can be decided about the world, one function each. Pure: they write into a draft and nowhere else. */
import { backupsFrom } from './backup-policy.js';
import { requireAccountOpen } from './account-measures.js';
import { move, settleArrears } from './billing.js';
import type { CeilingName } from './ceilings.js';
import type { Draft } from './draft.js';
import { SimulatorError } from './errors.js';
import { postGrant, requireBalance } from './ledger.js';
import { DEFAULT_MAINTAIN_TIME } from './maintain-time.js';
import { CURRENCY, formatMoney, plus, negative, ZERO, type Money } from './money.js';
import { requireTransition, transitionOf } from './lifecycle.js';
import { beginTerm, undoOrder } from './new-subscription.js';
import { monthsText, type Order } from './orders.js';
import { classIdOf } from './own-classes.js';
import { priceOf } from './prices.js';
import { settle } from './settlement.js';
import { checkQuota } from './whitelist.js';
import type { Instance } from './world.js';

/** The account that is there from the beginning. */
export const DEFAULT_ACCOUNT = 'default';

/** Throws AccountExists. */
export function openAccount(draft: Draft, id: string, credit: Money): void {
  if (draft.world.accounts.has(id)) throw new SimulatorError('AccountExists', { id });
  draft.put({ account: { id, balance: ZERO, owingSince: null, grants: ZERO, measure: null } });
  draft.event({ type: 'account-opened', accountId: id, text: `account ${id} opened` });
  if (credit > 0n) topUp(draft, id, credit);
}

/** Credits an account; whoever owed and owes no more is active again at once. Throws AccountNotFound. */
export function topUp(draft: Draft, id: string, amount: Money): void {
  const account = draft.post({
    accountId: id,
    instanceId: null,
    kind: 'top-up',
    amount,
    text: 'top-up',
  });
  draft.event({
    type: 'topped-up',
    accountId: id,
    text: `account ${id} topped up by ${formatMoney(amount)} ${CURRENCY}, balance ${formatMoney(account.balance)}`,
    data: { amount: formatMoney(amount), balance: formatMoney(account.balance) },
  });
  settleArrears(draft, id);
}

/** Credits an account with what pays for the service and for nothing else (2.4). Throws AccountNotFound. */
export function grantCredit(draft: Draft, id: string, amount: Money, purpose: string): void {
  postGrant(draft, id, amount, `grant: ${purpose} (2.4)`);
  const { balance, grants } = draft.account(id);
  draft.event({
    ...{ type: 'granted', accountId: id, clause: '2.4' },
    text: `account ${id} was granted ${formatMoney(amount)} ${CURRENCY} (${purpose}), balance ${formatMoney(balance)}, of which grants ${formatMoney(grants)}`,
    data: {
      amount: formatMoney(amount),
      balance: formatMoney(balance),
      grants: formatMoney(grants),
    },
  });
  settleArrears(draft, id);
}

/**
 * Makes the balance what is asked for, by an adjustment in the ledger. Grants are a part of it: what is left of them
 * stays as far as the new balance goes, and lapses beyond it. Throws AccountNotFound.
 */
export function setBalance(draft: Draft, id: string, balance: Money): void {
  const before = draft.account(id);
  const amount = plus(balance, negative(before.balance));
  const lapsed = before.grants > balance ? plus(before.grants, negative(balance)) : ZERO;
  if (amount !== ZERO) {
    draft.post({
      ...{ accountId: id, instanceId: null, kind: 'adjustment', amount },
      grants: negative(lapsed),
      text: `balance set to ${formatMoney(balance)}${lapsed === ZERO ? '' : `, grants of ${formatMoney(lapsed)} lapse`}`,
    });
  }
  draft.event({
    type: 'balance-set',
    accountId: id,
    text: `balance of account ${id} set to ${formatMoney(balance)} ${CURRENCY}`,
    data: { balance: formatMoney(balance) },
  });
  settleArrears(draft, id);
}

/** What is asked for; the rest follows. */
export type InstanceRequest = Pick<
  Instance,
  | 'name'
  | 'accountId'
  | 'instanceClass'
  | 'terms'
  | 'chargeType'
  | 'wireProfile'
  | 'host'
  | 'port'
  | 'password'
  | 'passwordFree'
  | 'whitelist'
  | 'commandProfile'
  | 'parameters'
  | CeilingName
> & {
  /** Whether daily backups are taken; null: as the class has it. */
  readonly dailyBackups?: boolean | null;
};

/** Of a subscription: what was paid for with its order. */
export type Subscription = Pick<Order, 'months' | 'autoRenewMonths'>;

/**
 * A subscription is paid for by its order; pay-as-you-go has to begin with an hour's price. Throws
 * UnknownInstanceClass, AccountNotFound, InsufficientBalance, SecurityIPListQuotaExceeded.
 */
export function requestInstance(
  draft: Draft,
  request: InstanceRequest,
  subscription?: Subscription,
): string {
  const { dailyBackups = null, ...wanted } = request;
  const instanceClass = classIdOf(draft.world, wanted.instanceClass);
  const unit = subscription ? 'month' : 'hour';
  const price = priceOf(draft.world, instanceClass, unit, draft.at);
  const account = requireAccountOpen(draft, request.accountId, 'CreateInstance');
  if (!subscription) {
    const what = `an instance of class ${instanceClass} needs at least one hour`;
    requireBalance(draft, account.id, price, what, { instanceClass });
  }
  const id = draft.nextInstanceId();
  checkQuota(id, request.whitelist);
  const instance: Instance = {
    ...wanted,
    instanceClass,
    id,
    name: wanted.name || id,
    state: 'creating',
    since: draft.at,
    requestedAt: draft.at,
    createdAt: null,
    billedUntil: null,
    hourClass: null,
    expiresAt: null,
    autoRenewMonths: subscription?.autoRenewMonths ?? null,
    expiryNoticed: null,
    autoRenewalTried: null,
    feesPaid: ZERO,
    endedBy: null,
    dataFrom: null,
    suspensions: [],
    writeLock: null,
    operation: null,
    outages: [],
    narrowed: [],
    generation: 0,
    maintainTime: DEFAULT_MAINTAIN_TIME,
    backups: backupsFrom(draft.at, dailyBackups),
    databaseAccounts: [],
  };
  draft.put({ instance });
  draft.event({
    type: 'instance-requested',
    accountId: account.id,
    instanceId: id,
    clause: '2.1',
    text: subscription
      ? `${id} requested: ${instanceClass} for ${monthsText(subscription.months)}`
      : `${id} requested: ${instanceClass} at ${formatMoney(price)} ${CURRENCY} an hour`,
    data: {
      instanceClass,
      [unit === 'hour' ? 'pricePerHour' : 'pricePerMonth']: formatMoney(price),
    },
  });
  return id;
}

/** Creation success: the term and the billing start here (7.1). */
export function completeCreation(draft: Draft, id: string, port: number): void {
  const instance = draft.instance(id);
  const { chargeType, accountId } = instance;
  draft.put({ instance: { ...instance, port, createdAt: draft.at } });
  if (chargeType === 'PrePaid') beginTerm(draft, id);
  move(draft, id, 'created');
  // The account may have run dry by another instance while this one was being made.
  const owing = draft.account(accountId).owingSince !== null;
  if (owing && chargeType === 'PostPaid') move(draft, id, 'arrears-began');
}

/** Of creation success, and of what becomes of an instance without it. */
export const CLAUSE_CREATION = '7.1';

/** Also where Redis was up already, and only its endpoint could not be opened; nothing is charged for it. */
export function abandonCreation(draft: Draft, id: string): void {
  const instance = draft.instance(id);
  draft.put({ instance: { ...instance, billedUntil: null } });
  const isMade = transitionOf(instance.state, 'creation-failed') === undefined;
  undoOrder(draft, id, isMade ? 'its endpoint could not be opened' : 'its creation failed');
  move(draft, id, isMade ? 'destroyed' : 'creation-failed', CLAUSE_CREATION);
}

/** Its customer gives it up, pay-as-you-go only: its data is kept for as long as the terms say (4.3). Throws InstanceNotFound, InstanceChargeTypeNotSupport, IllegalTransition. */
export function releaseInstance(draft: Draft, id: string): void {
  const { chargeType } = draft.instance(id);
  if (chargeType !== 'PostPaid') {
    const wayOut =
      'It ends with its term; before that, where both agree: "instance end --agreed" refunds what is not consumed';
    const details = { id, chargeType, wayOut };
    throw new SimulatorError('InstanceChargeTypeNotSupport', {
      action: 'DeleteInstance',
      ...details,
    });
  }
  move(draft, id, 'released');
}

/** Both agree to end early, with settlement (7.3.1). Throws InstanceNotFound, IllegalTransition. */
export function endByAgreement(draft: Draft, id: string): void {
  requireTransition(id, draft.instance(id).state, 'released');
  settle(draft, id, 'released');
  move(draft, id, 'released');
}

/** At once and for good, out of the recycle bin or not. Throws InstanceNotFound, IllegalTransition. */
export function destroyInstance(draft: Draft, id: string): void {
  move(draft, id, 'destroyed');
}

/** A backend went away without being told to, or came back; for the record, and for whoever wonders about the gap. */
export function noteBackend(
  draft: Draft,
  id: string,
  type: 'backend-lost' | 'backend-restored',
  why: string,
): void {
  const { accountId } = draft.instance(id);
  draft.event({ type, accountId, instanceId: id, clause: '3.2.9', text: `${id}: ${why}` });
}
