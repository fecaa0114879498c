/** Everything that can be decided about the world, one function each. Pure: they write into a draft and nowhere else. */
import { requireAccountOpen } from './account-measures.js';
import { move, pricePerHourOf, settleArrears } from './billing.js';
import type { Draft } from './draft.js';
import { SimulatorError } from './errors.js';
import { INSTANCE_CLASSES } from './instance-classes.js';
import { DEFAULT_MAINTAIN_TIME } from './maintain-time.js';
import { CURRENCY, formatMoney, plus, negative, ZERO, type Money } from './money.js';
import { transitionOf } from './lifecycle.js';
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

/** Makes the balance what is asked for, by an adjustment in the ledger. Throws AccountNotFound. */
export function setBalance(draft: Draft, id: string, balance: Money): void {
  const amount = plus(balance, negative(draft.account(id).balance));
  if (amount !== ZERO) {
    draft.post({
      accountId: id,
      instanceId: null,
      kind: 'adjustment',
      amount,
      text: `balance set to ${formatMoney(balance)}`,
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
  | 'bandwidth'
  | 'connections'
>;

/** Throws UnknownInstanceClass, AccountNotFound, InsufficientBalance, SecurityIPListQuotaExceeded. */
export function requestInstance(draft: Draft, request: InstanceRequest): string {
  if (!Object.hasOwn(INSTANCE_CLASSES, request.instanceClass)) {
    throw new SimulatorError('UnknownInstanceClass', {
      value: request.instanceClass,
      known: Object.keys(INSTANCE_CLASSES).join(', '),
    });
  }
  const account = requireAccountOpen(draft, request.accountId, 'CreateInstance');
  const price = pricePerHourOf(request.instanceClass);
  if (account.balance < price) {
    throw new SimulatorError('InsufficientBalance', {
      id: account.id,
      balance: `${formatMoney(account.balance)} ${CURRENCY}`,
      instanceClass: request.instanceClass,
      needed: `${formatMoney(price)} ${CURRENCY}`,
    });
  }
  const id = draft.nextInstanceId();
  checkQuota(id, request.whitelist);
  const instance: Instance = {
    ...request,
    id,
    name: request.name || id,
    state: 'creating',
    since: draft.at,
    requestedAt: draft.at,
    createdAt: null,
    billedUntil: null,
    hourClass: null,
    expiresAt: null,
    autoRenewMonths: null,
    expiryNoticed: null,
    autoRenewalTried: null,
    feesPaid: ZERO,
    endedBy: null,
    dataFrom: null,
    suspensions: [],
    writeLock: null,
    operation: null,
    outages: [],
    generation: 0,
    maintainTime: DEFAULT_MAINTAIN_TIME,
    databaseAccounts: [],
  };
  draft.put({ instance });
  draft.event({
    type: 'instance-requested',
    accountId: account.id,
    instanceId: id,
    clause: '2.1',
    text: `${id} requested: ${request.instanceClass} at ${formatMoney(price)} ${CURRENCY} an hour`,
    data: { instanceClass: request.instanceClass, pricePerHour: formatMoney(price) },
  });
  return id;
}

/** Creation success: the term and the billing start here (7.1). */
export function completeCreation(draft: Draft, id: string, port: number): void {
  const instance = draft.instance(id);
  draft.put({ instance: { ...instance, port, createdAt: draft.at } });
  move(draft, id, 'created');
  // The account may have run dry by another instance while this one was being made.
  if (draft.account(instance.accountId).owingSince !== null) move(draft, id, 'arrears-began');
}

/** Also where Redis was up already, and only its endpoint could not be opened; nothing is charged for it. */
export function abandonCreation(draft: Draft, id: string): void {
  const instance = draft.instance(id);
  draft.put({ instance: { ...instance, billedUntil: null } });
  const on = transitionOf(instance.state, 'creation-failed') ? 'creation-failed' : 'destroyed';
  move(draft, id, on);
}

/** Its customer gives it up: its data is kept for as long as the terms say (4.3). Throws InstanceNotFound, IllegalTransition. */
export function releaseInstance(draft: Draft, id: string): void {
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
  draft.event({ type, instanceId: id, clause: '3.2.9', text: `${id}: ${why}` });
}
