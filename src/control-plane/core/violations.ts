/** What the customer promised not to do, and did; and what the vendor does about it (3.1.3, 3.1.3.12). */
import { comeDown } from './abuse-steps.js';
import { move } from './billing.js';
import { instanceInService, requireCaseState } from './case-states.js';
import type { Draft } from './draft.js';
import type { Instant } from './duration.js';
import { transitionOf } from './lifecycle.js';
import { sendNotice } from './notices.js';
import { endInstance } from './endings.js';
import { termsOf } from './state-facts.js';
import { resume, suspend } from './suspension.js';

export const VIOLATIONS = {
  spam: { clause: '3.1.3.4', says: 'spam or unsolicited advertisements' },
  'disk-rental': { clause: '3.1.3.5', says: 'its space was rented out as disk space' },
  'forbidden-content': { clause: '3.1.3.6', says: 'forbidden content' },
  abuse: { clause: '3.1.3.7', says: 'an unreasonable load' },
  attacks: { clause: '3.1.3.8', says: 'attacks on others from it' },
  harm: { clause: '3.1.3.10', says: 'harm to the vendor or others' },
} as const satisfies Record<string, { readonly clause: string; readonly says: string }>;
export type ViolationKind = keyof typeof VIOLATIONS;

/** `delete`: the data goes at once, too ("deletion of corresponding information"). */
export const VIOLATION_MEASURES = ['suspend', 'terminate', 'delete'] as const;
export type ViolationMeasure = (typeof VIOLATION_MEASURES)[number];

/** Of every measure because of a violation or a complaint. */
export const CLAUSE_MEASURES = '3.1.3.12';

export interface Violation {
  readonly id: string;
  readonly instanceId: string;
  readonly kind: ViolationKind;
  readonly clause: string;
  readonly measure: ViolationMeasure;
  /** `acted-on`: for good. */
  readonly state: 'in-force' | 'lifted' | 'acted-on';
  readonly reportedAt: Instant;
  readonly liftedAt: Instant | null;
}

/** Acts at once. Without a measure, by the instance's terms. `liftedBy`: what ends it, where the vendor is not needed. Throws InstanceNotFound, IncorrectDBInstanceState. */
export function reportViolation(
  draft: Draft,
  instanceId: string,
  kind: ViolationKind,
  asked?: ViolationMeasure,
  liftedBy?: string,
): string {
  const { accountId, terms } = instanceInService(draft, instanceId, 'ReportViolation');
  const { clause, says } = VIOLATIONS[kind];
  const measure = asked ?? termsOf(terms).violation.leadsTo;
  const id = draft.nextId('violations');
  const state = measure === 'suspend' ? 'in-force' : 'acted-on';
  const row = { id, instanceId, kind, clause, measure, state, reportedAt: draft.at } as const;
  draft.putRecord('violations', { ...row, liftedAt: null });
  draft.event({
    type: 'violation-reported',
    ...{ accountId, instanceId, clause },
    text: `${id}: ${instanceId} is in violation: ${says}`,
    data: { violation: id, kind, measure },
  });
  sendNotice(draft, { kind: 'measure', accountId, instanceId, text: `${says}: ${measure}` });
  MEASURES[measure](draft, instanceId, {
    causeId: id,
    reason: says,
    liftedBy: liftedBy ?? `violation lift ${id}`,
  });
  return id;
}

/** Throws RecordNotFound, IncorrectCaseState. */
export function liftViolation(draft: Draft, id: string): void {
  const violation = draft.record('violations', id);
  requireCaseState(violation, 'LiftViolation', ['in-force']);
  draft.putRecord('violations', { ...violation, state: 'lifted', liftedAt: draft.at });
  const { instanceId, clause } = violation;
  const { accountId } = draft.instance(instanceId);
  const text = `${id} was lifted`;
  draft.event({ type: 'violation-lifted', accountId, instanceId, clause, text });
  resume(draft, instanceId, id, text);
  comeDown(draft, id);
}

/** What it is about, and what takes it back. */
export interface Cause {
  readonly causeId: string;
  readonly reason: string;
  readonly liftedBy: string;
}

/** What can be done to an instance because of a violation or a complaint. */
export const MEASURES: Readonly<
  Record<ViolationMeasure, (draft: Draft, instanceId: string, cause: Cause) => void>
> = {
  suspend: (draft, instanceId, cause) => {
    suspend(draft, instanceId, { ...cause, clause: CLAUSE_MEASURES });
  },
  // Its data is kept as after every early end (4.3); nothing is refunded (7.2.2).
  terminate: (draft, instanceId) => endInstance(draft, instanceId, 'violation'),
  delete: (draft, instanceId) => {
    endInstance(draft, instanceId, 'violation');
    // Terms that keep nothing are through with it already.
    const { state } = draft.instance(instanceId);
    if (transitionOf(state, 'destroyed')) move(draft, instanceId, 'destroyed', CLAUSE_MEASURES);
  },
};
