/**
 * The words a client sees. The vendor's own documents disagree over the years,
 * so the error lines are a table per wire profile. First word: the code that
 * client libraries switch on.
 */

export interface WireProfile {
  /** A write while the state of the instance refuses writes. */
  readonly frozenWrite: string;
  /** A read while the state of the instance refuses reads. */
  readonly frozenRead: string;
  /** Any command while the vendor has suspended the service: a violation, an attack (3.1.3.12, 7.2.4). */
  readonly suspended: string;
  /** A write while its customer's lock refuses writes (LockDBInstanceWrite), or while an operation does. */
  readonly writeLocked: string;
  readonly wrongPassword: string;
  /** To a client that has to log in first. */
  readonly notLoggedIn: string;
  /** To a client that the whitelist does not let in; `{address}` stands for its address and port. */
  readonly illegalAddress: string;
  readonly tooManyConnections: string;
  /** To a client that comes while the instance's data is restored: nobody is served by half of it. */
  readonly restoring: string;
}

/** The lines that commands may be refused with for what the instance is, or for what is being done with it. */
export type RefusalWord = 'frozenWrite' | 'frozenRead' | 'suspended' | 'writeLocked';

/** No line of the vendor's is known. It is what Redis says while it loads (server.c, shared.loadingerr), and what clients wait for. */
const RESTORING = 'LOADING Redis is loading the dataset in memory';

export const WIRE_PROFILES = {
  /** Current help page "Common errors": instance has overdue payments or has expired. */
  apsaradb: {
    frozenWrite: "NOWRITE You can't write against a non-write redis",
    frozenRead: "NOREAD You can't read against a non-read redis",
    // No line is documented for it: that of an instance that nobody may use, so that it can be told from arrears.
    suspended: "DISABLE You can't write or read against a disable instance",
    // Help page on high availability: the instance is read-only for a while.
    writeLocked: "READONLY You can't write against a read only instance",
    wrongPassword: 'WRONGPASS invalid username-password pair',
    notLoggedIn: 'NOAUTH Authentication required',
    // With the address since kernel 0.4.0 (2021).
    illegalAddress: 'ERR illegal address: {address}',
    tooManyConnections: 'ERR max number of clients reached',
    restoring: RESTORING,
  },
  /** The same page as of 2018 to 2020, and what engines up to 5.0 say. */
  'apsaradb-2018': {
    frozenWrite: "DISABLE You can't write or read against a disable instance",
    frozenRead: "DISABLE You can't write or read against a disable instance",
    suspended: "DISABLE You can't write or read against a disable instance",
    writeLocked: "READONLY You can't write against a read only instance",
    wrongPassword: 'ERR invalid password',
    notLoggedIn: 'NOAUTH Authentication required',
    illegalAddress: 'ERR illegal address',
    tooManyConnections: 'ERR max number of clients reached',
    restoring: RESTORING,
  },
  /**
   * As a replica of open-source Redis answers (server.c, shared.roslaveerr). It has no line
   * that refuses reads, and no whitelist: that line is the vendor's.
   */
  redis: {
    frozenWrite: "READONLY You can't write against a read only replica.",
    frozenRead: "READONLY You can't write against a read only replica.",
    suspended: "DISABLE You can't write or read against a disable instance",
    writeLocked: "READONLY You can't write against a read only replica.",
    wrongPassword: 'WRONGPASS invalid username-password pair or user is disabled.',
    notLoggedIn: 'NOAUTH Authentication required.',
    illegalAddress: 'ERR illegal address: {address}',
    tooManyConnections: 'ERR max number of clients reached',
    restoring: RESTORING,
  },
} as const satisfies Record<string, WireProfile>;

export type WireProfileName = keyof typeof WIRE_PROFILES;
export const DEFAULT_WIRE_PROFILE: WireProfileName = 'apsaradb';
