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
}

export const WIRE_PROFILES = {
  /** Current help page "Common errors": instance has overdue payments or has expired. */
  apsaradb: {
    frozenWrite: "NOWRITE You can't write against a non-write redis",
    frozenRead: "NOREAD You can't read against a non-read redis",
  },
  /** The same page as of 2018 to 2020. */
  'apsaradb-2018': {
    frozenWrite: "DISABLE You can't write or read against a disable instance",
    frozenRead: "DISABLE You can't write or read against a disable instance",
  },
  /** As a replica of open-source Redis answers (server.c, shared.roslaveerr); it has no line that refuses reads. */
  redis: {
    frozenWrite: "READONLY You can't write against a read only replica.",
    frozenRead: "READONLY You can't write against a read only replica.",
  },
} as const satisfies Record<string, WireProfile>;

export type WireProfileName = keyof typeof WIRE_PROFILES;
export const DEFAULT_WIRE_PROFILE: WireProfileName = 'apsaradb';
