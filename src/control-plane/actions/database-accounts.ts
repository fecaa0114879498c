/** Who may log in to an instance, besides and including its default account. */
import { Type } from 'typebox';
import {
  accountOf,
  createAccount,
  deleteAccount,
  describeAccount,
  grantPrivilege,
  isDefaultAccount,
  PRIVILEGES,
  resetPassword,
} from '../core/database-accounts.js';
import { checkPassword, type PasswordHash } from '../core/password-rules.js';
import type { Instance } from '../core/world.js';
import { hashPassword } from '../passwords.js';
import { defineAction } from './action.js';
import { initially } from './initially.js';
import { id, PASSWORD_RULE } from './instances.js';
import { secret } from './secret.js';
import { databaseAccountView, viewDatabaseAccount, viewDefaultAccount } from './access-views.js';

const accountName = Type.String({
  minLength: 1,
  description: 'Lower-case letters, digits and "_", at most 100, the first a letter',
});
const privilege = Type.Enum([...PRIVILEGES], {
  description: 'What it may do; a read-only one can neither write nor administer',
});
const description = (what: string) =>
  Type.String({
    description: `${what}: 2 to 256 characters, not beginning with http:// or https://`,
  });

export const CreateAccount = defineAction({
  name: 'CreateAccount',
  method: 'POST',
  path: '/v1/instances/:id/accounts',
  summary: 'Create a database account: a name and a password that clients log in with.',
  cli: { command: 'database-account create', positional: ['id', 'accountName'] },
  input: Type.Object({
    id,
    accountName,
    password: secret(PASSWORD_RULE),
    privilege: initially(privilege, 'RoleReadWrite'),
    description: initially(description('For people'), ''),
  }),
  output: databaseAccountView,
  async run({ controlPlane }, input) {
    const account = {
      name: input.accountName,
      privilege: input.privilege,
      description: input.description,
      password: hashed(input.password),
    };
    const changed = await controlPlane.changeInstance(input.id, (draft) =>
      createAccount(draft, input.id, account),
    );
    return viewAccountOf(changed, input.accountName);
  },
});

export const DescribeAccounts = defineAction({
  name: 'DescribeAccounts',
  method: 'GET',
  path: '/v1/instances/:id/accounts',
  summary:
    'List the database accounts of an instance, the default one first. Passwords are never shown.',
  cli: { command: 'database-account list', positional: ['id'] },
  input: Type.Object({ id }),
  output: Type.Object({ accounts: Type.Array(databaseAccountView) }),
  run({ controlPlane }, input) {
    const instance = controlPlane.instance(input.id);
    const others = instance.databaseAccounts.map(viewDatabaseAccount);
    return { accounts: [viewDefaultAccount(instance), ...others] };
  },
});

export const GrantAccountPrivilege = defineAction({
  name: 'GrantAccountPrivilege',
  method: 'PUT',
  path: '/v1/instances/:id/accounts/:accountName/privilege',
  summary: 'Change what a database account may do, also on the connections that are open.',
  cli: { command: 'database-account grant', positional: ['id', 'accountName', 'privilege'] },
  input: Type.Object({ id, accountName, privilege }),
  output: databaseAccountView,
  async run({ controlPlane }, input) {
    const changed = await controlPlane.changeInstance(input.id, (draft) =>
      grantPrivilege(draft, input.id, input.accountName, input.privilege),
    );
    return viewAccountOf(changed, input.accountName);
  },
});

export const ResetAccountPassword = defineAction({
  name: 'ResetAccountPassword',
  method: 'PUT',
  path: '/v1/instances/:id/accounts/:accountName/password',
  summary:
    'Give a database account, or the default one, another password. Clients that are connected stay so.',
  cli: { command: 'database-account reset-password', positional: ['id', 'accountName'] },
  input: Type.Object({ id, accountName, password: secret(PASSWORD_RULE) }),
  output: databaseAccountView,
  async run({ controlPlane }, input) {
    const password = hashed(input.password);
    const changed = await controlPlane.changeInstance(input.id, (draft) =>
      resetPassword(draft, input.id, input.accountName, password),
    );
    return viewAccountOf(changed, input.accountName);
  },
});

export const ModifyAccountDescription = defineAction({
  name: 'ModifyAccountDescription',
  method: 'PUT',
  path: '/v1/instances/:id/accounts/:accountName/description',
  summary: 'Change what a database account is described as.',
  cli: {
    command: 'database-account set-description',
    positional: ['id', 'accountName', 'description'],
  },
  input: Type.Object({ id, accountName, description: description('The new one; empty for none') }),
  output: databaseAccountView,
  async run({ controlPlane }, input) {
    const changed = await controlPlane.changeInstance(input.id, (draft) =>
      describeAccount(draft, input.id, input.accountName, input.description),
    );
    return viewAccountOf(changed, input.accountName);
  },
});

export const DeleteAccount = defineAction({
  name: 'DeleteAccount',
  method: 'DELETE',
  path: '/v1/instances/:id/accounts/:accountName',
  summary: 'Delete a database account. The connections of its clients end.',
  cli: { command: 'database-account delete', positional: ['id', 'accountName'] },
  input: Type.Object({ id, accountName }),
  output: Type.Object({ deleted: Type.String({ description: 'The name of the account' }) }),
  async run({ controlPlane }, input) {
    await controlPlane.changeInstance(input.id, (draft) =>
      deleteAccount(draft, input.id, input.accountName),
    );
    return { deleted: input.accountName };
  },
});

function viewAccountOf(instance: Instance, name: string) {
  return isDefaultAccount(instance, name)
    ? viewDefaultAccount(instance)
    : viewDatabaseAccount(accountOf(instance, name));
}

function hashed(password: string): PasswordHash {
  checkPassword(password, 'password', 'InvalidAccountPasswordFormat');
  return hashPassword(password);
}
