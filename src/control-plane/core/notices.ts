/** Who was told what, and when; and what follows from it where the contract wants it told ahead (3.1.1, 7.2.5, 11.2). */
import { instanceInService, requireCaseState } from './case-states.js';
import { reachableContacts } from './contacts.js';
import type { Due } from './deadlines.js';
import type { Draft } from './draft.js';
import { formatInstant, type Instant } from './duration.js';
import { SimulatorError } from './errors.js';
import { endInstance } from './endings.js';
import { endOf, lengthOf } from './span.js';
import { factsOf, isUp, termsOf } from './state-facts.js';
import { DEFAULT_TERMS } from './terms.js';

interface NoticeRow {
  readonly clause: string;
  /** What it is about, for people. */
  readonly says: string;
  /** It takes effect at a date, no earlier than the terms' notice period. */
  readonly ahead: boolean;
  /** The instance that it is about ends when it takes effect. */
  readonly endsInstance?: true;
}

export const NOTICES = {
  'terms-change': { clause: '3.1.1', ahead: true, says: 'the terms change' },
  'vendor-end': {
    ...{ clause: '7.2.5', ahead: true, endsInstance: true },
    says: 'the vendor ends the service; what is not consumed is refunded',
  },
  'transfer-of-rights': { clause: '11.2', ahead: true, says: 'rights and duties are transferred' },
  'data-breach': { clause: 'M', ahead: false, says: 'data was disclosed' },
  expiry: { clause: '2.2.1.2', ahead: false, says: 'the term ends; renew it to go on' },
  complaint: { clause: '3.1.3.12', ahead: false, says: 'somebody complains' },
  measure: { clause: '3.1.3.12', ahead: false, says: 'a measure was taken' },
  'load-high': { clause: '3.1.3.7', ahead: false, says: 'the load is high' },
  'load-excessive': {
    ...{ clause: '3.1.3.7', ahead: false },
    says: 'the load is excessive; its ceiling is narrowed, and an answer is wanted',
  },
  maintenance: { clause: '8.2.1', ahead: false, says: 'maintenance is planned' },
} as const satisfies Record<string, NoticeRow>;
export type NoticeKind = keyof typeof NOTICES;

/** Those that the vendor may send; the others are part of something else. */
export const SENDABLE_NOTICES = [
  'terms-change',
  'vendor-end',
  'transfer-of-rights',
  'data-breach',
] as const satisfies readonly NoticeKind[];

export const NOTICE_STATES = ['sent', 'in-effect', 'withdrawn'] as const;

export interface Notice {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly clause: string;
  readonly accountId: string;
  readonly instanceId: string | null;
  readonly text: string;
  /** Names of those who were told; none: it could not be delivered. */
  readonly to: readonly string[];
  readonly sentAt: Instant;
  /** When something follows from it; null where nothing does. */
  readonly effectiveAt: Instant | null;
  readonly state: (typeof NOTICE_STATES)[number];
}

type NewNotice = Pick<Notice, 'kind' | 'accountId' | 'instanceId' | 'text'> &
  Partial<Pick<Notice, 'effectiveAt' | 'clause'>>;

/** `clause`: where another one than the kind's makes it so. To all contacts of the account that can be reached. Whether there are any stands in the notice. */
export function sendNotice(draft: Draft, { effectiveAt = null, ...given }: NewNotice): Notice {
  const { says } = NOTICES[given.kind];
  const clause = given.clause ?? NOTICES[given.kind].clause;
  const { accountId, instanceId } = given;
  const to = reachableContacts(draft, accountId).map(({ name }) => name);
  const id = draft.nextId('notices');
  const notice: Notice = { ...given, id, clause, to, sentAt: draft.at, effectiveAt, state: 'sent' };
  draft.putRecord('notices', notice);
  const about = instanceId ?? `account ${accountId}`;
  const from = effectiveAt === null ? '' : ` from ${formatInstant(effectiveAt)} on`;
  const isTold = to.length > 0;
  draft.event({
    type: isTold ? 'notice-sent' : 'notice-undeliverable',
    ...{ accountId, instanceId, clause },
    text: isTold
      ? `${id} about ${about} was sent to ${to.join(', ')}: ${says}${from}`
      : `${id} about ${about} could not be delivered, nobody can be reached: ${says}${from}`,
    data: { notice: id, kind: given.kind },
  });
  return notice;
}

/**
 * What the vendor tells an account: of its own accord, ahead where the contract says so, at the earliest date where no
 * other is given. Throws InstanceNotFound, AccountNotFound, IncorrectDBInstanceState, NoticeTooShort.
 */
export function announce(draft: Draft, asked: NewNotice): Notice {
  const row: NoticeRow = NOTICES[asked.kind];
  draft.account(asked.accountId);
  const { instanceId } = asked;
  if (instanceId !== null && row.endsInstance) instanceInService(draft, instanceId, 'SendNotice');
  if (!row.ahead) return sendNotice(draft, { ...asked, effectiveAt: null });
  const { span, earliest } = earliestEffect(draft, asked.accountId, instanceId);
  const effectiveAt = asked.effectiveAt ?? earliest;
  if (effectiveAt >= earliest) return sendNotice(draft, { ...asked, effectiveAt });
  throw new SimulatorError('NoticeTooShort', {
    ...{ kind: asked.kind, ahead: span, clause: row.clause },
    ...{ effective: formatInstant(effectiveAt), earliest: formatInstant(earliest) },
  });
}

/** Throws RecordNotFound, IncorrectCaseState. */
export function withdrawNotice(draft: Draft, id: string): void {
  const notice = draft.record('notices', id);
  requireCaseState(notice, 'WithdrawNotice', ['sent']);
  draft.putRecord('notices', { ...notice, state: 'withdrawn' });
  const { accountId, instanceId, clause } = notice;
  const text = `${id} was withdrawn`;
  draft.event({ type: 'notice-withdrawn', accountId, instanceId, clause, text });
}

export function noticeDeadlines({ state, effectiveAt }: Notice): Due[] {
  const isDue = state === 'sent' && effectiveAt !== null;
  return isDue ? [{ at: effectiveAt, kind: 'notice-takes-effect' }] : [];
}

export function takeEffect(draft: Draft, id: string): void {
  const notice = draft.record('notices', id);
  draft.putRecord('notices', { ...notice, state: 'in-effect' });
  const { accountId, instanceId, clause, kind } = notice;
  const row: NoticeRow = NOTICES[kind];
  const text = `${id} takes effect: ${row.says}`;
  draft.event({ type: 'notice-took-effect', accountId, instanceId, clause, text });
  if (instanceId === null || !row.endsInstance) return;
  // It may have ended by itself meanwhile.
  if (factsOf(draft.instance(instanceId)).endpoint === 'open')
    endInstance(draft, instanceId, 'vendor');
}

/** By the terms of the instance; for a whole account by those of its instances that are up and want it earliest. */
function earliestEffect(draft: Draft, accountId: string, instanceId: string | null) {
  const instances =
    instanceId === null ? draft.instancesOf(accountId).filter(isUp) : [draft.instance(instanceId)];
  const spans = instances.map(({ terms }) => termsOf(terms).noticeBefore);
  const span = spans.reduce(
    (longest, one) => (lengthOf(one) > lengthOf(longest) ? one : longest),
    instanceId === null ? termsOf(DEFAULT_TERMS).noticeBefore : (spans[0] ?? '0'),
  );
  return { span, earliest: endOf(span, draft.at) };
}
