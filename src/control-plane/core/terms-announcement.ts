/**
 * Changed terms are announced ahead, and whoever is still there on that day has consented (3.1.1). What an order agreed
 * on goes on above them (11.1).
 */
import { chargeStartedHour, paidTimeOf } from './billing.js';
import type { Due } from './deadlines.js';
import type { Draft } from './draft.js';
import { formatInstant, type Instant } from './duration.js';
import { invalidInput, SimulatorError } from './errors.js';
import { sendNotice } from './notices.js';
import { agreedOf, merged, withConditions } from './own-terms.js';
import { endOf, lengthOf, type Span } from './span.js';
import { factsOf, isUp, termsOf } from './state-facts.js';
import { problemsOf } from './terms-check.js';
import type { TermsId } from './terms.js';
import type { Instance } from './world.js';

const CLAUSE = '3.1.1';

export interface Announcement {
  readonly id: string;
  /** The new ones. */
  readonly termsId: TermsId;
  /** Only for the instances of this account; null: for all. */
  readonly accountId: string | null;
  readonly announcedAt: Instant;
  readonly effectiveAt: Instant;
  /** Those that were told: one that is made later has the terms that it was sold under. */
  readonly instanceIds: readonly string[];
  readonly state: 'announced' | 'in-force';
}

export type NewAnnouncement = Pick<Announcement, 'termsId' | 'accountId' | 'effectiveAt'>;

/** Throws AccountNotFound, InvalidInput where it is for nobody, TermsNotValid where an order's conditions do not go with them, NoticeTooShort. */
export function announceTerms(draft: Draft, wanted: NewAnnouncement): string {
  const { termsId, accountId, effectiveAt } = wanted;
  if (accountId !== null) draft.account(accountId);
  const told = [...draft.world.instances.values()].filter(
    (one) => (accountId ?? one.accountId) === one.accountId && isConcerned(draft, one, termsId),
  );
  if (told.length === 0) {
    const wayOut = 'Announce other terms, or create instances with these ones';
    throw invalidInput('name', termsId, 'would change nothing for any instance', wayOut);
  }
  for (const one of told) requireAgreeable(draft, one, termsId);
  requireNotice(draft, effectiveAt, told);
  const id = draft.nextId('announcements');
  const instanceIds = told.map((one) => one.id);
  draft.putRecord('announcements', {
    ...{ id, termsId, accountId, announcedAt: draft.at, effectiveAt, instanceIds },
    state: 'announced',
  });
  for (const one of told) tell(draft, one, { id, termsId, effectiveAt });
  return id;
}

export function announcementDeadlines({ state, effectiveAt }: Announcement): Due[] {
  return state === 'announced' ? [{ at: effectiveAt, kind: 'terms-change' }] : [];
}

/** The day has come: what was told and is still in service goes over. */
export function enforceTerms(draft: Draft, id: string): void {
  const announcement = draft.record('announcements', id);
  draft.putRecord('announcements', { ...announcement, state: 'in-force' });
  for (const instanceId of announcement.instanceIds) {
    const instance = draft.instance(instanceId);
    if (isConcerned(draft, instance, announcement.termsId)) {
      changeTerms(draft, instance, announcement.termsId);
    }
  }
}

/**
 * The stage that it is in has the new length from its own beginning, and ends at once where that is over already: it
 * was announced. Charges begin or stop where the new terms say so; an hour that was started is charged.
 */
function changeTerms(draft: Draft, { id, terms: before }: Instance, announced: TermsId): void {
  const agreed = agreedOf(draft.world, before);
  const terms = agreed ? withConditions(draft, announced, agreed.conditions) : announced;
  if (!factsOf({ ...draft.instance(id), terms }).billed) chargeStartedHour(draft, id);
  const instance = draft.instance(id);
  const changed = { ...instance, terms };
  draft.put({ instance: { ...changed, ...paidTimeOf(instance, changed, draft.at) } });
  draft.event({
    ...{ type: 'terms-changed', accountId: instance.accountId, instanceId: id, clause: CLAUSE },
    text: `${id} goes on under the terms ${terms}, as announced; before: ${before}`,
    data: { before, terms },
  });
}

/** In service, and under others: what is in the recycle bin is kept as it was promised when it ended. */
function isConcerned(draft: Draft, instance: Instance, termsId: TermsId): boolean {
  const { terms } = instance;
  const under = agreedOf(draft.world, terms)?.base ?? terms;
  return isUp(instance) && under !== termsId;
}

/** On the day itself it would be too late to refuse anything: the clock could not go past it. */
function requireAgreeable(draft: Draft, { id, terms }: Instance, termsId: TermsId): void {
  const agreed = agreedOf(draft.world, terms);
  if (!agreed) return;
  const problems = problemsOf(merged(termsOf(termsId), agreed.conditions));
  if (problems.length === 0) return;
  const mistakes = `with what the order of ${id} agreed on, ${problems.join('; ')}. Announce terms that go with it, or end ${id} before`;
  throw new SimulatorError('TermsNotValid', { mistakes });
}

function requireNotice(draft: Draft, effectiveAt: Instant, told: readonly Instance[]): void {
  const ahead = told
    .map(({ terms }): Span => termsOf(terms).noticeBefore)
    .reduce((longest, one) => (lengthOf(one) > lengthOf(longest) ? one : longest));
  const earliest = endOf(ahead, draft.at);
  if (effectiveAt >= earliest) return;
  throw new SimulatorError('NoticeTooShort', {
    ...{ kind: 'terms-change', ahead, clause: CLAUSE },
    ...{ effective: formatInstant(effectiveAt), earliest: formatInstant(earliest) },
  });
}

function tell(
  draft: Draft,
  { id: instanceId, accountId, terms }: Instance,
  { id, termsId, effectiveAt }: Pick<Announcement, 'id' | 'termsId' | 'effectiveAt'>,
): void {
  const effective = formatInstant(effectiveAt);
  draft.event({
    ...{ type: 'terms-announced', accountId, instanceId, clause: CLAUSE },
    text: `${instanceId} will be under the terms ${termsId} from ${effective} on; whoever does not want them ends it before, with settlement (7.3.1)`,
    data: { announcement: id, before: terms, terms: termsId, effective },
  });
  // The announcement takes effect, not the notice: an instance may have gone to its end before.
  const text = `from the terms ${terms} to ${termsId} on ${effective}`;
  sendNotice(draft, { kind: 'terms-change', accountId, instanceId, text });
}
