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
} as const satisfies Record<string, ErrorRow>;
