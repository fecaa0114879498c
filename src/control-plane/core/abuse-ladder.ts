/**
 * Clause 3.1.3.7, an unreasonable load on memory, CPU or network, as a ladder: `high` warns, `excessive` narrows the
 * ceiling and asks, `abusive` is a violation (3.1.3.12). It is climbed by what the meters say, and by time alone while
 * they say nothing else. How far and how fast is up to the terms (terms.ts).
 */
import {
  isAtRest,
  isUnanswered,
  levelAbove,
  moved,
  newClimb,
  NOT_OVER,
  read,
  rulesOf,
  thresholdOf,
  type Climb,
  type Level,
  type Read,
} from './abuse-levels.js';
import { lower, percent, putClimb, tellClimb } from './abuse-steps.js';
import { assertThat } from './assert.js';
import { requireCaseState } from './case-states.js';
import { ceilingText, cpuCoresOf, inForce } from './ceilings.js';
import type { Draft } from './draft.js';
import { formatDuration, formatInstant, type Instant } from './duration.js';
import type { MeterValues, Told } from './meters.js';
import { sendNotice, type NoticeKind } from './notices.js';
import { endOf } from './span.js';
import { factsOf } from './state-facts.js';
import { ABUSE_METERS, type AbuseMeter } from './terms.js';
import type { Instance } from './world.js';
import { liftViolation, reportViolation } from './violations.js';

/** What each meter of the ladder says, in percent of its ceiling; undefined: it was not read, or has no ceiling. */
const SHARES: Readonly<
  Record<AbuseMeter, (values: MeterValues, instance: Instance) => number | undefined>
> = {
  memory: ({ memoryUsage }) => memoryUsage,
  // Commands are carried out in one thread: more than one processor is none of theirs.
  cpu: ({ CpuUsage }, instance) => {
    const cores = cpuCoresOf(instance);
    if (CpuUsage === undefined || cores === null) return undefined;
    return CpuUsage / Math.min(1, cores);
  },
  bandwidthIn: ({ intranetInRatio }) => intranetInRatio,
  bandwidthOut: ({ intranetOutRatio }) => intranetOutRatio,
};

/** Takes readings in, in the order of their times. Those of instances that are not in service, or are unknown, say nothing. */
export function observeReadings(draft: Draft, readings: readonly Told[]): void {
  const known = new Map(draft.records('abuse').map((one) => [keyOf(one), one.id]));
  for (const { instanceId, at, values, injected, load, over = {} } of readings) {
    if (!draft.world.instances.has(instanceId)) continue;
    for (const meter of ABUSE_METERS) {
      const instance = draft.instance(instanceId);
      if (factsOf(instance).endpoint !== 'open') break;
      if (inForce(instance, meter) === null) continue;
      const key = keyOf({ instanceId, meter });
      const share = SHARES[meter](values, instance);
      if (share === undefined) {
        const isOver = SHARES[meter](over, instance) !== undefined;
        endLasting(draft, known.get(key), { at, injected: isOver, load: !injected && !load });
        continue;
      }
      const ceiling = ceilingText(instance, meter);
      const lasting = injected || load;
      const kept = observe(draft, instance, meter, known.get(key), {
        ...{ share, ceiling, readAt: at, injected, lasting },
      });
      if (kept !== undefined) known.set(key, kept);
    }
  }
}

/** Where a ceiling was switched off, what was read before says nothing any more. */
export function forgetWithoutCeiling(draft: Draft, instanceId: string): void {
  const instance = draft.instance(instanceId);
  for (const climb of draft.records('abuse')) {
    const isOfIt = climb.instanceId === instanceId && inForce(instance, climb.meter) === null;
    if (isOfIt && !isAtRest(climb)) forget(draft, climb);
  }
}

/** Its time over the threshold is up. */
export function climb(draft: Draft, id: string): void {
  const before = draft.record('abuse', id);
  if (endedWith(draft, before)) return;
  const level = levelAbove(before.level);
  const since = level && before.over[level];
  assertThat(level !== undefined && since != null, `${id} has nothing to climb`);
  raise(draft, before, level, `above ${percent(thresholdOf(before, level))} for`, draft.at - since);
}

/** Its load was low for long enough. */
export function fall(draft: Draft, id: string): void {
  const before = draft.record('abuse', id);
  if (endedWith(draft, before)) return;
  // Lifting is what brings it down from there.
  if (before.violationId !== null) liftViolation(draft, before.violationId);
  else lower(draft, before, draft.at - (before.under ?? draft.at));
}

/** The term to answer is over: silence leads on (3.1.3.12). */
export function noAnswerToAbuse(draft: Draft, id: string): void {
  const before = draft.record('abuse', id);
  if (endedWith(draft, before)) return;
  assertThat(isUnanswered(before), `${id} is not waited for`);
  tellClimb(draft, before, 'abuse-unanswered', 'not answered in time', { clause: '3.1.3.12' });
  raise(draft, before, 'abusive', 'not answered, excessive for', draft.at - before.since);
}

/** The last reading is too old to say anything: from now on nothing is known of its load. */
export function forgetReading(draft: Draft, id: string): void {
  const before = draft.record('abuse', id);
  if (endedWith(draft, before)) return;
  forget(draft, before);
}

/**
 * Its customer says what there is to say. At `excessive`, time over the threshold counts anew from then on, and silence
 * leads nowhere; a suspension that an answer lifts is lifted. Throws RecordNotFound, IncorrectCaseState.
 */
