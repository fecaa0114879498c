/** Answers of the API for people. What has no row here is shown field by field. */
import type { AccountView, InstanceView, LedgerEntryView } from '../control-plane/actions/views.js';
import type { WhyView } from '../control-plane/actions/why.js';
import type { ClockView } from '../control-plane/actions/clock-view.js';
import type {
  DatabaseAccountView,
  ParameterView,
  SecurityIpGroupView,
} from '../control-plane/actions/access-views.js';
import type { OrderView, PriceView } from '../control-plane/actions/order-views.js';
import { COMMAND_PROFILES } from '../control-plane/core/commands-not-open.js';
import { announcementTable, planTable, termsDetails, termsTable } from './render-terms.js';
import { BACKUP_RENDERERS, lastBackupLine } from './render-backups.js';
import { METER_RENDERERS } from './render-meters.js';
import { CASE_RENDERERS } from './render-cases.js';
import { ceilingsLine, LADDER_RENDERERS, standingLines } from './render-ladder.js';
import { table } from './table.js';

interface Status {
  readonly engine: string;
  readonly engineReason: string;
  readonly version: string;
  readonly clock: ClockView;
  readonly accounts: readonly AccountView[];
  readonly instances: readonly InstanceView[];
}

type Render = (answer: never) => string;

const RENDERERS: Readonly<Record<string, Render>> = {
  GetClock: clockLine,
  FreezeClock: clockLine,
  RunClock: clockLine,
  InterruptClock: ({ interrupted, clock }: { interrupted: boolean; clock: ClockView }) =>
    `${interrupted ? 'interrupted' : 'no advance is under way'}; ${clockLine(clock)}`,
  Reset: (clock: ClockView) => `everything was reset; ${clockLine(clock)}`,
  DescribeInstances: ({ instances }: { instances: readonly InstanceView[] }) =>
    instanceTable(instances),
  CreateInstance: (one: InstanceView) => `${one.id} is ${one.state} at ${one.url ?? 'no address'}`,
  DeleteInstance: releasedLine,
  DestroyInstance: (one: InstanceView) => `${one.id} is ${one.state}`,
  RebuildInstance: (one: InstanceView) => `${one.id} is ${one.state} at ${one.url ?? 'no address'}`,
  DescribeRecycleBin: ({ instances }: { instances: readonly InstanceView[] }) =>
    instances.length === 0 ? 'the recycle bin is empty' : instanceTable(instances),
  DescribeInstancePlan: planTable,
  LockDBInstanceWrite: instanceDetails,
  UnlockDBInstanceWrite: instanceDetails,
  ListTerms: termsTable,
  DescribeTerms: termsDetails,
  AddTerms: termsDetails,
  ListAnnouncements: announcementTable,
  DescribeInstanceAttribute: instanceDetails,
  ModifyInstanceAttribute: instanceDetails,
  ModifyInstanceVpcAuthMode: instanceDetails,
  ModifyInstanceConfig: instanceDetails,
  DescribeAccounts: ({ accounts }: { accounts: readonly DatabaseAccountView[] }) =>
    databaseAccountTable(accounts),
  DescribeSecurityIps: whitelistTable,
  ModifySecurityIps: whitelistTable,
  DescribeParameters: ({ parameters }: { parameters: readonly ParameterView[] }) =>
    parameterTable(parameters),
  RenewInstance: changeOf,
  TransformInstanceChargeType: changeOf,
  ModifyInstanceSpec: changeOf,
  ModifyInstanceAutoRenewalAttribute: instanceDetails,
  EndInstance: (one: InstanceView) => `${one.id} is ${one.state}`,
  CreateOrder: orderLine,
  PayOrder: orderLine,
  CancelOrder: orderLine,
  QueryOrders: ({ orders }: { orders: readonly OrderView[] }) => orderTable(orders),
  ListPrices: priceTable,
  SetPrice: priceTable,
  GrantCredit: accountLine,
  ListAccounts: ({ accounts }: { accounts: readonly AccountView[] }) =>
    accounts.map(accountLine).join('\n'),
  OpenAccount: accountLine,
  GetAccount: accountLine,
  TopUpAccount: accountLine,
  SetAccountBalance: accountLine,
  ListLedger: ({ entries }: { entries: readonly LedgerEntryView[] }) => ledgerTable(entries),
  GetStatus: status,
  SuspendAccount: accountLine,
  ResumeAccount: accountLine,
  TerminateAccount: accountLine,
  CancelInstance: (one: InstanceView) => `${one.id} is ${one.state}`,
  ModifyInstanceMaintainTime: instanceDetails,
  RestoreInstance: (one: InstanceView) =>
    `${one.id} is ${one.state}, restored; last backup: ${lastBackupLine(one.lastBackup)}`,
  ...BACKUP_RENDERERS,
  ModifyInstanceCeilings: instanceDetails,
  ...CASE_RENDERERS,
  ...METER_RENDERERS,
  ...LADDER_RENDERERS,
};

