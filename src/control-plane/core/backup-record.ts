/** What a backup is, as it is kept. */
import type { FailureKind } from './backup-failures.js';
import type { Instant } from './duration.js';
import type { InstanceSettings } from './world.js';

export const CLAUSE_BACKUPS = '3.1.11';
/** As long as its instance (CreateBackup, BackupRetentionPeriod). */
export const KEPT_FOREVER = -1;

/** The file that a backup's data is in; several backups of data that has not changed have the same one. */
export interface BackupFile {
  readonly fileId: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly keys: number;
  /** Keys with an expiry. */
  readonly expires: number;
  readonly rdbVersion: number;
  /** How many databases it needs; undefined: nobody looked, as of files from before there was this. */
  readonly databases?: number;
  /** Of the Redis that wrote it; null: the file does not say. */
  readonly redisVersion: string | null;
  /** An expiry `t` in it means the virtual time `t + offset` (ms). */
  readonly offset: number;
  /** Of the data when it was written: as long as Redis tells the same one, nothing has changed. null: none is known. */
  readonly mark: string | null;
}

export interface Backup {
  readonly id: string;
  readonly instanceId: string;
  readonly mode: 'Automated' | 'Manual';
  /** What it was taken for. */
  readonly purpose: 'daily' | 'asked for' | 'before a restore' | 'imported';
  /** `late`: it begins by itself later. */
  readonly state: 'late' | 'running' | 'success' | 'failed';
  /** Whose data it has: of this virtual moment. Of a late one, when it begins. */
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  /** How long it took, in real milliseconds; null where Redis had nothing to do. */
  readonly realMs: number | null;
  /** When it began by the machine's clock (ms since 1970); none where Redis had nothing to do. */
  readonly realAt?: number | null;
  readonly file: BackupFile | null;
  /** Its data had not changed since the one before. */
  readonly unchanged: boolean;
  readonly instanceClass: string;
  /** What can be recovered besides the data. */
  readonly settings: RecoverableSettings;
  /** In days, or KEPT_FOREVER. */
  readonly retentionDays: number;
  readonly keptUntil: Instant | null;
  /** What was planned to go wrong with it. */
  readonly planned: FailureKind | null;
  /** Why it failed. */
  readonly problem: string | null;
}

export type RecoverableSettings = Pick<
  InstanceSettings,
  'whitelist' | 'parameters' | 'password' | 'passwordFree' | 'databaseAccounts'
>;

/** What came of taking one. */
export interface Taken {
  readonly file: BackupFile;
  readonly unchanged: boolean;
  readonly realMs: number | null;
  readonly realAt: number | null;
}

/** Once it has begun, nothing is planned to go wrong with it. */
export function isAsUsual(planned: FailureKind | null): boolean {
  return planned === null || planned === 'late';
}

/** Not its bytes: the same data has a few more or less of them each time, and stories are compared word for word. */
export function keysOf({ keys }: Pick<BackupFile, 'keys'>): string {
  return `${String(keys)} ${keys === 1 ? 'key' : 'keys'}`;
}

export function numbersOf({ bytes, keys }: BackupFile): Readonly<Record<string, string>> {
  return { bytes: String(bytes), keys: String(keys) };
}
