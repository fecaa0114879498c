/** What the API shows: money as decimal strings, instants as ISO 8601. */
import { Type, type Static } from 'typebox';
import { accessOf, shutLineOf } from '../core/access.js';
import { bandwidthOf, ceilingOf } from '../core/ceilings.js';
import { deadlinesOf } from '../core/deadlines.js';
import { formatInstant } from '../core/duration.js';
import { CURRENCY, formatMoney } from '../core/money.js';
import { STATES } from '../core/lifecycle.js';
import { agreedOf } from '../core/own-terms.js';
import { priceOf } from '../core/prices.js';
import { factsOf } from '../core/state-facts.js';
import type { StoryLine } from '../core/story.js';
import { LEDGER_KINDS } from '../core/world.js';
import type { Account, Instance, LedgerEntry, SimulatorEvent } from '../core/world.js';
import type { ControlPlane } from '../control-plane.js';
import { BACKUP_FIELDS, viewBackupPolicy } from './backup-views.js';
import { standingsView, viewStandings } from './abuse-views.js';
import { ceilingsView, viewCeilings } from './ceiling-views.js';
import { instant, money, nullable } from './view-fields.js';

export { clockView, viewClock, type ClockView } from './clock-view.js';
export { instant, money, nullable } from './view-fields.js';

export const instanceView = Type.Object(
  {
    id: Type.String({ description: 'What other actions call it' }),
    name: Type.String({ description: 'For people' }),
    accountId: Type.String({ description: 'Who pays' }),
    instanceClass: Type.String({ description: 'Size, ceilings and price' }),
    state: Type.String({ description: STATES.join(', ') }),
    status: Type.String({
      description: "The vendor's word: Creating, Normal, Inactive or Released",
    }),
    since: instant('When the state began'),
    terms: Type.String({ description: 'The commercial rules' }),
    conditions: nullable(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description: 'What its order agreed on in place of what the terms say (11.1)',
        },
      ),
    ),
    writeLock: nullable(
      Type.Object(
        {
          reason: Type.String({ description: 'As its customer said' }),
          since: instant('When it was locked'),
        },
        { description: "The customer's own lock" },
      ),
    ),
    endedBy: nullable(Type.String({ description: 'What ended it before its time' })),
    wireProfile: Type.String({ description: 'Whose error lines clients see' }),
    reads: Type.String({ description: '"pass", "closed", or the error line that clients get' }),
    writes: Type.String({ description: '"pass", "closed", or the error line that clients get' }),
    host: Type.String({ description: 'The address that its endpoint listens on' }),
    port: nullable(Type.Integer({ description: 'Kept for its whole life' })),
    url: nullable(Type.String({ description: 'Where clients connect' })),
    passwordSet: Type.Boolean({ description: 'Whether its default account has a password' }),
    passwordFree: Type.Boolean({ description: 'Clients need not log in' }),
    databaseAccounts: Type.Array(Type.String(), {
      description: 'Names of the accounts besides the default one',
    }),
    whitelist: Type.Array(Type.String(), {
      description: 'Who may connect: all groups taken together',
    }),
    commandProfile: Type.String({ description: 'Which commands are open to clients' }),
    connections: Type.Integer({ description: 'How many clients it takes at once; 0: no ceiling' }),
    bandwidth: Type.Number({ description: 'MB/s, each direction by itself; 0: no ceiling' }),
    ceilings: ceilingsView,
    abuse: standingsView,
    parameters: Type.Record(Type.String(), Type.String(), {
      description: 'Those that are not what they are by default',
    }),
    chargeType: Type.String({ description: 'PostPaid: pay-as-you-go; PrePaid: a subscription' }),
    pricePerHour: money('What one hour of its class costs today, as pay-as-you-go'),
    pricePerMonth: money('What one month of its class costs today, as a subscription'),
    expiresAt: nullable(instant('When the term ends that was paid for')),
    autoRenewMonths: nullable(
      Type.Integer({ description: 'By how many months it is renewed by itself' }),
    ),
    feesPaid: money('What was paid for it and not refunded, without what grants paid'),
    requestedAt: instant('When it was asked for'),
    createdAt: nullable(instant('Creation success, from which billing counts')),
    suspensions: Type.Array(
      Type.Object({
        reason: Type.String(),
        clause: Type.String(),
        since: instant('Since when'),
        liftedBy: Type.String(),
      }),
      {
        description: "Measures of the vendor's: why, by which clause, and the command that ends it",
      },
    ),
    outages: Type.Array(Type.String(), { description: 'Which go on: their ids and causes' }),
    operation: nullable(Type.String({ description: 'What is being done with it' })),
    maintainTime: Type.String({ description: 'When of the day it may be maintained' }),
    next: Type.Array(
      Type.Object({
        at: instant('When'),
        what: Type.String({ description: 'Such as bill, expires or state-ends' }),
      }),
      { description: 'What becomes due by itself if nothing else happens' },
    ),
    ...BACKUP_FIELDS,
  },
  { title: 'An instance' },
);
export type InstanceView = Static<typeof instanceView>;

