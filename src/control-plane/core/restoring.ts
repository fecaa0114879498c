/**
 * A backup's data becomes that of an instance: of the one that it was taken of, or of a new one. Until all of it is
 * there nobody is served; who brings it there, as often as needed, is ../data-restorer.ts.
 */
import { assertThat } from './assert.js';
import {
  CLAUSE_BACKUPS,
  keysOf,
  type Backup,
  type BackupFile,
  type RecoverableSettings,
} from './backup-record.js';
import { requireNoBackup, takeManually } from './backups.js';
import { requestInstance, type InstanceRequest } from './decisions.js';
import type { Draft } from './draft.js';
import { formatInstant, type Instant } from './duration.js';
import { SimulatorError } from './errors.js';
import { changeableInstance } from './instance-changes.js';
import { classOf } from './instance-classes.js';
import type { World } from './world.js';

/** What can be taken over besides the data, when it is asked for (RecoverConfigMode). */
export const RECOVERABLE = {
  whitelist: ['whitelist'],
  config: ['parameters'],
  account: ['password', 'passwordFree', 'databaseAccounts'],
} as const satisfies Record<string, readonly (keyof RecoverableSettings)[]>;
export type Recoverable = keyof typeof RECOVERABLE;

/** Of an operation: whose data it brings. */
export interface Restore {
  readonly backupId: string;
  /** What there was before; null: nothing that anybody could miss. The same as `backupId`: it is what comes back. */
  readonly safetyId: string | null;
}

/** Good and whole, as far as its record says. */
export type GoodBackup = Backup & { readonly file: BackupFile };

/** Throws RecordNotFound, BackupNotUsable. */
export function goodBackup(draft: Draft, id: string): GoodBackup {
  const backup = draft.record('backups', id);
  const { state, problem, file } = backup;
  if (file !== null) return { ...backup, file };
  const details = { id, problem: problem === null ? `it is ${state}` : `it failed: ${problem}` };
  throw new SimulatorError('BackupNotUsable', details);
}

/** The newest good one of the data of that time. Throws InstanceNotFound, NoBackupBefore. */
export function backupBefore(draft: Draft, instanceId: string, at: Instant): GoodBackup {
  draft.instance(instanceId);
  const before = draft
    .records('backups')
    .filter((one) => one.instanceId === instanceId && one.file !== null)
    .filter(({ startedAt, purpose }) => startedAt <= at && purpose !== 'imported');
  const newest = before.reduce<Backup | undefined>(
    (found, one) => (found && found.startedAt > one.startedAt ? found : one),
    undefined,
  );
  if (newest) return goodBackup(draft, newest.id);
  throw new SimulatorError('NoBackupBefore', { id: instanceId, at: formatInstant(at) });
}

/** Throws ClassTooSmallForBackup. */
export function requireRoomFor(backup: Backup, instanceClass: string): void {
  if (classOf(instanceClass).memoryBytes >= classOf(backup.instanceClass).memoryBytes) return;
  const { id, instanceClass: needed } = backup;
  throw new SimulatorError('ClassTooSmallForBackup', { id, instanceClass, needed });
}

/**
 * Whether it could begin. Throws InstanceNotFound, RecordNotFound, IncorrectDBInstanceState, BackupJobExists,
 * TaskConflict, BackupNotUsable, ClassTooSmallForBackup.
 */
export function requireRestorable(draft: Draft, instanceId: string, backupId: string): GoodBackup {
  const instance = changeableInstance(draft, instanceId, 'RestoreInstance');
  // One that could not be brought there may be given up for another one.
  if (instance.operation?.kind !== 'restoring')
    requireNoBackup(draft, instanceId, 'RestoreInstance');
  const other = instance.operation?.kind;
  if (other !== undefined && other !== 'restoring') {
    const details = { id: instanceId, action: 'RestoreInstance', operation: other };
    throw new SimulatorError('TaskConflict', details);
  }
  const backup = goodBackup(draft, backupId);
  if (backup.instanceId !== instanceId) {
    const problem = `it is a backup of ${backup.instanceId}; "instance create --from-backup ${backupId}" makes a new instance of it`;
    throw new SimulatorError('BackupNotUsable', { id: backupId, problem });
  }
  requireRoomFor(backup, instance.instanceClass);
  return backup;
}

/**
 * Clients are disconnected, and nobody is served until it ends. Before anything is touched, a backup is taken of what
 * there is, where that is wanted, and where it is not half replaced already. Throws what requireRestorable throws.
 */
