/** What clients may do now, in the words they will read: the narrowest of several voices, and the first that objects gives the words. */
import { isCutOff, UNREACHABLE } from './outages.js';
import { factsOf, type Permissions } from './state-facts.js';
import { WIRE_PROFILES, type RefusalWord } from './wire-profiles.js';
import type { Instance } from './world.js';

/** `null` passes; otherwise the error line, without the leading `-` and the line end. */
export interface Access {
  readonly reads: string | null;
  readonly writes: string | null;
}

const PASS: Permissions = { reads: 'pass', writes: 'pass' };
const READS_ONLY: Permissions = { reads: 'pass', writes: 'writeLocked' };

/** In the order in which they are heard. */
const VOICES: readonly ((instance: Instance) => Permissions)[] = [
  // The vendor's own measures first: they stand apart from what is owed.
  ({ suspensions }) =>
    suspensions.length > 0 ? { reads: 'suspended', writes: 'suspended' } : PASS,
  (instance) => factsOf(instance).access,
  ({ operation }) => (operation?.writesRefused ? READS_ONLY : PASS),
  ({ writeLock }) => (writeLock ? READS_ONLY : PASS),
];

export function accessOf(instance: Instance): Access {
  const said = VOICES.map((voice) => voice(instance));
  const lineOf = (word: RefusalWord | undefined) =>
    word === undefined ? null : WIRE_PROFILES[instance.wireProfile][word];
  const firstOf = (kind: keyof Permissions) =>
    said.map((permissions) => permissions[kind]).find((word) => word !== 'pass');
  return { reads: lineOf(firstOf('reads')), writes: lineOf(firstOf('writes')) };
}

/** The line for clients that come while nobody is served, whatever its state allows; null: they are served. */
export function shutLineOf(instance: Instance): string | null {
  if (instance.operation?.restore) return WIRE_PROFILES[instance.wireProfile].restoring;
  return isCutOff(instance) ? UNREACHABLE : null;
}

/** The line that stands for a refusal by Redis itself, whose own words (`NOREPLICAS`) would give the mechanism away. */
export function backendRefusalOf(instance: Instance): string {
  return accessOf(instance).writes ?? WIRE_PROFILES[instance.wireProfile].frozenWrite;
}

/** What both allow; the first refusal gives the words. */
export function narrowest(first: Access, second: Access): Access {
  return { reads: first.reads ?? second.reads, writes: first.writes ?? second.writes };
}
