/** What terms must be besides of the right form: every mistake with its place, its value and the way out. */
import { RAISED_LEVELS } from './abuse-levels.js';
import { DAY_MS } from './duration.js';
import { checkSpan, isNone, lengthOf, type Span } from './span.js';
import { ABUSE_METERS, CHARGE_TYPES, TERMS } from './terms.js';
import type { AbuseRules, Course, Terms } from './terms.js';

/** Far beyond any contract, so that a slip is not taken for a wish. */
const SPAN_MAX_DAYS = 3_650;
/** Of a ceiling, in percent: what nobody reaches. */
const SHARE_MAX = 1_000;
const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Where a span of no length would mean that something is over before anybody can act. */
const NEVER_NONE: ReadonlySet<string> = new Set([
  'order.voidAfter',
  'complaint.answerWithin',
  'abuse.excessive.answerWithin',
  'abuse.readingHolds',
  'cancelAfterUnavailable',
]);

/** A sentence for each mistake; none where there is nothing to say. */
export function problemsOf(terms: Terms): string[] {
  const spans = spansOf(terms).flatMap(([path, span]) => problemOfSpan(path, span) ?? []);
  const courses = CHARGE_TYPES.flatMap((type) =>
    problemsOfCourse(`course.${type}`, terms.course[type]),
  );
  return [...problemsOfName(terms.name), ...spans, ...courses, ...problemsOfAbuse(terms.abuse)];
}

/** Of a user's own: names of what is shipped are given. */
export function problemsOfName(name: string): string[] {
  if (NAME.test(name)) return [];
  return [
    `name: ${JSON.stringify(name)} is not possible. Use lower-case letters, digits and "-", at most 31, the first a letter`,
  ];
}

export function problemsOfOwnName(name: string): string[] {
  if (!Object.hasOwn(TERMS, name)) return problemsOfName(name);
  return [
    `name: ${JSON.stringify(name)} is that of terms that are shipped. Take another one, such as "my-${name}"`,
  ];
}

function problemOfSpan(path: string, span: Span): string | undefined {
  const [value, days] = [JSON.stringify(span), String(SPAN_MAX_DAYS)];
  if (!isSpan(span)) {
    return `${path}: ${value} is not a span of time. Give one such as 24h, 7d, "7 natural days", or 0 for not at all`;
  }
  if (lengthOf(span) > SPAN_MAX_DAYS * DAY_MS) {
    return `${path}: ${value} would never end. Give ${days}d at most`;
  }
  if (NEVER_NONE.has(path) && isNone(span)) {
    return `${path}: ${value} would be over before anybody could act. Give a length, such as 1h`;
  }
  return undefined;
}

function problemsOfCourse(path: string, { grace, frozen, released }: Course): string[] {
  const found: string[] = [];
  const { reads, writes } = frozen;
  const [saidReads, saidWrites] = [JSON.stringify(reads), JSON.stringify(writes)];
  if (reads === 'refuse' && writes === 'pass') {
    found.push(
      `${path}.frozen: reads ${saidReads} with writes ${saidWrites} is not possible: Redis refuses writes only, and who writes can read. Give writes "refuse", or reads "pass"`,
    );
  }
  if (reads === 'pass' && writes === 'pass' && hasLength(frozen.lasts)) {
    found.push(
      `${path}.frozen: reads ${saidReads} with writes ${saidWrites} is no freeze. Make grace longer and frozen "0", or give writes "refuse"`,
    );
  }
  if (![grace, frozen, released].some(({ lasts }) => hasLength(lasts))) {
    found.push(
      `${path}: grace, frozen and released of "0" delete everything at the first cent that is owed. Give one of them a length`,
    );
  }
  return found;
}

/** The ladder has to be one: each level above the one before, and later than it. */
function problemsOfAbuse(abuse: AbuseRules): string[] {
  const found: string[] = [];
  const shares: [path: string, share: number, most: number][] = [
    ...RAISED_LEVELS.flatMap((level) =>
      ABUSE_METERS.map((meter): [string, number, number] => [
        `abuse.${level}.${meter}`,
        abuse[level][meter],
        SHARE_MAX,
      ]),
    ),
    ['abuse.excessive.narrowedTo', abuse.excessive.narrowedTo, 100],
    ['abuse.falls.under', abuse.falls.under, 100],
  ];
  for (const [path, share, most] of shares) {
    if (share > 0 && share <= most) continue;
    found.push(
      `${path}: ${String(share)} is not possible. Give percent, above 0 and at most ${String(most)}`,
    );
  }
  for (const [below, level] of pairs(RAISED_LEVELS)) {
    for (const meter of ABUSE_METERS.filter((one) => abuse[level][one] < abuse[below][one])) {
      found.push(
        `abuse.${level}.${meter}: ${String(abuse[level][meter])} is less than the ${String(abuse[below][meter])} of ${below}, which comes before. Give as much or more`,
      );
    }
    const [first, second] = [abuse[below].after, abuse[level].after];
    if (isSpan(first) && isSpan(second) && lengthOf(second) < lengthOf(first)) {
      found.push(
        `abuse.${level}.after: ${JSON.stringify(second)} is shorter than the ${JSON.stringify(first)} of ${below}, which comes before. Give as long or longer`,
      );
    }
  }
  return found;
}

function pairs<One>(list: readonly One[]): [One, One][] {
  return list.slice(1).map((one, at): [One, One] => [list[at] as One, one]);
}

function isSpan(text: string): boolean {
  try {
    checkSpan('span', text);
    return true;
  } catch {
    return false; // that it is none is the answer
  }
}

/** One that is no span has its own mistake already. */
function hasLength(span: Span): boolean {
  return !isSpan(span) || !isNone(span);
}

function spansOf(terms: Terms): [path: string, span: Span][] {
  const courses = CHARGE_TYPES.flatMap((type) =>
    (['grace', 'frozen', 'released'] as const).map((stage): [string, Span] => [
      `course.${type}.${stage}.lasts`,
      terms.course[type][stage].lasts,
    ]),
  );
  return [
    ...courses,
    ['earlyEnd.keptFor', terms.earlyEnd.keptFor],
    ['order.voidAfter', terms.order.voidAfter],
    ['renewal.noticeBefore', terms.renewal.noticeBefore],
    ['renewal.autoBefore', terms.renewal.autoBefore],
    ['noticeBefore', terms.noticeBefore],
    ['complaint.answerWithin', terms.complaint.answerWithin],
    ['faultRepairedAfter', terms.faultRepairedAfter],
    ...RAISED_LEVELS.map((level): [string, Span] => [
      `abuse.${level}.after`,
      terms.abuse[level].after,
    ]),
    ['abuse.excessive.answerWithin', terms.abuse.excessive.answerWithin],
    ['abuse.falls.after', terms.abuse.falls.after],
    ['abuse.readingHolds', terms.abuse.readingHolds],
    ['cancelAfterUnavailable', terms.cancelAfterUnavailable],
  ];
}
