/** Everything the control plane knows, as plain data. It changes only by a Change, and a Change is saved before it is applied. */
import type { BackupStanding } from './backup-policy.js';
import type { CommandProfileName } from './commands-not-open.js';
import type { DatabaseAccount } from './database-accounts.js';
import type { Instant } from './duration.js';
import type { EventType } from './event-types.js';
import type { State, Trigger } from './lifecycle.js';
import type { MaintainTime } from './maintain-time.js';
import type { Money } from './money.js';
import type { OngoingOutage } from './outages.js';
import type { PasswordHash } from './password-rules.js';
import { withRecords } from './record-copies.js';
import type { RecordTables } from './records.js';
import type { Restore } from './restoring.js';
import { isLiving } from './state-facts.js';
import type { AbuseMeter, ChargeType, TermsId } from './terms.js';
import type { SecurityIpGroup } from './whitelist.js';
import type { WireProfileName } from './wire-profiles.js';

/** Who pays. */
export interface Account {
  readonly id: string;
  /** Always the sum of the account's ledger entries. */
  readonly balance: Money;
  /** Since when a charge could not be met; null while nothing is owed. */
  readonly owingSince: Instant | null;
  /** What is left of grants, of the balance: it pays standard service charges only, and is never paid out (2.4). */
  readonly grants: Money;
  /** What the vendor did about it (membership agreement); null: nothing. */
  readonly measure: AccountMeasure | null;
}

export interface AccountMeasure {
  readonly kind: 'suspended' | 'terminated';
  readonly reason: string;
  readonly since: Instant;
}

/** What of an instance is the customer's choice, besides what is bought. */
export interface InstanceSettings {
  /** Of the default account; null: it has none, and nobody can log in to it. */
  readonly password: PasswordHash | null;
  /** Clients need not log in (the vendor's VpcAuthMode `Close`). */
  readonly passwordFree: boolean;
  /** Besides the default one. */
  readonly databaseAccounts: readonly DatabaseAccount[];
  readonly whitelist: readonly SecurityIpGroup[];
  readonly commandProfile: CommandProfileName;
  /** Those that are not what they are by default. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Ceilings of its own, in the units of CEILINGS (ceilings.ts); 0: switched off. null: the class's. */
  readonly memory: number | null;
  readonly connections: number | null;
  readonly newConnections: number | null;
  readonly bandwidth: number | null;
  readonly cpu: number | null;
}

/** What the customer bought. */
export interface Instance extends InstanceSettings {
  readonly id: string;
  readonly name: string;
  readonly accountId: string;
  readonly instanceClass: string;
  readonly terms: TermsId;
  readonly chargeType: ChargeType;
  readonly wireProfile: WireProfileName;
  readonly state: State;
  /** When the state began. */
  readonly since: Instant;
  readonly requestedAt: Instant;
  /** Creation success, from which billing and the term count (7.1); null before it. */
  readonly createdAt: Instant | null;
  /** Charged up to here; null where nothing is charged. */
  readonly billedUntil: Instant | null;
  /** The class that the running hour costs: the highest that was held in it (2.2.2); null where nothing is charged by the hour. */
  readonly hourClass: string | null;
  /** Of a subscription: when the term ends that was paid for; null for pay-as-you-go. */
  readonly expiresAt: Instant | null;
  /** Of a subscription: the months by which it is renewed by itself; null: it is not. */
  readonly autoRenewMonths: number | null;
  /** The expiry that its customer was told of, and the one before which an automatic renewal was tried. */
  readonly expiryNoticed: Instant | null;
  readonly autoRenewalTried: Instant | null;
  /** What was paid for it and not refunded, without what grants paid: the most that a claim can be worth (8.5). */
  readonly feesPaid: Money;
  /** What ended it before its time; null where nothing did. */
  readonly endedBy: Trigger | null;
  /** While it is being made: the released instance whose data it is made with; null: it is made empty, or it is made. */
  readonly dataFrom: string | null;
  /** Measures of the vendor's, apart from what is owed: each one refuses all access. */
  readonly suspensions: readonly Suspension[];
  /** Its customer's own (LockDBInstanceWrite). */
  readonly writeLock: { readonly reason: string; readonly since: Instant } | null;
  /** What is being done with it, besides its state. */
  readonly operation: Operation | null;
  /** What keeps it from its clients at the moment, or slows it down, besides its state: each is a record. */
  readonly outages: readonly OngoingOutage[];
  /** Ceilings that are narrowed, since it is used excessively (3.1.3.7). */
  readonly narrowed: readonly Narrowing[];
  /** Counted up whenever all of its clients are disconnected once. */
  readonly generation: number;
  /** When of the day the vendor may maintain it (8.2.1). */
  readonly maintainTime: MaintainTime;
  /** Its policy of backups, and where it stands with them. */
  readonly backups: BackupStanding;
  readonly host: string;
  /** The endpoint's port; null until one is taken. Kept for the instance's whole life. */
  readonly port: number | null;
}

