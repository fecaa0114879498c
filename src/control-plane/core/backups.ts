/**
 * Backups of an instance's data: daily ones by its policy, and those that its customer asks for. Nobody promises them
 * (3.1.11): one that fails says so, the next one is tried as usual, and nothing is owed for it. Here is what is
 * decided; who takes them is ../backup-taker.ts.
 */
import { assertThat } from './assert.js';
import {
  BACKUP_WINDOW_MS,
  isBackedUp,
  nextBackupAt,
  type BackupStanding,
} from './backup-policy.js';
import { nextFailure } from './backup-failures.js';
import {
  CLAUSE_BACKUPS,
  isAsUsual,
  KEPT_FOREVER,
  numbersOf,
  keysOf,
  type Backup,
  type BackupFile,
  type Taken,
} from './backup-record.js';
import type { Due } from './deadlines.js';
import type { Draft } from './draft.js';
import { DAY_MS, formatDuration, formatInstant } from './duration.js';
import { SimulatorError } from './errors.js';
import { changeableInstance } from './instance-changes.js';
import { STATES } from './lifecycle.js';
import { factsOf } from './state-facts.js';
import type { Instance } from './world.js';

/** Of one instance in one day of UTC (help page on backups). */
export const MANUAL_BACKUPS_A_DAY = 30;
/** A window has come. One that went by meanwhile is missed. */
export function takeDaily(draft: Draft, instanceId: string): void {
  const instance = draft.instance(instanceId);
  const window = nextBackupAt(instance);
  assertThat(window !== null, `${instanceId} is not backed up`);
  putStanding(draft, instanceId, { triedAt: draft.at });
  if (draft.at >= window + BACKUP_WINDOW_MS) return;
  const failure = nextFailure(draft, instanceId, 'Automated');
  const backup = begun(draft, instance, {
    ...{ mode: 'Automated', purpose: 'daily', planned: failure?.kind ?? null },
    retentionDays: instance.backups.policy.retentionDays,
  });
  if (failure?.kind !== 'late') {
    begin(draft, backup);
    return;
  }
  const startedAt = draft.at + failure.lateMs;
  draft.putRecord('backups', { ...backup, state: 'late', startedAt });
  const text = `daily backup of ${instanceId} is late: it begins at ${formatInstant(startedAt)}, ${formatDuration(failure.lateMs)} after its time`;
  tell(draft, backup, 'backup-late', text, { late: String(failure.lateMs) });
}

/** One that is late begins. */
export function beginLate(draft: Draft, id: string): void {
  const backup = draft.record('backups', id);
  if (isBackedUp(draft.instance(backup.instanceId))) begin(draft, backup);
  else failBackup(draft, id, 'the instance is not backed up any more');
}

/**
 * Returns its id; it is being taken, or it is there at once where nothing has changed. Throws InstanceNotFound,
 * IncorrectDBInstanceState, BackupJobExists, BackupLimitExceeded, TaskConflict.
 */
export function takeManually(
  draft: Draft,
  instanceId: string,
  retentionDays: number | null,
  purpose: 'asked for' | 'before a restore' = 'asked for',
): string {
  const instance = requireNoBackup(draft, instanceId, 'CreateBackup');
  const today = Math.floor(draft.at / DAY_MS);
  const ofToday = draft
    .records('backups')
    .filter((one) => one.instanceId === instanceId && one.purpose === 'asked for')
    .filter(({ startedAt }) => Math.floor(startedAt / DAY_MS) === today);
  if (purpose === 'asked for' && ofToday.length >= MANUAL_BACKUPS_A_DAY) {
    const limit = String(MANUAL_BACKUPS_A_DAY);
    throw new SimulatorError('BackupLimitExceeded', { id: instanceId, limit });
  }
  const planned = nextFailure(draft, instanceId, 'Manual')?.kind ?? null;
  const backup = begun(draft, instance, {
    ...{ mode: 'Manual', purpose, planned },
    retentionDays: retentionDays ?? instance.backups.policy.retentionDays,
  });
  begin(draft, backup);
  return backup.id;
}

