/** Answers of the API for people. What has no row here is shown field by field. */
import type {
  AccountView,
  ClockView,
  DatabaseAccountView,
  InstanceView,
  LedgerEntryView,
  ParameterView,
  SecurityIpGroupView,
} from '../control-plane/actions/views.js';
import { COMMAND_PROFILES } from '../control-plane/core/commands-not-open.js';
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
  DeleteInstance: (one: InstanceView) => `${one.id} is ${one.state}`,
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
  ListAccounts: ({ accounts }: { accounts: readonly AccountView[] }) =>
    accounts.map(accountLine).join('\n'),
  OpenAccount: accountLine,
  GetAccount: accountLine,
  TopUpAccount: accountLine,
  SetAccountBalance: accountLine,
  ListLedger: ({ entries }: { entries: readonly LedgerEntryView[] }) => ledgerTable(entries),
  GetStatus: status,
};

export function render(action: string, answer: unknown): string {
  const renderer = RENDERERS[action] as ((answer: unknown) => string) | undefined;
  return renderer ? renderer(answer) : fields(answer as Record<string, unknown>);
}

function clockLine(clock: ClockView): string {
  const pace = clock.rate === 0 ? 'frozen' : `running at ${String(clock.rate)}x`;
  const problem = clock.problem === null ? '' : `\nit stands there: ${clock.problem}`;
  return `the clock is at ${clock.now}, ${pace}${problem}`;
}

function accountLine(account: AccountView): string {
  const owing = account.owingSince === null ? '' : `, owing since ${account.owingSince}`;
  return `account ${account.id}: ${account.balance} ${account.currency}${owing}`;
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
  return end ? `${instance.state} ends ${end.at}` : '-';
}

function instanceDetails(instance: InstanceView): string {
  const { next, databaseAccounts, whitelist, commandProfile, bandwidth, parameters } = instance;
  const profiles: Readonly<Record<string, { readonly description: string }>> = COMMAND_PROFILES;
  const changed = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
  return fields({
    ...instance,
    databaseAccounts: ['default', ...databaseAccounts].join(', '),
    whitelist: whitelist.join(', '),
    commandProfile: `${commandProfile}: ${profiles[commandProfile]?.description ?? ''}`,
    bandwidth: bandwidth === 0 ? 'no ceiling' : `${String(bandwidth)} MB/s each way`,
    parameters: changed.join(', ') || 'as by default',
    next: next.map(({ at, what }) => `${what} at ${at}`).join(', ') || 'nothing',
  });
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

function ledgerTable(entries: readonly LedgerEntryView[]): string {
  return table(
    ['AT', 'KIND', 'INSTANCE', 'AMOUNT', 'BALANCE', 'TEXT'],
    entries.map((one) => [
      one.at,
      one.kind,
      one.instanceId ?? '-',
      one.amount,
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

function fields(answer: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(answer).map(([name, value]) => [
    name,
    value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return table([], shown);
}
