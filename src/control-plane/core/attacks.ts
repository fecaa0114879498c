/** An instance is attacked so that others suffer from it: the vendor may suspend or end it (7.2.4). */
import { instanceInService, requireCaseState } from './case-states.js';
import type { Draft } from './draft.js';
import type { Instant } from './duration.js';
import { sendNotice } from './notices.js';
import { endInstance } from './endings.js';
import { resume, suspend } from './suspension.js';

export const ATTACK_MEASURES = ['suspend', 'terminate'] as const;
export type AttackMeasure = (typeof ATTACK_MEASURES)[number];

const CLAUSE = '7.2.4';

export interface Attack {
  readonly id: string;
  readonly instanceId: string;
  readonly about: string;
  readonly measure: AttackMeasure;
  readonly state: 'going-on' | 'over';
  readonly beganAt: Instant;
  readonly endedAt: Instant | null;
}

/**
 * Terminated, it is billed to that instant, and what was paid ahead is not refunded.
 * Throws InstanceNotFound, IncorrectDBInstanceState.
 */
export function reportAttack(
  draft: Draft,
  { instanceId, about, measure }: Pick<Attack, 'instanceId' | 'about' | 'measure'>,
): string {
  const { accountId } = instanceInService(draft, instanceId, 'ReportAttack');
  const id = draft.nextId('attacks');
  const isOver = measure === 'terminate';
  const times = { beganAt: draft.at, endedAt: isOver ? draft.at : null };
  const state = isOver ? 'over' : 'going-on';
  draft.putRecord('attacks', { id, instanceId, about, measure, state, ...times });
  draft.event({
    type: 'attack-reported',
    ...{ accountId, instanceId, clause: CLAUSE },
    text: `${id}: ${instanceId} is under attack: ${about}`,
    data: { attack: id, measure },
  });
  const told = { accountId, instanceId, clause: CLAUSE };
  sendNotice(draft, { kind: 'measure', ...told, text: `it is under attack: ${measure}` });
  if (isOver) endInstance(draft, instanceId, 'attack');
  else {
    const cause = { causeId: id, reason: `it is under attack`, liftedBy: `attack end ${id}` };
    suspend(draft, instanceId, { ...cause, clause: CLAUSE });
  }
  return id;
}

/** Throws RecordNotFound, IncorrectCaseState. */
export function endAttack(draft: Draft, id: string): void {
  const attack = draft.record('attacks', id);
  requireCaseState(attack, 'EndAttack', ['going-on']);
  draft.putRecord('attacks', { ...attack, state: 'over', endedAt: draft.at });
  const { instanceId } = attack;
  const { accountId } = draft.instance(instanceId);
  const text = `${id} is over`;
  draft.event({ type: 'attack-ended', accountId, instanceId, clause: CLAUSE, text });
  resume(draft, instanceId, id, `${id} is over`);
}
