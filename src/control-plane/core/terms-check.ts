/** What terms must be besides of the right form: every mistake with its place, its value and the way out. */
import { DAY_MS } from './duration.js';
import { checkSpan, isNone, lengthOf, type Span } from './span.js';
import { CHARGE_TYPES, TERMS, type Course, type Terms } from './terms.js';

/** Far beyond any contract, so that a slip is not taken for a wish. */
const SPAN_MAX_DAYS = 3_650;
const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Where a span of no length would mean that something is over before anybody can act. */
const NEVER_NONE: ReadonlySet<string> = new Set([
  'order.voidAfter',
  'complaint.answerWithin',
  'cancelAfterUnavailable',
]);

/** A sentence for each mistake; none where there is nothing to say. */
export function problemsOf(terms: Terms): string[] {
  const spans = spansOf(terms).flatMap(([path, span]) => problemOfSpan(path, span) ?? []);
  const courses = CHARGE_TYPES.flatMap((type) =>
    problemsOfCourse(`course.${type}`, terms.course[type]),
  );
  return [...problemsOfName(terms.name), ...spans, ...courses];
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
    ['cancelAfterUnavailable', terms.cancelAfterUnavailable],
  ];
}
