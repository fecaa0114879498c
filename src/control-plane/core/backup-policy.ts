/**
 * When an instance is backed up by itself, and for how long that is kept (ModifyBackupPolicy): a window of an hour,
 * on the hour, on some days of the week. The backup begins when its window does, so that two runs of the same story
 * have it at the same instant.
 */
import type { Draft } from './draft.js';
import { DAY_MS, formatInstant, HOUR_MS, type Instant } from './duration.js';
import { invalidInput } from './errors.js';
import { classOf } from './instance-classes.js';
import { changeableInstance } from './instance-changes.js';
import { factsOf } from './state-facts.js';
import type { Instance } from './world.js';

/** As the vendor writes them (PreferredBackupPeriod), in the order of the week. */
export const WEEKDAYS = [
  ...['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
] as const satisfies readonly string[];
/** The first of January 1970 was a Thursday. */
const FIRST_WEEKDAY = 3;

export interface BackupPolicy {
  /** null: as the class has it. */
  readonly enabled: boolean | null;
  /** The hour of UTC at which the window begins, 0 to 23. */
  readonly hour: number;
  /** Of WEEKDAYS, in their order. */
  readonly days: readonly string[];
  /** Of the backups that are taken under it. */
  readonly retentionDays: number;
  /** Windows from then on are by it. */
  readonly since: Instant;
}

/** What an instance has of backups, besides their records. */
export interface BackupStanding {
  readonly policy: BackupPolicy;
  /** When a daily one was last tried; null: never. */
  readonly triedAt: Instant | null;
  /** The newest good one that there is; null: none. */
  readonly lastGood: string | null;
  /** The one that is being taken. */
  readonly running: string | null;
}

/** ModifyBackupPolicy: 7 to 730 days. */
export const RETENTION_DAYS = { least: 7, most: 730 } as const;
/** The vendor's own, and Terraform's (`backup_time`). */
export const DEFAULT_BACKUP_POLICY: BackupPolicy = {
  enabled: null,
  hour: 2,
  days: WEEKDAYS,
  retentionDays: RETENTION_DAYS.least,
  since: 0,
};
export const BACKUP_WINDOW_MS = HOUR_MS;

export function backupsFrom(since: Instant, enabled: boolean | null = null): BackupStanding {
  const policy = { ...DEFAULT_BACKUP_POLICY, enabled, since };
  return { policy, triedAt: null, lastGood: null, running: null };
}

/** `02:00Z-03:00Z`: on the hour, and an hour. Throws InvalidInput. */
export function backupHourOf(text: string): number {
  const hours = /^(\d\d):00Z-(\d\d):00Z$/.exec(text)?.slice(1).map(Number) ?? [];
  const [from = NaN, to = NaN] = hours;
  if (from <= 23 && to === (from + 1) % 24) return from;
  const wayOut = 'Give an hour of UTC that begins on the hour, such as 02:00Z-03:00Z';
  throw invalidInput('preferredBackupTime', text, 'is not a window for backups', wayOut);
}

export function backupTimeOf({ hour }: BackupPolicy): string {
  const shown = (of: number) => `${String(of % 24).padStart(2, '0')}:00Z`;
  return `${shown(hour)}-${shown(hour + 1)}`;
}

/** `Monday,Friday`. Throws InvalidInput. */
export function backupDaysOf(text: string): readonly string[] {
  const given = text.split(',').map((day) => day.trim());
  const unknown = given.find((day) => !(WEEKDAYS as readonly string[]).includes(day));
  if (unknown === undefined) return WEEKDAYS.filter((day) => given.includes(day));
  const wayOut = `Give days of the week by comma, of ${WEEKDAYS.join(', ')}`;
  throw invalidInput('preferredBackupPeriod', text, `has no day "${unknown}"`, wayOut);
}

/** Whether daily backups are taken: its state, its class and its policy all say so. */
export function isBackedUp(instance: Instance): boolean {
  const { enabled } = instance.backups.policy;
  const byClass = classOf(instance.instanceClass).backups;
  return factsOf(instance).backedUp && (enabled ?? byClass);
}

/** When the next daily one begins; null where none is taken. */
export function nextBackupAt(instance: Instance): Instant | null {
  if (instance.createdAt === null || !isBackedUp(instance)) return null;
  const { policy, triedAt } = instance.backups;
  const from = Math.max(instance.since, policy.since, (triedAt ?? 0) + 1);
  let at = Math.floor(from / DAY_MS) * DAY_MS + policy.hour * HOUR_MS;
  if (at < from) at += DAY_MS;
  while (!policy.days.includes(weekdayOf(at))) at += DAY_MS;
  return at;
}

/** From the next window on. Throws InstanceNotFound, IncorrectDBInstanceState. */
export function changeBackupPolicy(
  draft: Draft,
  id: string,
  wanted: Partial<Omit<BackupPolicy, 'since'>>,
): void {
  const instance = changeableInstance(draft, id, 'ModifyBackupPolicy');
  const policy = { ...instance.backups.policy, ...wanted, since: draft.at };
  const changed = { ...instance, backups: { ...instance.backups, policy } };
  draft.put({ instance: changed });
  const next = nextBackupAt(changed);
  const when = next === null ? 'no daily backups' : `the next one at ${formatInstant(next)}`;
  draft.event({
    type: 'backup-policy-changed',
    ...{ accountId: instance.accountId, instanceId: id, clause: '3.1.11' },
    text: `backup policy of ${id}: ${backupTimeOf(policy)} on ${policy.days.join(', ')}, kept for ${String(policy.retentionDays)} days, ${when}`,
    data: {
      preferredBackupTime: backupTimeOf(policy),
      preferredBackupPeriod: policy.days.join(','),
      backupRetentionPeriod: String(policy.retentionDays),
    },
  });
}

function weekdayOf(at: Instant): string {
  return WEEKDAYS[(Math.floor(at / DAY_MS) + FIRST_WEEKDAY) % WEEKDAYS.length] ?? '';
}
