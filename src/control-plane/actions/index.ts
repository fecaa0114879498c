/** The table of contents of the API: documentation and command line have this order. */
import type { Static } from 'typebox';
import * as abuse from './abuse.js';
import * as accounts from './accounts.js';
import * as accountMeasures from './account-measures.js';
import type { Action } from './action.js';
import * as applications from './applications.js';
import * as attacks from './attacks.js';
import * as availability from './availability.js';
import * as backups from './backups.js';
import * as backupFailures from './backup-failures.js';
import * as backupPolicies from './backup-policies.js';
import * as checkpoints from './checkpoints.js';
import * as ceilings from './ceilings.js';
import * as claims from './claims.js';
import * as classes from './classes.js';
import * as clock from './clock.js';
import * as complaints from './complaints.js';
import * as contacts from './contacts.js';
import * as databaseAccounts from './database-accounts.js';
import * as events from './events.js';
import * as instances from './instances.js';
import * as maintenance from './maintenance.js';
import * as load from './load.js';
import * as meters from './meters.js';
import * as notices from './notices.js';
import * as outages from './outages.js';
import * as orders from './orders.js';
import * as parameters from './parameters.js';
import * as plan from './plan.js';
import * as prices from './prices.js';
import * as recycleBin from './recycle-bin.js';
import * as securityIps from './security-ips.js';
import * as simulator from './simulator.js';
import * as traffic from './traffic.js';
import * as violations from './violations.js';
import * as workOrders from './work-orders.js';
import * as subscriptions from './subscriptions.js';
import * as terms from './terms.js';
import * as writeLock from './write-lock.js';

