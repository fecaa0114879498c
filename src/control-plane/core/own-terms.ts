/**
 * Terms besides those that are shipped: a user's own, and those that an order agreed on. Each is kept under an id that
 * its content gives, so that what was sold under them goes on under them, whatever is added later.
 */
import { contentMark } from './content-mark.js';
import type { Draft } from './draft.js';
import type { Instant } from './duration.js';
import { SimulatorError } from './errors.js';
import { learnTerms, termsOf } from './state-facts.js';
import { problemsOf } from './terms-check.js';
import { TERMS, type Terms, type TermsId } from './terms.js';
import type { World } from './world.js';

/** A part of terms, at any depth. */
export type Conditions = { readonly [Part in keyof Terms]?: DeepPartial<Terms[Part]> };
type DeepPartial<T> = T extends object ? { readonly [Part in keyof T]?: DeepPartial<T[Part]> } : T;

export interface TermsRecord {
  readonly id: string;
  readonly termsId: TermsId;
  readonly terms: Terms;
  /** Of an order: what it agreed on, and the terms that go for the rest (11.1); null: somebody's own terms. */
  readonly agreed: { readonly base: TermsId; readonly conditions: Conditions } | null;
  readonly addedAt: Instant;
}

/** Those of a world that was read from a store are known from then on. */
export function learnOwnTerms(world: World): void {
  for (const { termsId, terms } of recordsOf(world)) learnTerms(termsId, terms);
}

/** A user's own, newest last. */
export function ownTerms(world: World): TermsRecord[] {
  return recordsOf(world).filter(({ agreed }) => agreed === null);
}

/** Checked before: see terms-file.ts. What is there already is not added again. Returns the id. */
export function addTerms(draft: Draft, terms: Terms): TermsId {
  const termsId = idOf(terms);
  const newest = ownTerms(draft.world).findLast(({ terms: { name } }) => name === terms.name);
  if (newest?.termsId === termsId) return termsId;
  keep(draft, termsId, terms, null);
  draft.event({
    type: 'terms-added',
    text: `terms ${terms.name} added as ${termsId}`,
    data: { name: terms.name, termsId },
  });
  return termsId;
}

/** By a name that is shipped, by that of somebody's own (the newest), or by id. Throws UnknownTerms. */
export function termsIdOf(world: World, name: string): TermsId {
  if (Object.hasOwn(TERMS, name)) return name;
  const own = ownTerms(world);
  const found =
    own.findLast(({ terms }) => terms.name === name) ??
    recordsOf(world).find(({ termsId }) => termsId === name);
  if (found) return found.termsId;
  const known = [...Object.keys(TERMS), ...new Set(own.map(({ terms }) => terms.name))];
  throw new SimulatorError('UnknownTerms', { value: name, known: known.join(', ') });
}

/**
 * The terms with an order's own conditions in place of what they say otherwise: the order prevails (11.1). Returns the
 * id of what came of it. Throws TermsNotValid.
 */
export function withConditions(draft: Draft, base: TermsId, conditions: Conditions): TermsId {
  const before = agreedOf(draft.world, base);
  const whole = before ? merged(before.conditions, conditions) : conditions;
  const plain = before?.base ?? base;
  const terms = merged(termsOf(plain), whole);
  if (JSON.stringify(terms) === JSON.stringify(termsOf(plain))) return plain;
  requireValid(terms);
  const termsId = idOf(terms);
  keep(draft, termsId, terms, { base: plain, conditions: whole });
  return termsId;
}

/** What an order agreed on, where the terms came of it. */
export function agreedOf(world: World, termsId: TermsId): TermsRecord['agreed'] {
  return recordsOf(world).find((one) => one.termsId === termsId)?.agreed ?? null;
}

/** Throws TermsNotValid, with all mistakes at once. */
export function requireValid(terms: Terms): void {
  const problems = problemsOf(terms);
  if (problems.length > 0) throw new SimulatorError('TermsNotValid', mistakes(problems));
}

export function mistakes(problems: readonly string[]): Readonly<Record<string, string>> {
  return { mistakes: problems.join('; ') };
}

/** `over` in place of what `base` has, part by part. */
export function merged<Base extends object>(base: Base, over: object): Base {
  const copy = { ...base } as Record<string, unknown>;
  for (const [part, value] of Object.entries(over)) {
    const below = copy[part];
    copy[part] = isPlain(below) && isPlain(value) ? merged(below, value) : value;
  }
  return copy as Base;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keep(draft: Draft, termsId: TermsId, terms: Terms, agreed: TermsRecord['agreed']): void {
  learnTerms(termsId, terms);
  const isKept = draft.records('terms').some((one) => one.termsId === termsId);
  // Somebody's own are kept again where others of that name were added since: they are the newest again.
  if (agreed && isKept) return;
  const id = draft.nextId('terms');
  draft.putRecord('terms', { id, termsId, terms, agreed, addedAt: draft.at });
}

function recordsOf(world: World): TermsRecord[] {
  return [...(world.records.terms?.values() ?? [])];
}

/** Such as `mine-1k2j3h`. */
function idOf(terms: Terms): TermsId {
  return `${terms.name}-${contentMark(terms)}`;
}
