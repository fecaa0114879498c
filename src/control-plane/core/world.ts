/** Everything the control plane knows, as plain data. It changes only by a Change, and a Change is saved before it is applied. */
import type { CommandProfileName } from './commands-not-open.js';
import type { DatabaseAccount } from './database-accounts.js';
import type { Instant } from './duration.js';
import type { State } from './lifecycle.js';
import type { Money } from './money.js';
import type { PasswordHash } from './password-rules.js';
import { isLiving, type TermsName } from './terms.js';
import type { SecurityIpGroup } from './whitelist.js';
import type { WireProfileName } from './wire-profiles.js';

/** Who pays. */
export interface Account {
  readonly id: string;
  /** Always the sum of the account's ledger entries. */
  readonly balance: Money;
  /** Since when a charge could not be met; null while nothing is owed. */
  readonly owingSince: Instant | null;
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
  /** MB/s, each direction by itself, in place of the class's; 0: no ceiling. null: the class's. */
  readonly bandwidth: number | null;
  /** In place of the class's; null: the class's. */
  readonly connections: number | null;
}

/** What the customer bought. */
export interface Instance extends InstanceSettings {
  readonly id: string;
  readonly name: string;
  readonly accountId: string;
  readonly instanceClass: string;
  readonly terms: TermsName;
  readonly wireProfile: WireProfileName;
  readonly state: State;
  /** When the state began. */
  readonly since: Instant;
  readonly requestedAt: Instant;
  /** Creation success, from which billing and the term count (7.1); null before it. */
  readonly createdAt: Instant | null;
  /** Charged up to here; null where nothing is charged. */
  readonly billedUntil: Instant | null;
  readonly host: string;
  /** The endpoint's port; null until one is taken. Kept for the instance's whole life. */
  readonly port: number | null;
}

export type LedgerKind = 'top-up' | 'charge' | 'adjustment';

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
  readonly text: string;
}

export const EVENT_TYPES = [
  'account-opened',
  'topped-up',
  'balance-set',
  'charged',
  'arrears-began',
  'arrears-ended',
  'instance-requested',
  'instance-renamed',
  'password-changed',
  'auth-mode-changed',
  'database-account-created',
  'database-account-changed',
  'database-account-deleted',
  'whitelist-changed',
  'parameters-changed',
  'state-changed',
  'backend-lost',
  'backend-restored',
  'simulator-reset',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

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
}

export interface World {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly counters: Counters;
}

export const EMPTY_WORLD: World = {
  accounts: new Map(),
  instances: new Map(),
  counters: { nextInstance: 1, nextEntry: 1, nextEvent: 1 },
};

/** What one decision changes: saved whole or not at all. */
export interface Change {
  readonly at: Instant;
  readonly accounts: readonly Account[];
  readonly instances: readonly Instance[];
  readonly entries: readonly LedgerEntry[];
  readonly events: readonly SimulatorEvent[];
  readonly counters: Counters;
}

/** The world after `change`; neither argument is touched. */
export function applyChange(world: World, change: Change): World {
  return {
    accounts: withRows(world.accounts, change.accounts),
    instances: withRows(world.instances, change.instances),
    counters: change.counters,
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