export function answerAbuse(draft: Draft, id: string, answer: string): void {
  const before = draft.record('abuse', id);
  const lifts = before.level === 'abusive' && rulesOf(before).abusive.liftedBy === 'answer';
  const state =
    lifts || isUnanswered(before) ? 'to be answered' : `${before.level}, with no answer due`;
  requireCaseState<string>({ id, state }, 'AnswerAbuse', ['to be answered']);
  const asked = before.question ?? { answerBy: draft.at };
  const over = { ...before.over, abusive: before.over.abusive === null ? null : draft.at };
  const answered = { ...before, over, question: { ...asked, answer, settledAt: draft.at } };
  putClimb(draft, answered);
  tellClimb(draft, answered, 'abuse-answered', 'answered');
  if (lifts && before.violationId !== null) liftViolation(draft, before.violationId);
}

/** Returns the climb's id where there is one. */
function observe(
  draft: Draft,
  instance: Instance,
  meter: AbuseMeter,
  id: string | undefined,
  said: Read,
): string | undefined {
  const { id: instanceId, terms } = instance;
  const kept = id === undefined ? undefined : draft.record('abuse', id);
  const isBusy = kept !== undefined && !isAtRest(kept);
  // What comes late is of no use.
  if (isBusy && said.readAt < kept.readAt) return id;
  const start = isBusy
    ? { ...kept, terms }
    : newClimb(id ?? 'not kept', { instanceId, terms, meter }, said.readAt);
  const after = read(start, said);
  // Nobody has to remember that nothing was the matter.
  if (!isBusy && isAtRest(after)) return id;
  const keptId = id ?? draft.nextId('abuse');
  putClimb(draft, { ...after, id: keptId });
  return keptId;
}

/** Nothing was measured in place of what was injected, or made on demand, and is over: it holds no longer. */
function endLasting(
  draft: Draft,
  id: string | undefined,
  over: { readonly at: Instant; readonly injected: boolean; readonly load: boolean },
): void {
  const kept = id === undefined ? undefined : draft.record('abuse', id);
  if (!kept?.lasting || isAtRest(kept) || over.at < kept.readAt) return;
  if (kept.injected ? over.injected : over.load) forget(draft, kept, over.at);
}

/** From then on nothing is known of its load, which is no load. */
function forget(draft: Draft, before: Climb, at = draft.at): void {
  const ceiling = ceilingText(draft.instance(before.instanceId), before.meter);
  const nothing = { share: null, ceiling, readAt: at, injected: false, lasting: false };
  putClimb(draft, read(before, nothing));
}

function raise(draft: Draft, before: Climb, level: Level, why: string, forMs: number): void {
  const climbed = { ...moved(before, level, draft.at), question: null };
  putClimb(draft, climbed);
  const words = `${why} ${formatDuration(forMs)}`;
  tellClimb(draft, climbed, 'abuse-climbed', words, { before: before.level, overMs: forMs });
  MEASURES[level](draft, climbed);
}

/** What is done about a meter that came to a level from below. */
const MEASURES: Readonly<Record<Level, (draft: Draft, climbed: Climb) => void>> = {
  fair: () => undefined,
  high: (draft, climbed) => tellCustomer(draft, climbed, 'load-high', ''),
  excessive: (draft, climbed) => {
    const answerBy = endOf(rulesOf(climbed).excessive.answerWithin, draft.at);
    putClimb(draft, { ...climbed, question: { answerBy, answer: null, settledAt: null } });
    const until = `; to be answered by ${formatInstant(answerBy)}: abuse answer ${climbed.id}`;
    tellCustomer(draft, climbed, 'load-excessive', until);
  },
  abusive: (draft, climbed) => {
    const isAnswered = rulesOf(climbed).abusive.liftedBy === 'answer';
    const wayOut = isAnswered ? `abuse answer ${climbed.id}` : undefined;
    const violationId = reportViolation(draft, climbed.instanceId, 'abuse', undefined, wayOut);
    const { state } = draft.record('violations', violationId);
    // Where that was the end of it, there is nothing left to climb.
    if (!endedWith(draft, climbed)) {
      putClimb(draft, { ...climbed, violationId: state === 'in-force' ? violationId : null });
    }
  },
};

function tellCustomer(draft: Draft, climbed: Climb, kind: NoticeKind, more: string): void {
  const { instanceId, meter, level, share, ceiling } = climbed;
  const { accountId } = draft.instance(instanceId);
  const load = share === null ? 'not read' : `${percent(share)} of ${ceiling}`;
  const text = `${meter} of ${instanceId} is ${level}: ${load}${more}`;
  sendNotice(draft, { kind, accountId, instanceId, text });
}

/** True where the instance is out of service: its climbs come to rest, and nothing is told of it. */
function endedWith(draft: Draft, { id }: Climb): boolean {
  const row = draft.record('abuse', id);
  if (factsOf(draft.instance(row.instanceId)).endpoint === 'open') return false;
  const rest = { share: null, over: NOT_OVER, under: null, question: null, violationId: null };
  putClimb(draft, { ...row, ...rest, level: 'fair', since: draft.at });
  return true;
}

function keyOf({ instanceId, meter }: Pick<Climb, 'instanceId' | 'meter'>): string {
  return `${instanceId} ${meter}`;
}