export function viewInstance(
  instance: Instance,
  { world, clock }: Pick<ControlPlane, 'world' | 'clock'>,
): InstanceView {
  const facts = factsOf(instance);
  const access = accessOf(instance);
  const cutOff = shutLineOf(instance);
  const { host, port } = instance;
  const backups = viewBackupPolicy(instance, world, clock.now());
  const isOpen = facts.endpoint === 'open' && port !== null;
  return {
    id: instance.id,
    name: instance.name,
    accountId: instance.accountId,
    instanceClass: instance.instanceClass,
    state: instance.state,
    status: facts.status,
    since: formatInstant(instance.since),
    terms: instance.terms,
    conditions: agreedOf(world, instance.terms)?.conditions ?? null,
    writeLock: instance.writeLock && {
      reason: instance.writeLock.reason,
      since: formatInstant(instance.writeLock.since),
    },
    endedBy: instance.endedBy,
    wireProfile: instance.wireProfile,
    reads: facts.endpoint === 'open' ? (cutOff ?? access.reads ?? 'pass') : 'closed',
    writes: facts.endpoint === 'open' ? (cutOff ?? access.writes ?? 'pass') : 'closed',
    host,
    port,
    url: isOpen ? `redis://${reachable(host)}:${String(port)}` : null,
    passwordSet: instance.password !== null,
    passwordFree: instance.passwordFree,
    databaseAccounts: instance.databaseAccounts.map(({ name }) => name),
    whitelist: instance.whitelist.flatMap(({ addresses }) => addresses),
    commandProfile: instance.commandProfile,
    connections: ceilingOf(instance, 'connections') ?? 0,
    bandwidth: bandwidthOf(instance),
    ceilings: viewCeilings(instance),
    abuse: viewStandings(world, instance),
    parameters: { ...instance.parameters },
    chargeType: instance.chargeType,
    pricePerHour: formatMoney(priceOf(world, instance.instanceClass, 'hour', clock.now())),
    pricePerMonth: formatMoney(priceOf(world, instance.instanceClass, 'month', clock.now())),
    expiresAt: instance.expiresAt === null ? null : formatInstant(instance.expiresAt),
    autoRenewMonths: instance.autoRenewMonths,
    feesPaid: formatMoney(instance.feesPaid),
    requestedAt: formatInstant(instance.requestedAt),
    createdAt: instance.createdAt === null ? null : formatInstant(instance.createdAt),
    suspensions: instance.suspensions.map(({ reason, clause, since, liftedBy }) => ({
      ...{ reason, clause, since: formatInstant(since), liftedBy },
    })),
    outages: instance.outages.map(({ causeId, cause }) => `${causeId} ${cause}`),
    operation: instance.operation?.kind ?? null,
    maintainTime: `${instance.maintainTime.start}-${instance.maintainTime.end}`,
    lastBackup: backups.lastBackup,
    nextBackup: backups.preferredNextBackupTime,
    next: deadlinesOf(instance)
      .sort((a, b) => a.at - b.at)
      .map(({ at, kind }) => ({ at: formatInstant(at), what: kind })),
  };
}