/** A measure of the vendor's against an instance. */
export interface Suspension {
  /** What it is about: a violation, an attack, an account (a record's id). */
  readonly causeId: string;
  readonly clause: string;
  readonly reason: string;
  readonly since: Instant;
  /** The command that ends it. */
  readonly liftedBy: string;
}

/** What of the ladder of 3.1.3.7 the outside has to follow. */
export interface Narrowing {
  /** Which record it follows from. */
  readonly climbId: string;
  readonly meter: Exclude<AbuseMeter, 'memory'>;
  /** Of the ceiling as it would be. */
  readonly toPercent: number;
}

export interface Operation {
  readonly kind: 'changing' | 'transforming' | 'restarting' | 'maintenance' | 'restoring';
  readonly since: Instant;
  readonly writesRefused: boolean;
  /** Of one that is `restoring`: whose data it brings. */
  readonly restore?: Restore;
}

export const LEDGER_KINDS = ['top-up', 'charge', 'refund', 'grant', 'adjustment', 'claim'] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

/** One line of an account's money book; lines are only ever added. */
export interface LedgerEntry {
  readonly seq: number;
  readonly at: Instant;
  readonly accountId: string;
  readonly instanceId: string | null;
  readonly kind: LedgerKind;
  /** Credits are positive, debits negative. */
  readonly amount: Money;
  /** The account's balance after this entry. */
  readonly balance: Money;
  /** Of `amount`, what was granted (positive), or what grants paid (negative): their sum is what is left of grants. */
  readonly grants: Money;
  readonly text: string;
}

/** A fact, past tense, numbered in the order of happening. */
export interface SimulatorEvent {
  readonly seq: number;
  readonly at: Instant;
  readonly type: EventType;
  readonly accountId: string | null;
  readonly instanceId: string | null;
  /** The clause of the terms of service that it follows from. */
  readonly clause: string | null;
  readonly text: string;
  readonly data: Readonly<Record<string, string>>;
}

export interface Counters {
  readonly nextInstance: number;
  readonly nextEntry: number;
  readonly nextEvent: number;
  /** Of the records, by table. */
  readonly nextRecord: Readonly<Partial<Record<keyof RecordTables, number>>>;
}

/** By table, then by id. */
export type Records = {
  readonly [Table in keyof RecordTables]?: ReadonlyMap<string, RecordTables[Table]>;
};

/** A row of one of the tables. */
export type AnyRecord = {
  [Table in keyof RecordTables]: { readonly table: Table; readonly row: RecordTables[Table] };
}[keyof RecordTables];

export interface World {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly records: Records;
  readonly counters: Counters;
}

export const EMPTY_WORLD: World = {
  accounts: new Map(),
  instances: new Map(),
  records: {},
  counters: { nextInstance: 1, nextEntry: 1, nextEvent: 1, nextRecord: {} },
};

/** What one decision changes: saved whole or not at all. */
export interface Change {
  readonly at: Instant;
  readonly accounts: readonly Account[];
  readonly instances: readonly Instance[];
  readonly records: readonly AnyRecord[];
  /** Rows that are there no longer, as they were last. */
  readonly removed: readonly AnyRecord[];
  readonly entries: readonly LedgerEntry[];
  readonly events: readonly SimulatorEvent[];
  readonly counters: Counters;
}

/** As of readings of meters that lead to nothing, every few seconds. */
export function isNothing(change: Change): boolean {
  const { accounts, instances, records, removed, entries, events } = change;
  return [accounts, instances, records, removed, entries, events].every(
    ({ length }) => length === 0,
  );
}

/** The world after `change`; neither argument is touched. What is told of it is no part of the world. */
export function applyChange(world: World, change: Omit<Change, 'entries' | 'events'>): World {
  return {
    accounts: withRows(world.accounts, change.accounts),
    instances: withRows(world.instances, change.instances),
    records: withRecords(world.records, change.records, change.removed),
    counters: change.counters,
  };
}

/** A change that makes an empty world be this one, without what is told of it. */
export function wholeOf({ accounts, instances, records, counters }: World, at: Instant): Change {
  const rows = Object.entries(records).flatMap(([table, map]) =>
    [...map.values()].map((row) => ({ table, row }) as AnyRecord),
  );
  return {
    at,
    accounts: [...accounts.values()],
    instances: [...instances.values()],
    records: rows,
    removed: [],
    entries: [],
    events: [],
    counters,
  };
}

function withRows<Row extends { readonly id: string }>(
  map: ReadonlyMap<string, Row>,
  rows: readonly Row[],
): ReadonlyMap<string, Row> {
  if (rows.length === 0) return map;
  const copy = new Map(map);
  for (const row of rows) copy.set(row.id, row);
  return copy;
}

/** All but those of which only a record is left, in the order of their creation. */
export function livingInstances(world: World): Instance[] {
  return [...world.instances.values()].filter(isLiving);
}