export function render(action: string, answer: unknown): string {
  const renderer = RENDERERS[action] as ((answer: unknown) => string) | undefined;
  return renderer ? renderer(answer) : fields(answer as Record<string, unknown>);
}

/** What an answer tells besides its journey; null: nothing. */
export function renderMore(action: string, answer: unknown): string | null {
  return Object.hasOwn(RENDERERS, action) ? render(action, answer) : null;
}

function clockLine(clock: ClockView): string {
  const pace = clock.rate === 0 ? 'frozen' : `running at ${String(clock.rate)}x`;
  const problem = clock.problem === null ? '' : `\nit stands there: ${clock.problem}`;
  return `the clock is at ${clock.now}, ${pace}${problem}`;
}

function accountLine(account: AccountView): string {
  const owing = account.owingSince === null ? '' : `, owing since ${account.owingSince}`;
  const granted = /[1-9]/.test(account.grants) ? `, of which grants ${account.grants}` : '';
  const measure = account.measure === null ? '' : `, ${account.measure}`;
  return `account ${account.id}: ${account.balance} ${account.currency}${granted}${owing}${measure}`;
}

/** Until when it can be rebuilt. */
function releasedLine(one: InstanceView): string {
  const end = one.next.find(({ what }) => what === 'state-ends');
  const kept = end
    ? `; its data is kept until ${end.at}: "instance rebuild", "instance destroy"`
    : '';
  return `${one.id} is ${one.state}${kept}`;
}

function instanceTable(instances: readonly InstanceView[]): string {
  if (instances.length === 0) return 'no instances; make one with: frostgate instance create';
  return table(
    ['ID', 'NAME', 'STATE', 'SINCE', 'NEXT', 'ADDRESS', 'CLASS'],
    instances.map((one) => [
      one.id,
      one.name,
      one.state,
      one.since,
      nextOf(one),
      one.url ?? '-',
      one.instanceClass,
    ]),
  );
}

/** The hourly bill is no news. */
function nextOf(instance: InstanceView): string {
  const end = instance.next.find(({ what }) => what === 'state-ends');
  if (end) return `${instance.state} ends ${end.at}`;
  return instance.next.some(({ what }) => what === 'expires')
    ? `expires ${instance.expiresAt ?? ''}`
    : '-';
}

function instanceDetails(instance: InstanceView & { readonly why?: WhyView }): string {
  const { next, databaseAccounts, whitelist, commandProfile, bandwidth, parameters } = instance;
  const { suspensions, outages } = instance;
  const { conditions, writeLock } = instance;
  const profiles: Readonly<Record<string, { readonly description: string }>> = COMMAND_PROFILES;
  const changed = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
  const { ceilings, abuse, why, ...rest } = instance;
  return fields({
    ...rest,
    ...(why ? { why: `${why.text} (clause ${why.clause ?? '-'}, ${why.at})` } : {}),
    ceilings: ceilingsLine(ceilings),
    ...standingLines(abuse),
    databaseAccounts: ['default', ...databaseAccounts].join(', '),
    conditions: conditions === null ? null : JSON.stringify(conditions),
    writeLock: writeLock && `${writeLock.reason} (since ${writeLock.since})`,
    whitelist: whitelist.join(', '),
    commandProfile: `${commandProfile}: ${profiles[commandProfile]?.description ?? ''}`,
    bandwidth: bandwidth === 0 ? 'no ceiling' : `${String(bandwidth)} MB/s each way`,
    parameters: changed.join(', ') || 'as by default',
    suspensions: suspensions.map(suspensionLine).join('; ') || 'none',
    outages: outages.join(', ') || 'none',
    lastBackup: lastBackupLine(instance.lastBackup),
    next: next.map(({ at, what }) => `${what} at ${at}`).join(', ') || 'nothing',
  });
}