/** An address that clients on this machine can use, where the endpoint listens on all of them. */
export function reachable(host: string): string {
  const isAny = host === '0.0.0.0' || host === '::';
  if (isAny) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

export const accountView = Type.Object(
  {
    id: Type.String({ description: 'Its name' }),
    balance: money('The sum of the ledger; below zero what is owed'),
    grants: money(
      'What of the balance was granted: it pays for the service only, and is never paid out',
    ),
    currency: Type.String({ description: 'Of all money' }),
    owingSince: nullable(instant('Since when a charge could not be met')),
    measure: nullable(Type.String({ description: 'suspended or terminated, and why' })),
  },
  { title: 'An account' },
);
export type AccountView = Static<typeof accountView>;

export function viewAccount(account: Account): AccountView {
  return {
    id: account.id,
    balance: formatMoney(account.balance),
    grants: formatMoney(account.grants),
    currency: CURRENCY,
    owingSince: account.owingSince === null ? null : formatInstant(account.owingSince),
    measure: account.measure && `${account.measure.kind}: ${account.measure.reason}`,
  };
}

export const ledgerEntryView = Type.Object(
  {
    seq: Type.Integer({ description: 'Numbers count up in the order of happening' }),
    at: instant('When'),
    instanceId: nullable(Type.String({ description: 'What was charged for' })),
    kind: Type.String({ description: LEDGER_KINDS.join(', ') }),
    amount: money('Credits are positive, debits negative'),
    grants: money('Of the amount, what was granted (positive), or what grants paid (negative)'),
    balance: money('The balance after this entry'),
    text: Type.String({ description: 'For people' }),
  },
  { title: 'A ledger entry' },
);
export type LedgerEntryView = Static<typeof ledgerEntryView>;

export function viewLedgerEntry(entry: LedgerEntry): LedgerEntryView {
  const { seq, instanceId, kind, text } = entry;
  return {
    seq,
    at: formatInstant(entry.at),
    instanceId,
    kind,
    amount: formatMoney(entry.amount),
    grants: formatMoney(entry.grants),
    balance: formatMoney(entry.balance),
    text,
  };
}

export const eventView = Type.Object(
  {
    seq: Type.Integer({ description: 'Numbers count up in the order of happening' }),
    at: instant('When'),
    type: Type.String({ description: 'What happened, for programs' }),
    accountId: nullable(Type.String({ description: 'To whom' })),
    instanceId: nullable(Type.String({ description: 'To what' })),
    clause: nullable(
      Type.String({ description: 'Clause of the terms of service that it follows from' }),
    ),
    text: Type.String({ description: 'What happened, for people' }),
    data: Type.Record(Type.String(), Type.String(), { description: 'The numbers and names of it' }),
  },
  { title: 'An event' },
);
export type EventView = Static<typeof eventView>;

export function viewEvent(event: SimulatorEvent): EventView {
  return { ...event, at: formatInstant(event.at), data: { ...event.data } };
}

export const storyLineView = Type.Object(
  {
    at: instant('When; of several events, the last one'),
    since: Type.String({
      description: 'How long after the first event of the instance, or of all',
    }),
    count: Type.Integer({ description: 'How many events it stands for' }),
    begin: instant('When the first of them was'),
    seq: Type.Integer({ description: "The first one's number" }),
    event: eventView,
  },
  { title: 'A line of the timeline' },
);
export type StoryLineView = Static<typeof storyLineView>;

export function viewStoryLine({ count, seq, at, last }: StoryLine, since: string): StoryLineView {
  const event = viewEvent(last);
  return { at: event.at, since, count, begin: formatInstant(at), seq, event };
}
