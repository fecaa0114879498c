/** What goes wrong with backups because somebody wants to see it: nobody guarantees them (3.1.11). */
import type { Draft } from './draft.js';
import { invalidInput } from './errors.js';
import { factsOf } from './state-facts.js';

/** What a backup that goes wrong does. */
export const FAILURE_KINDS = {
  fails: 'nothing comes of it',
  late: 'a daily one begins later',
  incomplete: 'its data ends before it is whole',
  checksum: 'its data does not match its checksum',
} as const;
export type FailureKind = keyof typeof FAILURE_KINDS;

/** Which of the backups of an instance go wrong from now on. */
export interface BackupFailure {
  readonly id: string;
  readonly instanceId: string;
  readonly kind: FailureKind;
  /** How late (ms); 0 where the kind is another one. */
  readonly lateMs: number;
  /** Of the next backups, as many as are left; null: by the rate. */
  readonly left: number | null;
  /** Of all backups, this share (0 to 1), drawn from the seed; null: by count. */
  readonly rate: number | null;
  readonly seed: number;
  /** How many were drawn. */
  readonly drawn: number;
}

export type FailureRequest = Pick<
  BackupFailure,
  'instanceId' | 'kind' | 'lateMs' | 'left' | 'rate' | 'seed'
>;

/** Returns its id. Throws InstanceNotFound, InvalidInput. */
export function planFailure(draft: Draft, request: FailureRequest): string {
  const { instanceId, kind, lateMs, left, rate, seed } = request;
  const instance = draft.instance(instanceId);
  if (factsOf(instance).backend !== 'up') {
    throw invalidInput(
      'instance',
      instanceId,
      `is ${instance.state}`,
      'Name one that is backed up',
    );
  }
  if ((kind === 'late') !== lateMs > 0) {
    const wayOut = 'Give --late with --kind late, such as 2h, and leave it out with the others';
    throw invalidInput('late', lateMs, `does not go with ${kind}`, wayOut);
  }
  const id = draft.nextId('backupFailures');
  draft.putRecord('backupFailures', { id, ...request, drawn: 0 });
  const which =
    rate === null
      ? `the next ${left === 1 ? 'one' : String(left)}`
      : `${String(rate * 100)} % of them (seed ${String(seed)})`;
  draft.event({
    type: 'backup-failure-planned',
    ...{ accountId: instance.accountId, instanceId, clause: '3.1.11' },
    text: `${id}: backups of ${instanceId} will go wrong, ${which}: ${FAILURE_KINDS[kind]}`,
    data: { plan: id, kind },
  });
  return id;
}

/** Backups are taken as usual again. Throws RecordNotFound. */
export function cancelFailure(draft: Draft, id: string): void {
  const { instanceId } = draft.record('backupFailures', id);
  draft.removeRecord('backupFailures', id);
  draft.event({
    type: 'backup-failure-cancelled',
    ...{ accountId: draft.instance(instanceId).accountId, instanceId, clause: '3.1.11' },
    text: `${id}: backups of ${instanceId} are taken as usual again`,
    data: { plan: id },
  });
}

/** What goes wrong with the backup that begins now; null: nothing. One that is asked for is never late. Each plan is asked in the order of planning until one says so. */
export function nextFailure(
  draft: Draft,
  instanceId: string,
  mode: 'Automated' | 'Manual',
): Pick<BackupFailure, 'kind' | 'lateMs'> | null {
  if (!draft.world.records.backupFailures) return null;
  for (const plan of draft.records('backupFailures')) {
    if (plan.instanceId !== instanceId) continue;
    if (mode === 'Manual' && plan.kind === 'late') continue;
    const drawn = plan.drawn + 1;
    const left = plan.left === null ? null : plan.left - 1;
    if (left === 0) draft.removeRecord('backupFailures', plan.id);
    else draft.putRecord('backupFailures', { ...plan, drawn, left });
    if (plan.rate === null || shareOf(plan.seed, plan.drawn) < plan.rate) return plan;
  }
  return null;
}

/** The same number from 0 to 1, without 1, for the same seed and place (mulberry32, after a mix of both). */
function shareOf(seed: number, place: number): number {
  let t = (Math.imul(seed ^ (place + 1), 0x9e3779b1) + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