export const ACTIONS = {
  CreateInstance: instances.CreateInstance,
  DescribeInstances: instances.DescribeInstances,
  DescribeInstanceAttribute: instances.DescribeInstanceAttribute,
  ModifyInstanceAttribute: instances.ModifyInstanceAttribute,
  ModifyInstanceVpcAuthMode: instances.ModifyInstanceVpcAuthMode,
  ModifyInstanceCeilings: ceilings.ModifyInstanceCeilings,
  DeleteInstance: instances.DeleteInstance,
  DestroyInstance: recycleBin.DestroyInstance,
  RebuildInstance: recycleBin.RebuildInstance,
  DescribeInstancePlan: plan.DescribeInstancePlan,
  DescribeTraffic: traffic.DescribeTraffic,
  LockDBInstanceWrite: writeLock.LockDBInstanceWrite,
  UnlockDBInstanceWrite: writeLock.UnlockDBInstanceWrite,

  DescribeRecycleBin: recycleBin.DescribeRecycleBin,

  ListClasses: classes.ListClasses,
  DescribeClass: classes.DescribeClass,
  AddClasses: classes.AddClasses,

  ListTerms: terms.ListTerms,
  DescribeTerms: terms.DescribeTerms,
  AddTerms: terms.AddTerms,
  AnnounceTerms: terms.AnnounceTerms,
  ListAnnouncements: terms.ListAnnouncements,

  RenewInstance: subscriptions.RenewInstance,
  ModifyInstanceAutoRenewalAttribute: subscriptions.ModifyInstanceAutoRenewalAttribute,
  TransformInstanceChargeType: subscriptions.TransformInstanceChargeType,
  ModifyInstanceSpec: subscriptions.ModifyInstanceSpec,
  EndInstance: subscriptions.EndInstance,

  CreateOrder: orders.CreateOrder,
  QueryOrders: orders.QueryOrders,
  GetOrderDetail: orders.GetOrderDetail,
  PayOrder: orders.PayOrder,
  CancelOrder: orders.CancelOrder,

  ListPrices: prices.ListPrices,
  SetPrice: prices.SetPrice,
  DescribePrice: prices.DescribePrice,

  CreateBackup: backups.CreateBackup,
  DescribeBackups: backups.DescribeBackups,
  DescribeBackup: backups.DescribeBackup,
  DeleteBackup: backups.DeleteBackup,
  RestoreInstance: backups.RestoreInstance,
  ExportBackup: backups.ExportBackup,
  ImportBackup: backups.ImportBackup,
  DescribeBackupPolicy: backupPolicies.DescribeBackupPolicy,
  ModifyBackupPolicy: backupPolicies.ModifyBackupPolicy,
  PlanBackupFailure: backupFailures.PlanBackupFailure,
  ListBackupFailures: backupFailures.ListBackupFailures,
  CancelBackupFailure: backupFailures.CancelBackupFailure,

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
  GrantCredit: accounts.GrantCredit,
  SetAccountBalance: accounts.SetAccountBalance,
  ListLedger: accounts.ListLedger,
  ListAccounts: accounts.ListAccounts,
  OpenAccount: accounts.OpenAccount,

  SuspendAccount: accountMeasures.SuspendAccount,
  ResumeAccount: accountMeasures.ResumeAccount,
  TerminateAccount: accountMeasures.TerminateAccount,

  AddContact: contacts.AddContact,
  ListContacts: contacts.ListContacts,
  ModifyContact: contacts.ModifyContact,
  RemoveContact: contacts.RemoveContact,

  SendNotice: notices.SendNotice,
  ListNotices: notices.ListNotices,
  GetNotice: notices.GetNotice,
  WithdrawNotice: notices.WithdrawNotice,

  ReportViolation: violations.ReportViolation,
  ListViolations: violations.ListViolations,
  GetViolation: violations.GetViolation,
  LiftViolation: violations.LiftViolation,

  FileComplaint: complaints.FileComplaint,
  ListComplaints: complaints.ListComplaints,
  GetComplaint: complaints.GetComplaint,
  AnswerComplaint: complaints.AnswerComplaint,
  CloseComplaint: complaints.CloseComplaint,

  DescribeHistoryMonitorValues: meters.DescribeHistoryMonitorValues,
  DescribeMonitorItems: meters.DescribeMonitorItems,
  InjectReading: meters.InjectReading,
  LoadInstance: load.LoadInstance,
  StopLoad: load.StopLoad,

  ListAbuse: abuse.ListAbuse,
  GetAbuse: abuse.GetAbuse,
  AnswerAbuse: abuse.AnswerAbuse,

  ReportAttack: attacks.ReportAttack,
  ListAttacks: attacks.ListAttacks,
  GetAttack: attacks.GetAttack,
  EndAttack: attacks.EndAttack,

  BeginOutage: outages.BeginOutage,
  ListOutages: outages.ListOutages,
  GetOutage: outages.GetOutage,
  EndOutage: outages.EndOutage,
  GetAvailability: availability.GetAvailability,
  CancelInstance: availability.CancelInstance,

  FileClaim: claims.FileClaim,
  ListClaims: claims.ListClaims,
  GetClaim: claims.GetClaim,

  ScheduleMaintenance: maintenance.ScheduleMaintenance,
  ListMaintenances: maintenance.ListMaintenances,
  GetMaintenance: maintenance.GetMaintenance,
  CancelMaintenance: maintenance.CancelMaintenance,
  ModifyInstanceMaintainTime: maintenance.ModifyInstanceMaintainTime,

  OpenWorkOrder: workOrders.OpenWorkOrder,
  ListWorkOrders: workOrders.ListWorkOrders,
  GetWorkOrder: workOrders.GetWorkOrder,
  AnswerWorkOrder: workOrders.AnswerWorkOrder,
  CloseWorkOrder: workOrders.CloseWorkOrder,

  StartApplication: applications.StartApplication,
  StopApplication: applications.StopApplication,
  DescribeApplication: applications.DescribeApplication,

  GetClock: clock.GetClock,
  AdvanceClock: clock.AdvanceClock,
  SetClock: clock.SetClock,
  InterruptClock: clock.InterruptClock,
  FreezeClock: clock.FreezeClock,
  RunClock: clock.RunClock,

  TakeCheckpoint: checkpoints.TakeCheckpoint,
  ListCheckpoints: checkpoints.ListCheckpoints,
  RollBack: checkpoints.RollBack,
  ForgetCheckpoint: checkpoints.ForgetCheckpoint,

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