export function beginRestore(
  draft: Draft,
  instanceId: string,
  backupId: string,
  wantsSafety: boolean,
): void {
  const backup = requireRestorable(draft, instanceId, backupId);
  const given = draft.instance(instanceId).operation?.restore;
  const taken = () =>
    wantsSafety ? takeManually(draft, instanceId, null, 'before a restore') : null;
  // Of what there was before the one that is given up, not of what it left half.
  const safetyId = given ? given.safetyId : taken();
  const restore: Restore = { backupId, safetyId };
  const instance = draft.instance(instanceId);
  const operation = { kind: 'restoring', since: draft.at, writesRefused: true, restore } as const;
  draft.put({ instance: { ...instance, operation, generation: instance.generation + 1 } });
  const before = given ? 'has what there was before' : 'is taken of what there is before that';
  const safety = safetyId === null ? '' : `; ${safetyId} ${before}`;
  draft.event({
    type: 'restore-began',
    ...{ accountId: instance.accountId, instanceId, clause: CLAUSE_BACKUPS },
    text: `${instanceId} is restored from ${backupId}, the data of ${formatInstant(backup.startedAt)}${safety}`,
    data: { backup: backupId, ...(safetyId === null ? {} : { safety: safetyId }) },
  });
}

/** What there is could not be backed up: it is left as it is, and served again. */
export function cancelRestore(draft: Draft, instanceId: string, problem: string): void {
  const instance = draft.instance(instanceId);
  const backupId = instance.operation?.restore?.backupId ?? '';
  draft.put({ instance: { ...instance, operation: null } });
  draft.event({
    type: 'restore-failed',
    ...{ accountId: instance.accountId, instanceId, clause: CLAUSE_BACKUPS },
    text: `${instanceId} is not restored from ${backupId}: ${problem}; nothing was touched`,
    data: { backup: backupId, problem },
  });
}

/** All of it is there. */
export function completeRestore(draft: Draft, instanceId: string, keys: number): void {
  const instance = draft.instance(instanceId);
  const backupId = instance.operation?.restore?.backupId;
  assertThat(backupId !== undefined, `${instanceId} is not being restored`);
  draft.put({ instance: { ...instance, operation: null } });
  draft.event({
    type: 'restore-finished',
    ...{ accountId: instance.accountId, instanceId, clause: CLAUSE_BACKUPS },
    text: `${instanceId} has the data of ${backupId}: ${keysOf({ keys })}`,
    data: { backup: backupId, keys: String(keys) },
  });
}

/** Its file turned out to be of no use: what there was before comes back. */
export function fallBack(draft: Draft, instanceId: string, problem: string): void {
  const instance = draft.instance(instanceId);
  const restore = instance.operation?.restore;
  const { backupId, safetyId = null } = restore ?? {};
  assertThat(
    instance.operation !== null && backupId !== undefined && safetyId !== null,
    `${instanceId} has nothing to fall back on`,
  );
  const operation = { ...instance.operation, restore: { backupId: safetyId, safetyId } };
  draft.put({ instance: { ...instance, operation } });
  draft.event({
    type: 'restore-failed',
    ...{ accountId: instance.accountId, instanceId, clause: CLAUSE_BACKUPS },
    text: `${instanceId} cannot have the data of ${backupId} (${problem}): what there was comes back from ${safetyId}`,
    data: { backup: backupId, safety: safetyId, problem },
  });
}

/** Which backup's file is being brought to an instance; null: none. */
export function restoreOf(world: World, instanceId: string): Restore | null {
  return world.instances.get(instanceId)?.operation?.restore ?? null;
}

/**
 * A new instance with the data of a backup; of everything else it is as a new instance is, but for what is recovered.
 * Throws what requestInstance throws, and RecordNotFound, BackupNotUsable, ClassTooSmallForBackup.
 */
export function requestFromBackup(
  draft: Draft,
  request: InstanceRequest,
  { backupId, recover }: { readonly backupId: string; readonly recover: readonly Recoverable[] },
): string {
  const backup = goodBackup(draft, backupId);
  const into = requestInstance(draft, request);
  const instance = draft.instance(into);
  requireRoomFor(backup, instance.instanceClass);
  const names = recover.flatMap(
    (part): readonly (keyof RecoverableSettings)[] => RECOVERABLE[part],
  );
  const recovered = Object.fromEntries(names.map((name) => [name, backup.settings[name]]));
  const restore = { backupId, safetyId: null };
  const operation = { kind: 'restoring', since: draft.at, writesRefused: true, restore } as const;
  draft.put({ instance: { ...instance, ...recovered, operation } });
  draft.event({
    type: 'restore-began',
    ...{ accountId: instance.accountId, instanceId: into, clause: CLAUSE_BACKUPS },
    text: `${into} is made with ${backupId}, the data of ${backup.instanceId} of ${formatInstant(backup.startedAt)}`,
    data: { backup: backupId, from: backup.instanceId },
  });
  return into;
}
