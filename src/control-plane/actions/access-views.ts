/** Who may come in, and with which settings, as the API shows it. */
import { Type, type Static } from 'typebox';
import type { DatabaseAccount } from '../core/database-accounts.js';
import type { Instance } from '../core/world.js';

export const databaseAccountView = Type.Object(
  {
    accountName: Type.String({ description: 'What clients log in with' }),
    privilege: Type.String({ description: 'RoleReadWrite or RoleReadOnly' }),
    description: Type.String({ description: 'For people' }),
    isDefault: Type.Boolean({
      description: "The instance's own account, which also answers to the instance's id",
    }),
    passwordSet: Type.Boolean({ description: 'Without one, nobody can log in to it' }),
  },
  { title: 'A database account' },
);
export type DatabaseAccountView = Static<typeof databaseAccountView>;

export function viewDatabaseAccount({
  name,
  privilege,
  description,
}: DatabaseAccount): DatabaseAccountView {
  return { accountName: name, privilege, description, isDefault: false, passwordSet: true };
}

export function viewDefaultAccount({ password }: Instance): DatabaseAccountView {
  return {
    accountName: 'default',
    privilege: 'RoleReadWrite',
    description: '',
    isDefault: true,
    passwordSet: password !== null,
  };
}

export const securityIpGroupView = Type.Object(
  {
    groupName: Type.String({ description: 'What ModifySecurityIps calls it' }),
    securityIps: Type.Array(Type.String(), { description: 'Addresses and ranges' }),
  },
  { title: 'A whitelist group' },
);
export type SecurityIpGroupView = Static<typeof securityIpGroupView>;

export const parameterView = Type.Object(
  {
    name: Type.String({ description: 'What ModifyInstanceConfig calls it' }),
    value: Type.String({ description: 'What it is' }),
    default: Type.String({ description: 'What it is where nobody changed it' }),
    checkingCode: Type.String({ description: 'What it may be' }),
    description: Type.String({ description: 'What it does' }),
  },
  { title: 'A parameter' },
);
export type ParameterView = Static<typeof parameterView>;
