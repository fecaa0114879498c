/**
 * Rows field by field. A row that is made by spreading the one before it, again and again as an advance does, has another
 * hidden class each time (V8 keeps the class of a spread by the class of what is spread): everything that reads it is slow
 * then, and the classes themselves pile up. Written out, all rows have the same one.
 * `Required`, so that no field can be left out.
 */
import type { Account, Counters, Instance } from './world.js';

export function copyOfInstance(of: Instance): Required<Instance> {
  return {
    id: of.id,
    name: of.name,
    accountId: of.accountId,
    instanceClass: of.instanceClass,
    terms: of.terms,
    chargeType: of.chargeType,
    wireProfile: of.wireProfile,
    state: of.state,
    since: of.since,
    requestedAt: of.requestedAt,
    createdAt: of.createdAt,
    billedUntil: of.billedUntil,
    hourClass: of.hourClass,
    expiresAt: of.expiresAt,
    autoRenewMonths: of.autoRenewMonths,
    expiryNoticed: of.expiryNoticed,
    autoRenewalTried: of.autoRenewalTried,
    feesPaid: of.feesPaid,
    endedBy: of.endedBy,
    dataFrom: of.dataFrom,
    suspensions: of.suspensions,
    writeLock: of.writeLock,
    operation: of.operation,
    outages: of.outages,
    narrowed: of.narrowed,
    generation: of.generation,
    maintainTime: of.maintainTime,
    backups: of.backups,
    host: of.host,
    port: of.port,
    password: of.password,
    passwordFree: of.passwordFree,
    databaseAccounts: of.databaseAccounts,
    whitelist: of.whitelist,
    commandProfile: of.commandProfile,
    parameters: of.parameters,
    memory: of.memory,
    connections: of.connections,
    newConnections: of.newConnections,
    bandwidth: of.bandwidth,
    cpu: of.cpu,
  };
}

export function copyOfAccount(of: Account): Required<Account> {
  return {
    id: of.id,
    balance: of.balance,
    owingSince: of.owingSince,
    grants: of.grants,
    measure: of.measure,
  };
}

export function copyOfCounters(of: Counters): {
  -readonly [Name in keyof Counters]: Counters[Name];
} {
  return {
    nextInstance: of.nextInstance,
    nextEntry: of.nextEntry,
    nextEvent: of.nextEvent,
    nextRecord: of.nextRecord,
  };
}
