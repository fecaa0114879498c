/** Who is told for an account, to be kept current by its customer (3.1.6). */
import { requireCaseState } from './case-states.js';
import type { Draft } from './draft.js';
import type { Instant } from './duration.js';

export interface Contact {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** How to reach them: an address, a number. Nobody is written to. */
  readonly how: string;
  /** Whoever is not, is told nothing. */
  readonly reachable: boolean;
  readonly state: 'current' | 'removed';
  readonly since: Instant;
}

const CLAUSE = '3.1.6';

/** Throws AccountNotFound. */
export function addContact(
  draft: Draft,
  { accountId, name, how }: Pick<Contact, 'accountId' | 'name' | 'how'>,
): string {
  const id = draft.nextId('contacts');
  const account = draft.account(accountId);
  const row = { id, accountId: account.id, name, how, reachable: true, since: draft.at };
  draft.putRecord('contacts', { ...row, state: 'current' });
  tell(draft, account.id, `${id} is a contact of account ${account.id}`);
  return id;
}

/** Throws RecordNotFound, IncorrectCaseState. */
export function modifyContact(
  draft: Draft,
  id: string,
  changes: Partial<Pick<Contact, 'name' | 'how' | 'reachable'>>,
): void {
  const contact = draft.record('contacts', id);
  requireCaseState(contact, 'ModifyContact', ['current']);
  const after: Contact = { ...contact, ...changes, since: draft.at };
  draft.putRecord('contacts', after);
  tell(
    draft,
    contact.accountId,
    `${id} was changed, ${after.reachable ? 'reachable' : 'unreachable'}`,
  );
}

/** Throws RecordNotFound, IncorrectCaseState. */
export function removeContact(draft: Draft, id: string): void {
  const contact = draft.record('contacts', id);
  requireCaseState(contact, 'RemoveContact', ['current']);
  draft.putRecord('contacts', { ...contact, state: 'removed', since: draft.at });
  tell(draft, contact.accountId, `${id} is no contact any more`);
}

/** Who gets what is sent to an account now. */
export function reachableContacts(draft: Draft, accountId: string): Contact[] {
  return draft
    .records('contacts')
    .filter((one) => one.accountId === accountId && one.state === 'current' && one.reachable);
}

function tell(draft: Draft, accountId: string, text: string): void {
  draft.event({ type: 'contact-changed', accountId, clause: CLAUSE, text });
}