/** Throws InstanceNotFound, IncorrectDBInstanceState, BackupJobExists, TaskConflict. */
export function requireNoBackup(draft: Draft, id: string, action: string): Instance {
  const instance = draft.instance(id);
  if (!factsOf(instance).backedUp) {
    const legal = STATES.filter((state) => factsOf({ ...instance, state }).backedUp).join(' or ');
    const details = { id, state: instance.state, action, legal };
    throw new SimulatorError('IncorrectDBInstanceState', details);
  }
  if (instance.backups.running !== null) {
    throw new SimulatorError('BackupJobExists', { id, backup: instance.backups.running });
  }
  requireNoRestore(instance, action);
  return instance;
}

/** Throws TaskConflict. */
export function requireNoRestore({ id, operation }: Instance, action: string): void {
  if (operation?.kind !== 'restoring') return;
  throw new SimulatorError('TaskConflict', { id, action, operation: operation.kind });
}

/**
 * A file of somebody else's, for as long as the policy keeps backups or as was asked. Returns its id. Throws
 * InstanceNotFound, IncorrectDBInstanceState.
 */
export function importBackup(
  draft: Draft,
  instanceId: string,
  file: BackupFile,
  retentionDays: number | null,
): string {
  const instance = changeableInstance(draft, instanceId, 'ImportBackup');
  const backup = begun(draft, instance, {
    ...{ mode: 'Manual', purpose: 'imported', planned: null },
    retentionDays: retentionDays ?? instance.backups.policy.retentionDays,
  });
  draft.putRecord('backups', concluded(draft, backup, { file, state: 'success' }));
  const text = `${backup.id} of ${instanceId} was imported: ${keysOf(file)}`;
  tell(draft, backup, 'backup-imported', text, { backup: backup.id, ...numbersOf(file) });
  return backup.id;
}

/** Its file is there whole. */
export function finishBackup(draft: Draft, id: string, taken: Taken): void {
  const backup = draft.record('backups', id);
  const { instanceId, mode, purpose } = backup;
  const { file, unchanged } = taken;
  draft.putRecord('backups', concluded(draft, backup, { ...taken, state: 'success' }));
  const standing = draft.instance(instanceId).backups;
  const running = standing.running === id ? null : standing.running;
  putStanding(draft, instanceId, { lastGood: id, running });
  const name = purpose === 'daily' ? 'daily backup' : `${id}, a backup ${purpose},`;
  const text = `${name} of ${instanceId}: ${unchanged ? 'its data has not changed, ' : ''}${keysOf(file)}`;
  // Those of every day say the same where nothing has changed, so that a story can tell them in one line.
  const which = purpose === 'daily' && unchanged ? {} : { backup: id };
  const data = { ...which, mode, ...numbersOf(file), unchanged: String(unchanged) };
  tell(draft, backup, 'backup-finished', text, data);
}

/** Nothing stops for it, and nothing is owed (3.1.11). */
export function failBackup(draft: Draft, id: string, problem: string): void {
  const backup = draft.record('backups', id);
  const { instanceId, mode, purpose } = backup;
  draft.putRecord('backups', concluded(draft, backup, { problem, state: 'failed' }));
  if (draft.instance(instanceId).backups.running === id) {
    putStanding(draft, instanceId, { running: null });
  }
  const what = purpose === 'daily' ? `daily backup of ${instanceId}` : `${id} of ${instanceId}`;
  tell(draft, backup, 'backup-failed', `${what} failed: ${problem}`, { backup: id, mode, problem });
}

/** Kept no longer. That the oldest daily one goes when a new one was taken is no news. */
export function expireBackup(draft: Draft, id: string): void {
  const backup = draft.record('backups', id);
  removeBackup(draft, backup);
  if (backup.mode === 'Automated') return;
  const text = `${id} of ${backup.instanceId} was kept until now, and is deleted`;
  tell(draft, backup, 'backup-expired', text, { backup: id });
}

/** By its customer: only those that were asked for (DeleteBackup). Throws RecordNotFound, BackupNotDeletable. */
export function deleteBackup(draft: Draft, id: string): void {
  const backup = draft.record('backups', id);
  const { instanceId, mode, state } = backup;
  const problem =
    state === 'running' ? 'it is being taken' : mode === 'Manual' ? null : 'it is a daily one';
  if (problem !== null) throw new SimulatorError('BackupNotDeletable', { id, problem });
  const { operation } = draft.instance(instanceId);
  if (operation?.restore?.backupId === id || operation?.restore?.safetyId === id) {
    throw new SimulatorError('BackupNotDeletable', { id, problem: 'it is being restored' });
  }
  removeBackup(draft, backup);
  tell(draft, backup, 'backup-deleted', `${id} of ${instanceId} was deleted`, { backup: id });
}

