/**
 * Pay-as-you-go: each started hour from creation success costs the price of
 * the class, at the end of that hour (2.2.2). What cannot be met is owed, and
 * whoever owes is in arrears until the account is credited enough (7.2.3.1).
 * Subscriptions were paid for: they end by their term, and not by arrears.
 */
import { assertThat } from './assert.js';
import { dropBackups } from './backups.js';
import { followBars } from './bars.js';
import type { Draft } from './draft.js';
import { formatInstant, HOUR_MS, type Instant } from './duration.js';
import { owes, paidByGrants } from './ledger.js';
import { requireTransition, transitionOf, type Trigger } from './lifecycle.js';
import { CURRENCY, formatMoney, negative, plus, type Money } from './money.js';
import { priceOf } from './prices.js';
import { factsOf, isSkipped, isUp } from './state-facts.js';
import type { ChargeType } from './terms.js';
import type { Instance } from './world.js';

export const BILLING_INTERVAL_MS = HOUR_MS;

/** When the hour that is running now has to be paid; null while nothing is charged. */
export function nextBillAt(instance: Instance): number | null {
  if (instance.billedUntil === null || !factsOf(instance).billed) return null;
  return instance.billedUntil + BILLING_INTERVAL_MS;
}

/** Charges the hour that follows `billedUntil`, also where it was only started: the highest class held in it counts. */
export function chargeHour(draft: Draft, id: string, exceptId?: string): void {
  const { billedUntil } = draft.instance(id);
  assertThat(billedUntil !== null, `instance ${id} is charged before its creation`);
  const paidUntil = billedUntil + BILLING_INTERVAL_MS;
  const hourClass = hourClassOf(draft.instance(id));
  const price = priceOf(draft.world, hourClass, 'hour', billedUntil);
  // The time of the entry is the end of the hour, but where the hour was only started.
  const text =
    draft.at < paidUntil
      ? `the started hour of ${hourClass} from ${formatInstant(billedUntil)} on (2.2.2)`
      : `one hour of ${hourClass}`;
  chargeTime(draft, id, { amount: price, paidUntil, text, what: 'one hour', exceptId });
}

/** Charges what was used of the hour that was started, and no more: where the clause that ends it says so (7.2.4). */
export function chargeUntilNow(draft: Draft, id: string, clause: string): void {
  const { billedUntil } = draft.instance(id);
  if (!isHourStarted(draft, id) || billedUntil === null) return;
  const hourClass = hourClassOf(draft.instance(id));
  const price = priceOf(draft.world, hourClass, 'hour', billedUntil);
  const amount = ((price * BigInt(draft.at - billedUntil)) / BigInt(BILLING_INTERVAL_MS)) as Money;
  const text = `${hourClass} from ${formatInstant(billedUntil)} to ${formatInstant(draft.at)} (${clause})`;
  const what = 'the time used';
  chargeTime(draft, id, { amount, paidUntil: draft.at, text, what, exceptId: id });
}

interface UsedTime {
  readonly amount: Money;
  readonly paidUntil: number;
  readonly text: string;
  readonly what: string;
  readonly exceptId: string | undefined;
}

/** An advance does this millions of times: the instance is copied once, for its hours and its fees. */
function chargeTime(draft: Draft, id: string, used: UsedTime): void {
  const { amount: price, paidUntil, text, what, exceptId } = used;
  const instance = draft.instance(id);
  const { accountId } = instance;
  const grants = paidByGrants(draft.account(accountId), price);
  draft.put({
    instance: {
      ...instance,
      billedUntil: paidUntil,
      hourClass: instance.instanceClass,
      feesPaid: plus(instance.feesPaid, plus(price, negative(grants))),
    },
  });
  const account = draft.post({
    accountId,
    instanceId: id,
    kind: 'charge',
    amount: negative(price),
    grants: negative(grants),
    text,
  });
  const [amount, balance] = [formatMoney(price), formatMoney(account.balance)];
  draft.event({
    type: 'charged',
    accountId,
    instanceId: id,
    clause: '2.2.2',
    text: `charged ${amount} ${CURRENCY} for ${what}, balance ${balance}`,
    data: { amount, balance },
  });
  settleArrears(draft, accountId, exceptId);
}

function hourClassOf({ hourClass, instanceClass }: Instance): string {
  return hourClass ?? instanceClass;
}

function isHourStarted(draft: Draft, id: string): boolean {
  const instance = draft.instance(id);
  const { billedUntil } = instance;
  return billedUntil !== null && factsOf(instance).billed && billedUntil < draft.at;
}

/**
 * Charges the started hour, if there is one that was not charged: before an instance ends, or is paid for in another
 * way. `exceptId`: as in settleArrears.
 */
