/** The table of contents of the API: documentation and command line have this order. */
import type { Static } from 'typebox';
import * as accounts from './accounts.js';
import type { Action } from './action.js';
import * as clock from './clock.js';
import * as databaseAccounts from './database-accounts.js';
import * as events from './events.js';
import * as instances from './instances.js';
import * as parameters from './parameters.js';
import * as securityIps from './security-ips.js';
import * as simulator from './simulator.js';

export const ACTIONS = {
  CreateInstance: instances.CreateInstance,
  DescribeInstances: instances.DescribeInstances,
  DescribeInstanceAttribute: instances.DescribeInstanceAttribute,
  ModifyInstanceAttribute: instances.ModifyInstanceAttribute,
  ModifyInstanceVpcAuthMode: instances.ModifyInstanceVpcAuthMode,
  DeleteInstance: instances.DeleteInstance,

  CreateAccount: databaseAccounts.CreateAccount,
  DescribeAccounts: databaseAccounts.DescribeAccounts,
  GrantAccountPrivilege: databaseAccounts.GrantAccountPrivilege,
  ResetAccountPassword: databaseAccounts.ResetAccountPassword,
  ModifyAccountDescription: databaseAccounts.ModifyAccountDescription,
  DeleteAccount: databaseAccounts.DeleteAccount,

  DescribeSecurityIps: securityIps.DescribeSecurityIps,
  ModifySecurityIps: securityIps.ModifySecurityIps,

  DescribeParameters: parameters.DescribeParameters,
  ModifyInstanceConfig: parameters.ModifyInstanceConfig,

  GetAccount: accounts.GetAccount,
  TopUpAccount: accounts.TopUpAccount,
  SetAccountBalance: accounts.SetAccountBalance,
  ListLedger: accounts.ListLedger,
  ListAccounts: accounts.ListAccounts,
  OpenAccount: accounts.OpenAccount,

  GetClock: clock.GetClock,
  AdvanceClock: clock.AdvanceClock,
  SetClock: clock.SetClock,
  InterruptClock: clock.InterruptClock,
  FreezeClock: clock.FreezeClock,
  RunClock: clock.RunClock,

  ListEvents: events.ListEvents,
  DescribeTimeline: events.DescribeTimeline,
  GetStatus: simulator.GetStatus,
  GetHealth: simulator.GetHealth,
  Reset: simulator.Reset,
};

type Actions = typeof ACTIONS;

/** A method for each action: `CreateInstance` is `createInstance(input)`. Fields with a default may be left out. */
export type ActionClient = {
  readonly [Name in keyof Actions as Uncapitalize<Name>]: (
    ...input: InputOf<Actions[Name]>
  ) => Promise<Static<Actions[Name]['output']>>;
};

type InputOf<One extends Action> =
  Record<string, never> extends Given<Static<One['input']>, One['input']['properties']>
    ? [input?: Given<Static<One['input']>, One['input']['properties']>]
    : [input: Given<Static<One['input']>, One['input']['properties']>];

/** Fields with a default are optional for whoever calls. */
type Given<Input, Properties> = {
  [
    Field in keyof Input as HasDefault<Properties, Field> extends true ? never : Field
  ]: Input[Field];
} & {
  [
    Field in keyof Input as HasDefault<Properties, Field> extends true ? Field : never
  ]?: Input[Field];
};

type HasDefault<Properties, Field> = Field extends keyof Properties
  ? Properties[Field] extends { default: unknown }
    ? true
    : false
  : false;

/** Makes the client: `call` carries out one action, near or far. */
export function clientOf(
  call: (action: Action, input: Record<string, unknown>) => Promise<unknown>,
): ActionClient {
  const methods = Object.entries(ACTIONS).map(([name, action]) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    (input: Record<string, unknown> = {}) => call(action, input),
  ]);
  return Object.fromEntries(methods) as ActionClient;
}