/** The instance is gone, and its backups with it (7.2.3.2). */
export function dropBackups(draft: Draft, instanceId: string): void {
  for (const table of ['backups', 'backupFailures'] as const) {
    for (const row of draft.records(table)) {
      if (row.instanceId === instanceId) draft.removeRecord(table, row.id);
    }
  }
  putStanding(draft, instanceId, { lastGood: null, running: null });
}

export function backupDeadlines({ state, startedAt, keptUntil }: Backup): Due[] {
  if (state === 'late') return [{ at: startedAt, kind: 'backup-begins' }];
  return keptUntil === null || state === 'running'
    ? []
    : [{ at: keptUntil, kind: 'backup-expires' }];
}

function begin(draft: Draft, backup: Backup): void {
  const { id, instanceId, planned } = backup;
  const { backups, operation } = draft.instance(instanceId);
  draft.putRecord('backups', { ...backup, state: 'running', startedAt: draft.at });
  if (planned === 'fails') failBackup(draft, id, 'it was planned to fail');
  else if (backups.running !== null) failBackup(draft, id, `${backups.running} is being taken`);
  else if (operation?.kind === 'restoring') failBackup(draft, id, 'the instance is being restored');
  else {
    const same = isAsUsual(planned) ? unchangedFile(draft, instanceId) : null;
    if (same) finishBackup(draft, id, { file: same, unchanged: true, realMs: null, realAt: null });
    else putStanding(draft, instanceId, { running: id });
  }
}

/** The file of the last good one, where nothing is known to have changed since. */
function unchangedFile(draft: Draft, instanceId: string): BackupFile | null {
  const { lastGood } = draft.instance(instanceId).backups;
  if (lastGood === null || !draft.known.unchanged.has(instanceId)) return null;
  return draft.record('backups', lastGood).file;
}

function begun(
  draft: Draft,
  instance: Instance,
  given: Pick<Backup, 'mode' | 'purpose' | 'retentionDays' | 'planned'>,
): Backup {
  const { id: instanceId, instanceClass } = instance;
  const { whitelist, parameters, password, passwordFree, databaseAccounts } = instance;
  return {
    ...{ id: draft.nextId('backups'), instanceId, instanceClass, ...given },
    ...{ state: 'running', startedAt: draft.at, endedAt: null, realMs: null, keptUntil: null },
    ...{ file: null, unchanged: false, problem: null },
    settings: { whitelist, parameters, password, passwordFree, databaseAccounts },
  };
}

function concluded(draft: Draft, backup: Backup, changed: Partial<Backup>): Backup {
  const { startedAt, retentionDays } = backup;
  const keptUntil = retentionDays === KEPT_FOREVER ? null : startedAt + retentionDays * DAY_MS;
  return { ...backup, ...changed, endedAt: draft.at, keptUntil };
}

function removeBackup(draft: Draft, { id, instanceId }: Backup): void {
  draft.removeRecord('backups', id);
  if (draft.instance(instanceId).backups.lastGood !== id) return;
  const others = draft
    .records('backups')
    .filter((one) => one.instanceId === instanceId && one.state === 'success')
    .filter(({ purpose }) => purpose !== 'imported');
  putStanding(draft, instanceId, { lastGood: others.at(-1)?.id ?? null });
}

function putStanding(draft: Draft, id: string, changed: Partial<BackupStanding>): void {
  const instance = draft.instance(id);
  // Field by field: see row-copies.ts.
  const { policy, triedAt, lastGood, running } = instance.backups;
  const backups = Object.assign({ policy, triedAt, lastGood, running }, changed);
  draft.put({ instance: { ...instance, backups } });
}

function tell(
  draft: Draft,
  { instanceId }: Pick<Backup, 'instanceId'>,
  type: Parameters<Draft['event']>[0]['type'],
  text: string,
  data: Readonly<Record<string, string>>,
): void {
  const { accountId } = draft.instance(instanceId);
  draft.event({ type, accountId, instanceId, clause: CLAUSE_BACKUPS, text, data });
}