export function chargeStartedHour(draft: Draft, id: string, exceptId?: string): void {
  if (isHourStarted(draft, id)) chargeHour(draft, id, exceptId);
}

/**
 * Compares what is owed with what was known, and tells the account's instances when that changed. `exceptId`: one that
 * is on its way to another state already, and is not moved from under it.
 */
export function settleArrears(draft: Draft, accountId: string, exceptId?: string): void {
  const account = draft.account(accountId);
  const isOwing = owes(account);
  if (isOwing === (account.owingSince !== null)) return;
  draft.put({ account: { ...account, owingSince: isOwing ? draft.at : null } });
  draft.event({
    type: isOwing ? 'arrears-began' : 'arrears-ended',
    accountId,
    clause: '7.2.3.1',
    text: isOwing
      ? `account ${accountId} owes ${formatMoney(negative(account.balance))} ${CURRENCY}`
      : `account ${accountId} owes nothing any more`,
    data: { balance: formatMoney(account.balance) },
  });
  const trigger = isOwing ? 'arrears-began' : 'arrears-ended';
  for (const instance of draft.instancesOf(accountId)) {
    const isConcerned = instance.id !== exceptId && instance.chargeType === ONLY_FOR[trigger];
    if (isConcerned && transitionOf(instance.state, trigger)) move(draft, instance.id, trigger);
  }
}

/** What moves instances of one charge type only: a subscription is not moved by arrears, nor pay-as-you-go by a term. */
const ONLY_FOR: Readonly<Partial<Record<Trigger, ChargeType>>> = {
  'arrears-began': 'PostPaid',
  'arrears-ended': 'PostPaid',
  expired: 'PrePaid',
  renewed: 'PrePaid',
};

/**
 * Moves an instance along the table, past stages that its terms do not have. `byClause`: where another clause than
 * the table's makes it so. Throws IllegalTransition.
 */
export function move(draft: Draft, id: string, on: Trigger, byClause?: string): void {
  const { chargeType } = draft.instance(id);
  assertThat((ONLY_FOR[on] ?? chargeType) === chargeType, `${id} is ${chargeType}, and ${on}`);
  const asked = reached(draft.instance(id), on);
  // The last hour may bring arrears: they move the account's other instances, and this one goes where it was told to.
  if (!factsOf(asked.after).billed) chargeStartedHour(draft, id, id);
  const before = draft.instance(id);
  const { after, clause } = reached({ ...before, endedBy: endedBy(before, on) }, on);
  const { backend } = factsOf(after);
  draft.put({
    instance: {
      ...after,
      since: draft.at,
      ...paidTimeOf(before, after, draft.at),
      // Nobody logs in there any more: only a record is left, and no password belongs in it.
      ...(backend === 'gone' ? { password: null, databaseAccounts: [] } : {}),
    },
  });
  draft.event({
    type: 'state-changed',
    accountId: before.accountId,
    instanceId: id,
    clause: byClause ?? clause,
    text: `${id} ${before.state} -> ${after.state} (${on})`,
    data: { from: before.state, to: after.state, on },
  });
  followBars(draft, id);
  if (backend === 'gone') dropBackups(draft, id);
}

/** Where charges begin, go on or stop. A started hour that was paid in full is paid to its end, also where they begin again in it. */
export function paidTimeOf(
  before: Instance,
  after: Instance,
  at: Instant,
): Pick<Instance, 'billedUntil' | 'hourClass'> {
  const { billedUntil, hourClass, instanceClass } = before;
  const paidUntil = billedUntil !== null && billedUntil > at ? billedUntil : null;
  if (!factsOf(after).billed) {
    return { billedUntil: isUp(after) ? paidUntil : null, hourClass: null };
  }
  if (factsOf(before).billed) return { billedUntil, hourClass };
  return { billedUntil: paidUntil ?? at, hourClass: instanceClass };
}

/** Where `on` leads, and by which clause: that of the first step. */
function reached(from: Instance, on: Trigger): { after: Instance; clause: string } {
  const { to, clause, prePaidClause = clause } = requireTransition(from.id, from.state, on);
  let after: Instance = { ...from, state: to };
  for (let facts = factsOf(after); facts.ends && isSkipped(facts); facts = factsOf(after)) {
    after = { ...after, state: requireTransition(from.id, after.state, facts.ends.on).to };
  }
  return { after, clause: from.chargeType === 'PrePaid' ? prePaidClause : clause };
}

/** Whoever ended it before its time. */
function endedBy(instance: Instance, on: Trigger): Trigger | null {
  return on === 'released' || on === 'terminated' ? on : instance.endedBy;
}
