/** Backups for people. */
import type {
  BackupFailureView,
  BackupPolicyView,
  BackupView,
} from '../control-plane/actions/backup-views.js';
import { table } from './table.js';

export const BACKUP_RENDERERS = {
  CreateBackup: backupLine,
  ImportBackup: backupLine,
  DescribeBackups: ({ backups }: { backups: readonly BackupView[] }) => backupTable(backups),
  DeleteBackup: ({ deleted }: { deleted: string }) => `${deleted} is deleted`,
  DescribeBackupPolicy: policyLines,
  ModifyBackupPolicy: policyLines,
  PlanBackupFailure: failureLine,
  ListBackupFailures: ({ failures }: { failures: readonly BackupFailureView[] }) =>
    failures.map(failureLine).join('\n') || 'nothing is planned to go wrong',
  CancelBackupFailure: ({ cancelled }: { cancelled: string }) =>
    `${cancelled}: backups are taken as usual`,
};

/** `bk-3, 22h old (2026-01-10T02:00:00Z)`. */
export function lastBackupLine(last: BackupPolicyView['lastBackup']): string {
  return last === null ? 'none' : `${last.id}, ${last.age} old (${last.startedAt})`;
}

function backupLine(one: BackupView): string {
  const kept = one.keptUntil === null ? 'as long as its instance' : `until ${one.keptUntil}`;
  return `${one.id} of ${one.instanceId}: ${sizeOf(one)}, kept ${kept}`;
}

function sizeOf({ bytes, keys, problem, state }: BackupView): string {
  if (bytes === null) return problem ?? state;
  return `${String(bytes)} bytes, ${String(keys)} ${keys === 1 ? 'key' : 'keys'}`;
}

function backupTable(backups: readonly BackupView[]): string {
  if (backups.length === 0)
    return 'no backups yet; take one with: frostgate backup take <instance>';
  return table(
    ['ID', 'INSTANCE', 'DATA OF', 'WHAT FOR', 'STATE', 'SIZE', 'KEPT UNTIL'],
    backups.map((one) => [
      one.id,
      one.instanceId,
      one.startedAt,
      one.purpose,
      one.unchanged ? `${one.state}, unchanged` : one.state,
      sizeOf(one),
      one.keptUntil ?? '-',
    ]),
  );
}

function policyLines(policy: BackupPolicyView): string {
  const { enabled, preferredBackupTime, preferredBackupPeriod, backupRetentionPeriod } = policy;
  const taken = enabled
    ? `${preferredBackupTime} on ${preferredBackupPeriod.replaceAll(',', ', ')}, kept for ${String(backupRetentionPeriod)} days`
    : 'not taken';
  return [
    `daily backups of ${policy.instanceId}: ${taken}`,
    `next: ${policy.preferredNextBackupTime ?? 'none'}`,
    `last good one: ${lastBackupLine(policy.lastBackup)}`,
  ].join('\n');
}

function failureLine({ id, instanceId, kind, left, rate, seed, late }: BackupFailureView): string {
  const which =
    rate === null
      ? `the next ${left === 1 ? 'one' : String(left)}`
      : `${String(rate * 100)} % of them (seed ${String(seed)})`;
  return `${id} of ${instanceId}: ${kind}${late === null ? '' : ` by ${late}`}, ${which}`;
}
