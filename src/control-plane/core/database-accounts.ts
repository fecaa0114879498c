/**
 * Who may log in to an instance (vendor's pages CreateAccount, ResetAccountPassword and
 * others). The default account is the instance's own: it is there from the beginning,
 * named `default` and after the instance, and may do everything.
 */
import { ACCOUNT_NAME_KEYWORDS } from './account-name-keywords.js';
import type { Draft } from './draft.js';
import { SimulatorError } from './errors.js';
import { changeableInstance, changePassword, CLAUSE_PASSWORDS } from './instance-changes.js';
import type { PasswordHash } from './password-rules.js';
import type { EventType } from './event-types.js';
import type { Instance } from './world.js';

/** Older engines also had `RoleRepl`, for SYNC and PSYNC. */
export const PRIVILEGES = ['RoleReadWrite', 'RoleReadOnly'] as const;
export type Privilege = (typeof PRIVILEGES)[number];

export interface DatabaseAccount {
  readonly name: string;
  readonly privilege: Privilege;
  /** For people; may be empty. */
  readonly description: string;
  readonly password: PasswordHash;
}

/** By the API (CreateAccount); the console's page says 20. */
const ACCOUNTS_MAX = 18;
const NAME = /^[a-z][a-z0-9_]{0,99}$/;

/** Whether it names the account that is there from the beginning. */
export function isDefaultAccount(instance: { readonly id: string }, name: string): boolean {
  return name === 'default' || name === instance.id;
}

/** Throws IncorrectDBInstanceState, InvalidAccountName*, InvalidAccountDescriptionFormat, AccountLimitExceeded. */
export function createAccount(draft: Draft, id: string, account: DatabaseAccount): void {
  const instance = changeableInstance(draft, id, 'CreateAccount');
  const { name, privilege } = account;
  const { databaseAccounts } = instance;
  if (isDefaultAccount(instance, name) || databaseAccounts.some((one) => one.name === name)) {
    throw new SimulatorError('InvalidAccountNameDuplicate', { id, name });
  }
  if (!NAME.test(name)) throw new SimulatorError('InvalidAccountNameFormat', { name });
  if (ACCOUNT_NAME_KEYWORDS.has(name))
    throw new SimulatorError('InvalidAccountNameForbid', { name });
  checkDescription(account.description);
  if (databaseAccounts.length >= ACCOUNTS_MAX) {
    throw new SimulatorError('AccountLimitExceeded', { id, limit: String(ACCOUNTS_MAX) });
  }
  draft.put({ instance: { ...instance, databaseAccounts: [...databaseAccounts, account] } });
  tell(draft, instance, 'database-account-created', name, `account ${name} created, ${privilege}`);
}

/** Also for clients that are connected. Throws IncorrectDBInstanceState, InvalidAccountNameNotFound, IncorrectAccount. */
export function grantPrivilege(draft: Draft, id: string, name: string, privilege: Privilege): void {
  const instance = changeableInstance(draft, id, 'GrantAccountPrivilege');
  replace(draft, instance, { ...accountOf(instance, name), privilege });
  tell(draft, instance, 'database-account-changed', name, `account ${name} is ${privilege}`);
}

/** Of the default account too. Clients that are connected stay so. Throws as the others do. */
export function resetPassword(
  draft: Draft,
  id: string,
  name: string,
  password: PasswordHash,
): void {
  const instance = changeableInstance(draft, id, 'ResetAccountPassword');
  if (isDefaultAccount(instance, name)) {
    changePassword(draft, id, password);
    return;
  }
  replace(draft, instance, { ...accountOf(instance, name), password });
  tell(draft, instance, 'password-changed', name, `password of account ${name} changed`);
}

export function describeAccount(draft: Draft, id: string, name: string, description: string): void {
  const instance = changeableInstance(draft, id, 'ModifyAccountDescription');
  const account = accountOf(instance, name);
  checkDescription(description);
  replace(draft, instance, { ...account, description });
  tell(draft, instance, 'database-account-changed', name, `account ${name} is described anew`);
}

/** Its clients' connections end. */
export function deleteAccount(draft: Draft, id: string, name: string): void {
  const instance = changeableInstance(draft, id, 'DeleteAccount');
  const { name: gone } = accountOf(instance, name);
  const databaseAccounts = instance.databaseAccounts.filter((one) => one.name !== gone);
  draft.put({ instance: { ...instance, databaseAccounts } });
  tell(draft, instance, 'database-account-deleted', name, `account ${name} deleted`);
}

/** Any but the default one. Throws IncorrectAccount, InvalidAccountNameNotFound. */
export function accountOf(instance: Instance, name: string): DatabaseAccount {
  const { id, databaseAccounts } = instance;
  if (isDefaultAccount(instance, name)) throw new SimulatorError('IncorrectAccount', { id, name });
  const account = databaseAccounts.find((one) => one.name === name);
  if (account) return account;
  const known = ['default', ...databaseAccounts.map((one) => one.name)].join(', ');
  throw new SimulatorError('InvalidAccountNameNotFound', { id, name, known });
}

function checkDescription(description: string): void {
  if (description === '') return;
  const { length } = description;
  if (length < 2 || length > 256 || /^https?:\/\//i.test(description)) {
    throw new SimulatorError('InvalidAccountDescriptionFormat', {
      description: description.slice(0, 60),
    });
  }
}

function replace(draft: Draft, instance: Instance, account: DatabaseAccount): void {
  const databaseAccounts = instance.databaseAccounts.map((one) =>
    one.name === account.name ? account : one,
  );
  draft.put({ instance: { ...instance, databaseAccounts } });
}

function tell(
  draft: Draft,
  instance: Instance,
  type: EventType,
  account: string,
  what: string,
): void {
  draft.event({
    type,
    accountId: instance.accountId,
    instanceId: instance.id,
    clause: CLAUSE_PASSWORDS,
    text: `${instance.id}: ${what}`,
    data: { account },
  });
}
