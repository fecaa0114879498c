/**
 * Where one meter of one instance stands on the ladder of clause 3.1.3.7, and what becomes due of it by itself: `fair`,
 * `high`, `excessive`, `abusive`, one level at a time, each at its own virtual time. What is done at a step: abuse-ladder.ts.
 */
import type { Due } from './deadlines.js';
import type { Instant } from './duration.js';
import { endOf } from './span.js';
import { termsOf } from './state-facts.js';
import { ABUSE_METERS, type AbuseMeter, type AbuseRules, type TermsId } from './terms.js';

/** In the order in which they are climbed. */
export const LEVELS = ['fair', 'high', 'excessive', 'abusive'] as const;
export type Level = (typeof LEVELS)[number];
/** Those that have a threshold. */
export type RaisedLevel = Exclude<Level, 'fair'>;
export const RAISED_LEVELS: readonly RaisedLevel[] = ['high', 'excessive', 'abusive'];

/** There is none for a meter that never was over a threshold; at rest it is the same as none. */
export interface Climb {
  readonly id: string;
  readonly instanceId: string;
  readonly meter: AbuseMeter;
  /** The instance's, by which it climbs and falls. */
  readonly terms: TermsId;
  readonly level: Level;
  /** When it came to this level. */
  readonly since: Instant;
  /** Percent of the ceiling that was in force, by the last reading that counts; null: nothing is known any more. */
  readonly share: number | null;
  /** That ceiling, for people: `24 MB/s`. */
  readonly ceiling: string;
  readonly readAt: Instant;
  /** Somebody said so, and nobody measured it. */
  readonly injected: boolean;
  /** It goes on like that, because it is said or made so: it holds until the next reading. */
  readonly lasting: boolean;
  /** Since when it is above the threshold of each level without a break; null: it is not. */
  readonly over: Readonly<Record<RaisedLevel, Instant | null>>;
  /** Since when it is so far under its level's threshold that it falls; null: it is not. */
  readonly under: Instant | null;
  /** What its customer was asked at `excessive`; null: nothing. */
  readonly question: Question | null;
  /** Of `abusive`: the violation. */
  readonly violationId: string | null;
}

export interface Question {
  /** Until the end of this, an answer is in time. */
  readonly answerBy: Instant;
  readonly answer: string | null;
  /** When it was answered, or the vendor asked no more; null: it is open. */
  readonly settledAt: Instant | null;
}

export const NOT_OVER = { high: null, excessive: null, abusive: null } as const;

/** What a reading says. */
export type Read = Pick<Climb, 'share' | 'ceiling' | 'readAt' | 'injected' | 'lasting'>;

/** The same climb by another reading: since when it is over and under what. */
export function read(climb: Climb, { share, ceiling, readAt, injected, lasting }: Read): Climb {
  const over = RAISED_LEVELS.map((level): [RaisedLevel, Instant | null] => {
    const isOver = share !== null && share > thresholdOf(climb, level);
    return [level, isOver ? (climb.over[level] ?? readAt) : null];
  });
  return settledUnder({
    ...{ ...climb, share, ceiling, readAt, injected, lasting },
    over: Object.fromEntries(over) as Climb['over'],
  });
}

/** The same climb at another level, from `at` on. */
export function moved(climb: Climb, level: Level, at: Instant): Climb {
  return settledUnder({ ...climb, level, since: at, under: null }, at);
}

/** Nothing is known against it, and nothing becomes due of it. */
export function isAtRest({ level, over }: Pick<Climb, 'level' | 'over'>): boolean {
  return level === 'fair' && over.high === null;
}

/** One level up; undefined at the top. */
export function levelAbove(level: Level): RaisedLevel | undefined {
  return RAISED_LEVELS[LEVELS.indexOf(level)];
}

/** One level down; of `fair` itself. */
export function levelBelow(level: Level): Level {
  return LEVELS[Math.max(0, LEVELS.indexOf(level) - 1)] ?? 'fair';
}

/** Whether the ceiling is narrowed at that level. */
export function isNarrowed(level: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf('excessive');
}

export function rulesOf({ terms }: Pick<Climb, 'terms'>): AbuseRules {
  return termsOf(terms).abuse;
}

/** Percent of the ceiling. */
export function thresholdOf(climb: Pick<Climb, 'terms' | 'meter'>, level: RaisedLevel): number {
  return rulesOf(climb)[level][climb.meter];
}

/** What comes next if the load stays as it was read last; what is no step of the ladder is not here. */
export function nextStepOf(climb: Climb): { readonly at: Instant; readonly to: Level } | null {
  const rules = rulesOf(climb);
  const up = levelAbove(climb.level);
  const over = up === undefined ? null : climb.over[up];
  if (up !== undefined && over !== null) {
    return { at: Math.max(endOf(rules[up].after, over), climb.since), to: up };
  }
  const { level, under, since } = climb;
  if (under === null || (level === 'abusive' && rules.abusive.liftedBy !== 'load')) return null;
  return { at: endOf(rules.falls.after, Math.max(under, since)), to: levelBelow(level) };
}

/** Until when the last reading counts; null: until the next one. */
export function holdsUntil(climb: Climb): Instant | null {
  if (climb.share === null || climb.lasting || isAtRest(climb)) return null;
  return endOf(rulesOf(climb).readingHolds, climb.readAt);
}

export function climbDeadlines(climb: Climb): Due[] {
  const due: Due[] = [];
  const step = nextStepOf(climb);
  if (step) {
    const isUp = LEVELS.indexOf(step.to) > LEVELS.indexOf(climb.level);
    due.push({ at: step.at, kind: isUp ? 'abuse-climbs' : 'abuse-falls' });
  }
  if (isUnanswered(climb)) due.push({ at: climb.question.answerBy, kind: 'abuse-answer-due' });
  const holds = holdsUntil(climb);
  if (holds !== null) due.push({ at: holds, kind: 'abuse-unread' });
  return due;
}

/** Its customer was asked, and silence leads on. */
export function isUnanswered(climb: Climb): climb is Climb & { readonly question: Question } {
  return (
    climb.level === 'excessive' && climb.question !== null && climb.question.settledAt === null
  );
}

/** A meter of which nothing is known yet. */
export function newClimb(
  id: string,
  { instanceId, terms, meter }: Pick<Climb, 'instanceId' | 'terms' | 'meter'>,
  at: Instant,
): Climb {
  return {
    ...{ id, instanceId, meter, terms, level: 'fair', since: at },
    ...{
      share: null,
      ceiling: '',
      readAt: at,
      injected: false,
      lasting: false,
      over: NOT_OVER,
      under: null,
    },
    ...{ question: null, violationId: null },
  };
}

/** In the order in which they are shown. */
export function inOrder(climbs: readonly Climb[]): Climb[] {
  const rank = ({ meter }: Climb) => ABUSE_METERS.indexOf(meter);
  return [...climbs].sort((a, b) => rank(a) - rank(b));
}

/** What is not read is no load: nobody is kept up the ladder by what nobody knows. */
function settledUnder(climb: Climb, at: Instant = climb.readAt): Climb {
  const { level, share } = climb;
  const isUnder =
    level !== 'fair' &&
    (share === null || share < thresholdOf(climb, level) - rulesOf(climb).falls.under);
  return { ...climb, under: isUnder ? (climb.under ?? at) : null };
}
