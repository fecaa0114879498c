/** Refusals that have to do with backups; rows of ERRORS (errors.ts). */
import type { ErrorRow } from './errors.js';

export const BACKUP_ERRORS = {
  BackupFailed: {
    status: 503,
    text: 'no backup came of it: {problem}. {wayOut}',
  },
  BackupMissing: {
    status: 409,
    text: 'the file of the backup, {file}, is gone. Nothing was touched: take another backup',
  },
  BackupCorrupt: {
    status: 409,
    text: 'the file of the backup, {file}, is not what was written: {problem}. Nothing was touched: take another backup',
  },
  BackupTooNew: {
    status: 409,
    text: 'the data was written in version {found} of the RDB format, and the Redis of instance "{id}" reads {known}. Nothing was touched: restore it into an instance of a newer version',
  },
  BackupNotLoadable: {
    status: 409,
    text: 'the Redis of the instance does not take the data: {problem}. Restore another backup, or make a new instance whose Redis has what this one lacks',
  },
  BackupNotTaken: {
    status: 503,
    text: 'backup {id} of instance "{instance}" failed: {problem}. Nothing else is affected: take another one',
  },
  BackupJobExists: {
    status: 409,
    text: 'instance "{id}" is being backed up already ({backup}). Wait until that one is there',
  },
  BackupLimitExceeded: {
    status: 403,
    text: 'instance "{id}" had {limit} backups that were asked for today, and no more are possible. The day is that of UTC',
  },
  BackupNotDeletable: {
    status: 409,
    text: 'backup "{id}" cannot be deleted: {problem}. Only those that were asked for can, and only when nothing goes on with them',
  },
  BackupNotUsable: {
    status: 409,
    text: 'backup "{id}" cannot be used: {problem}. "backup list" shows those that can',
  },
  NoBackupBefore: {
    status: 404,
    text: 'instance "{id}" has no good backup of {at} or before. "backup list" shows what there is',
  },
  ClassTooSmallForBackup: {
    status: 403,
    text: 'class {instanceClass} is too small for backup "{id}": it was taken of {needed}. Take a class at least as large',
  },
  TaskConflict: {
    status: 409,
    text: '{action} is not possible for instance "{id}" now: it is {operation}. Try again when that is over',
  },
} as const satisfies Record<string, ErrorRow>;