function suspensionLine({ reason, clause, since, liftedBy }: InstanceView['suspensions'][number]) {
  return `${reason} (clause ${clause}, since ${since}, ended by: ${liftedBy})`;
}

function changeOf({
  order,
  instance,
}: {
  order: OrderView | null;
  instance: InstanceView;
}): string {
  const until = instance.expiresAt === null ? '' : `, expires ${instance.expiresAt}`;
  const line = `${instance.id} is ${instance.state}: ${instance.instanceClass}, ${instance.chargeType}${until}`;
  return order === null ? line : `${line}\n${orderLine(order)}`;
}

function orderLine({ id, state, price, currency, text, instanceId }: OrderView): string {
  const about = instanceId === null ? '' : ` of ${instanceId}`;
  const wayOn = state === 'unpaid' ? `; pay it with: frostgate order pay ${id}` : '';
  return `order ${id}${about} is ${state}: ${text}, ${price} ${currency}${wayOn}`;
}

function orderTable(orders: readonly OrderView[]): string {
  if (orders.length === 0) return 'no orders; make one with: frostgate order create --period 1';
  return table(
    ['ID', 'STATE', 'INSTANCE', 'PRICE', 'ORDERED', 'UNTIL', 'WHAT FOR'],
    orders.map((one) => [
      one.id,
      one.state,
      one.instanceId ?? '-',
      one.price,
      one.orderedAt,
      one.to ?? '-',
      one.text,
    ]),
  );
}

function priceTable({ prices }: { prices: readonly PriceView[] }): string {
  return table(
    ['CLASS', 'AN HOUR', 'A MONTH', 'CHANGES'],
    prices.map(({ instanceClass, perHour, perMonth, changes }) => [
      instanceClass,
      perHour,
      perMonth,
      changes
        .map((one) => `from ${one.from}: ${one.perHour ?? '-'} / ${one.perMonth ?? '-'}`)
        .join('; ') || '-',
    ]),
  );
}

function databaseAccountTable(accounts: readonly DatabaseAccountView[]): string {
  return table(
    ['NAME', 'PRIVILEGE', 'PASSWORD', 'DESCRIPTION'],
    accounts.map((one) => [
      one.accountName,
      one.privilege,
      one.passwordSet ? 'set' : 'none',
      one.description,
    ]),
  );
}

function whitelistTable({ groups }: { groups: readonly SecurityIpGroupView[] }): string {
  const rows = groups.map(({ groupName, securityIps }) => [groupName, securityIps.join(', ')]);
  return table(['GROUP', 'MAY CONNECT'], rows);
}

function parameterTable(parameters: readonly ParameterView[]): string {
  return table(
    ['NAME', 'VALUE', 'DEFAULT', 'MAY BE', 'WHAT IT DOES'],
    parameters.map((one) => [
      one.name,
      one.value || '-',
      one.default || '-',
      one.checkingCode,
      one.description,
    ]),
  );
}

/** What grants paid is told where there are any. */
function ledgerTable(entries: readonly LedgerEntryView[]): string {
  const granted = entries.some(({ grants }) => /[1-9]/.test(grants));
  return table(
    ['AT', 'KIND', 'INSTANCE', 'AMOUNT', ...(granted ? ['GRANTS'] : []), 'BALANCE', 'TEXT'],
    entries.map((one) => [
      one.at,
      one.kind,
      one.instanceId ?? '-',
      one.amount,
      ...(granted ? [one.grants] : []),
      one.balance,
      one.text,
    ]),
  );
}

function status(answer: Status): string {
  return [
    `frostgate ${answer.version}, engine ${answer.engine}: ${answer.engineReason}`,
    clockLine(answer.clock),
    ...answer.accounts.map(accountLine),
    instanceTable(answer.instances),
  ].join('\n');
}

export function fields(answer: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(answer).map(([name, value]) => [
    name,
    value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return table([], shown);
}
