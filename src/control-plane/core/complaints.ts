/** Somebody complains of an instance: its customer is told, and has to answer in time (3.1.3.12). */
import { instanceInService, requireCaseState } from './case-states.js';
import type { Due } from './deadlines.js';
import type { Draft } from './draft.js';
import { formatInstant, type Instant } from './duration.js';
import { sendNotice } from './notices.js';
import { endOf } from './span.js';
import { factsOf, termsOf } from './state-facts.js';
import { resume } from './suspension.js';
import { CLAUSE_MEASURES, MEASURES } from './violations.js';

export const COMPLAINT_STATES = ['told', 'answered', 'unanswered', 'upheld', 'dismissed'] as const;
export const COMPLAINT_OUTCOMES = ['upheld', 'dismissed'] as const;
export type ComplaintOutcome = (typeof COMPLAINT_OUTCOMES)[number];

export interface Complaint {
  readonly id: string;
  readonly instanceId: string;
  readonly by: string;
  readonly about: string;
  readonly state: (typeof COMPLAINT_STATES)[number];
  readonly filedAt: Instant;
  /** To the end of this, an answer is in time. */
  readonly answerBy: Instant;
  readonly answer: string | null;
  readonly answeredAt: Instant | null;
}

/** Silence is dealt with at once where nobody can be reached. Throws InstanceNotFound, IncorrectDBInstanceState. */
export function fileComplaint(
  draft: Draft,
  { instanceId, by, about }: Pick<Complaint, 'instanceId' | 'by' | 'about'>,
): string {
  const { accountId, terms } = instanceInService(draft, instanceId, 'FileComplaint');
  const id = draft.nextId('complaints');
  const answerBy = endOf(termsOf(terms).complaint.answerWithin, draft.at);
  const row = { id, instanceId, by, about, filedAt: draft.at, answerBy } as const;
  draft.putRecord('complaints', { ...row, state: 'told', answer: null, answeredAt: null });
  tell(
    draft,
    id,
    'complaint-filed',
    `somebody complains of ${instanceId}; to be answered by ${formatInstant(answerBy)}`,
  );
  const notice = sendNotice(draft, { kind: 'complaint', accountId, instanceId, text: about });
  if (notice.to.length === 0) noAnswer(draft, id);
  return id;
}

/** In time only. Throws RecordNotFound, IncorrectCaseState. */
export function answerComplaint(draft: Draft, id: string, answer: string): void {
  const complaint = draft.record('complaints', id);
  requireCaseState(complaint, 'AnswerComplaint', ['told']);
  const row = { ...complaint, answer, answeredAt: draft.at, state: 'answered' } as const;
  draft.putRecord('complaints', row);
  tell(draft, id, 'complaint-answered', 'answered in time');
}

/**
 * Upheld, what silence would have led to; dismissed, nothing, and a suspension because of it ends.
 * Throws RecordNotFound, IncorrectCaseState.
 */
export function closeComplaint(draft: Draft, id: string, outcome: ComplaintOutcome): void {
  const complaint = draft.record('complaints', id);
  const legal = {
    upheld: ['answered', 'unanswered'],
    dismissed: ['told', 'answered', 'unanswered', 'upheld'],
  } as const;
  requireCaseState(complaint, 'CloseComplaint', legal[outcome]);
  draft.putRecord('complaints', { ...complaint, state: outcome });
  tell(draft, id, 'complaint-closed', outcome);
  if (outcome === 'dismissed') resume(draft, complaint.instanceId, id, `${id} was dismissed`);
  else act(draft, { ...complaint, state: outcome });
}

export function complaintDeadlines({ state, answerBy }: Complaint): Due[] {
  return state === 'told' ? [{ at: answerBy, kind: 'complaint-unanswered' }] : [];
}

/** The term is over, or nobody could be told: both count as silence. */
export function noAnswer(draft: Draft, id: string): void {
  const complaint: Complaint = { ...draft.record('complaints', id), state: 'unanswered' };
  draft.putRecord('complaints', complaint);
  const why =
    complaint.answerBy > draft.at
      ? 'nobody can be reached, which counts as silence'
      : 'not answered in time';
  tell(draft, id, 'complaint-unanswered', why);
  act(draft, complaint);
}

function act(draft: Draft, { id, instanceId, state }: Complaint): void {
  const instance = draft.instance(instanceId);
  if (factsOf(instance).endpoint !== 'open') return; // it has ended meanwhile
  MEASURES[termsOf(instance.terms).complaint.otherwise](draft, instanceId, {
    causeId: id,
    reason: `a complaint was ${state}`,
    liftedBy: `complaint close ${id} dismissed`,
  });
}

function tell(
  draft: Draft,
  id: string,
  type: 'complaint-filed' | 'complaint-answered' | 'complaint-unanswered' | 'complaint-closed',
  text: string,
): void {
  const { instanceId } = draft.record('complaints', id);
  const { accountId } = draft.instance(instanceId);
  const about = { accountId, instanceId, clause: CLAUSE_MEASURES };
  draft.event({ type, ...about, text: `${id}: ${text}`, data: { complaint: id } });
}
