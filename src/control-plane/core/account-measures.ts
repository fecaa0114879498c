/** The vendor suspends or ends a whole account, for a breach or a risk to others (membership agreement, "M"). */
import { instancesInService } from './case-states.js';
import type { Draft } from './draft.js';
import { formatInstant } from './duration.js';
import { SimulatorError } from './errors.js';
import { sendNotice } from './notices.js';
import { endInstance } from './endings.js';
import { transitionOf } from './lifecycle.js';
import { resume, suspend } from './suspension.js';
import type { Account } from './world.js';

const CLAUSE = 'M';

/** For whatever would make an instance more. Throws AccountNotFound, AccountNotOpen. */
export function requireAccountOpen(draft: Draft, id: string, action: string): Account {
  const account = draft.account(id);
  if (account.measure) throw notOpen(account, action);
  return account;
}

/** All of its instances are suspended, and new ones refused. Throws AccountNotFound, AccountNotOpen. */
export function suspendAccount(draft: Draft, id: string, reason: string): void {
  requireAccountOpen(draft, id, 'SuspendAccount');
  measure(draft, id, 'suspended', reason);
  for (const instance of instancesInService(draft, id)) {
    const liftedBy = `account resume ${id}`;
    const why = `its account is suspended (${reason})`;
    suspend(draft, instance.id, { causeId: causeOf(id), clause: CLAUSE, reason: why, liftedBy });
  }
}

/** Throws AccountNotFound, IncorrectCaseState. */
export function resumeAccount(draft: Draft, id: string): void {
  const account = draft.account(id);
  if (account.measure?.kind !== 'suspended') {
    const state = account.measure?.kind ?? 'open';
    const details = { id, state, action: 'ResumeAccount', legal: 'suspended' };
    throw new SimulatorError('IncorrectCaseState', details);
  }
  draft.put({ account: { ...account, measure: null } });
  const text = `account ${id} is suspended no more`;
  draft.event({ type: 'account-resumed', accountId: id, clause: CLAUSE, text });
  for (const instance of draft.instancesOf(id)) {
    resume(draft, instance.id, causeOf(id), 'its account is suspended no more');
  }
}

/** For good: all of its instances end, without a refund; what it owes stays. Throws AccountNotFound, AccountNotOpen. */
export function terminateAccount(draft: Draft, id: string, reason: string): void {
  const account = draft.account(id);
  if (account.measure?.kind === 'terminated') throw notOpen(account, 'TerminateAccount');
  measure(draft, id, 'terminated', reason);
  for (const { id: instanceId } of instancesInService(draft, id)) {
    // The last hour of one may bring arrears that end others.
    if (!transitionOf(draft.instance(instanceId).state, 'terminated')) continue;
    endInstance(draft, instanceId, 'violation');
  }
}

function measure(draft: Draft, id: string, kind: 'suspended' | 'terminated', reason: string): void {
  const account = draft.account(id);
  draft.put({ account: { ...account, measure: { kind, reason, since: draft.at } } });
  draft.event({
    type: `account-${kind}`,
    ...{ accountId: id, clause: CLAUSE },
    text: `account ${id} is ${kind}: ${reason}`,
    data: { reason },
  });
  const text = `the account is ${kind}: ${reason}`;
  const about = { accountId: id, instanceId: null, clause: CLAUSE };
  sendNotice(draft, { kind: 'measure', ...about, text });
}

/** No id of a record has a space. */
function causeOf(accountId: string): string {
  return `account ${accountId}`;
}

function notOpen({ id, measure }: Account, action: string): SimulatorError {
  return new SimulatorError('AccountNotOpen', {
    ...{ id, action, measure: measure?.kind ?? '', reason: measure?.reason ?? '' },
    since: formatInstant(measure?.since ?? 0),
    wayOut:
      measure?.kind === 'suspended'
        ? `"account resume ${id}" ends it`
        : 'It is for good: open another account',
  });
}
