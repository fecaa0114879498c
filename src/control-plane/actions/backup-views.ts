/** What the API shows of backups. */
import { Type, type Static } from 'typebox';
import { FAILURE_KINDS, type BackupFailure } from '../core/backup-failures.js';
import { backupTimeOf, isBackedUp, nextBackupAt } from '../core/backup-policy.js';
import type { Backup } from '../core/backup-record.js';
import { formatDuration, formatInstant, type Instant } from '../core/duration.js';
import type { Instance, World } from '../core/world.js';
import { instant, nullable } from './view-fields.js';

export const backupView = Type.Object(
  {
    id: Type.String({ description: 'What other actions call it' }),
    instanceId: Type.String({ description: 'Whose data it has' }),
    mode: Type.String({ description: 'Automated or Manual' }),
    purpose: Type.String({ description: 'daily, asked for, before a restore, or imported' }),
    state: Type.String({ description: 'late, running, success or failed' }),
    problem: nullable(Type.String({ description: 'Why it failed' })),
    startedAt: instant('It has the data of this moment; of a late one, when it begins'),
    endedAt: nullable(instant('When it came to its end')),
    realMs: nullable(
      Type.Integer({
        description: 'How long Redis and the disk took for it, in real milliseconds',
      }),
    ),
    realAt: nullable(
      instant("When it began by the machine's clock; null where Redis had nothing to do"),
    ),
    bytes: nullable(Type.Integer({ description: 'Of its file' })),
    keys: nullable(Type.Integer({ description: 'In its file, of all databases' })),
    expires: nullable(Type.Integer({ description: 'Keys of them with an expiry' })),
    sha256: nullable(Type.String({ description: 'Of its file' })),
    file: nullable(Type.String({ description: 'Its file: backups of unchanged data share one' })),
    unchanged: Type.Boolean({ description: 'Nothing had changed since the one before' }),
    redisVersion: nullable(Type.String({ description: 'Of the Redis that wrote its file' })),
    rdbVersion: nullable(
      Type.Integer({ description: 'Of the format: an older Redis does not read it' }),
    ),
    instanceClass: Type.String({
      description: 'Of the instance then: a restore needs one as large',
    }),
    retentionDays: Type.Integer({
      description: 'How long it is kept; -1: as long as its instance',
    }),
    keptUntil: nullable(instant('When it is deleted by itself')),
  },
  { title: 'A backup' },
);
export type BackupView = Static<typeof backupView>;

export function viewBackup(backup: Backup): BackupView {
  const { file } = backup;
  return {
    id: backup.id,
    instanceId: backup.instanceId,
    mode: backup.mode,
    purpose: backup.purpose,
    state: backup.state,
    problem: backup.problem,
    startedAt: formatInstant(backup.startedAt),
    endedAt: maybe(backup.endedAt),
    realMs: backup.realMs,
    realAt: maybe(backup.realAt ?? null),
    bytes: file && file.bytes,
    keys: file && file.keys,
    expires: file && file.expires,
    sha256: file && file.sha256,
    file: file && `${file.fileId}.rdb`,
    unchanged: backup.unchanged,
    redisVersion: file && file.redisVersion,
    rdbVersion: file && file.rdbVersion,
    instanceClass: backup.instanceClass,
    retentionDays: backup.retentionDays,
    keptUntil: maybe(backup.keptUntil),
  };
}

/** Of an instance. */
export const BACKUP_FIELDS = {
  lastBackup: nullable(
    Type.Object(
      {
        id: Type.String(),
        startedAt: instant('Whose data it has'),
        age: Type.String({ description: 'How old that is' }),
      },
      {
        description:
          'The newest good one: its id, the moment of its data, and how long ago that is',
      },
    ),
  ),
  nextBackup: nullable(instant('When the next daily one begins')),
};

export const backupPolicyView = Type.Object(
  {
    instanceId: Type.String({ description: 'Whose policy it is' }),
    enabled: Type.Boolean({ description: 'Whether daily backups are taken now' }),
    preferredBackupTime: Type.String({ description: 'The window, UTC: they begin when it does' }),
    preferredBackupPeriod: Type.String({ description: 'The days of the week, by comma' }),
    backupRetentionPeriod: Type.Integer({ description: 'For how many days they are kept' }),
    preferredNextBackupTime: nullable(instant('When the next one begins')),
    lastBackup: BACKUP_FIELDS.lastBackup,
  },
  { title: 'A backup policy' },
);
export type BackupPolicyView = Static<typeof backupPolicyView>;

export function viewBackupPolicy(instance: Instance, world: World, now: Instant): BackupPolicyView {
  const { policy, lastGood } = instance.backups;
  const last = world.records.backups?.get(lastGood ?? '');
  return {
    instanceId: instance.id,
    enabled: isBackedUp(instance),
    preferredBackupTime: backupTimeOf(policy),
    preferredBackupPeriod: policy.days.join(','),
    backupRetentionPeriod: policy.retentionDays,
    preferredNextBackupTime: maybe(nextBackupAt(instance)),
    lastBackup: last
      ? {
          id: last.id,
          startedAt: formatInstant(last.startedAt),
          age: formatDuration(now - last.startedAt),
        }
      : null,
  };
}

export const backupFailureView = Type.Object(
  {
    id: Type.String({ description: 'What other actions call it' }),
    instanceId: Type.String({ description: 'Whose backups go wrong' }),
    kind: Type.String({
      description: Object.entries(FAILURE_KINDS)
        .map(([kind, does]) => `${kind}: ${does}`)
        .join('; '),
    }),
    late: nullable(Type.String({ description: 'How late they begin' })),
    left: nullable(Type.Integer({ description: 'How many of the next ones; null: by the rate' })),
    rate: nullable(Type.Number({ description: 'The share of all, 0 to 1; null: by count' })),
    seed: Type.Integer({ description: 'Of the rate: the same one gives the same story' }),
  },
  { title: 'A planned failure' },
);
export type BackupFailureView = Static<typeof backupFailureView>;

export function viewBackupFailure(plan: BackupFailure): BackupFailureView {
  const { id, instanceId, kind, lateMs, left, rate, seed } = plan;
  return {
    id,
    instanceId,
    kind,
    late: lateMs === 0 ? null : formatDuration(lateMs),
    left,
    rate,
    seed,
  };
}

function maybe(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}
