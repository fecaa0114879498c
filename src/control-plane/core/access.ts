/** What clients may do now, in the words they will read. */
import { factsOf, type Permission } from './terms.js';
import { WIRE_PROFILES } from './wire-profiles.js';
import type { Instance } from './world.js';

/** `null` passes; otherwise the error line, without the leading `-` and the line end. */
export interface Access {
  readonly reads: string | null;
  readonly writes: string | null;
}

export function accessOf(instance: Instance): Access {
  const words = WIRE_PROFILES[instance.wireProfile];
  const lineOf = (permission: Permission) => (permission === 'pass' ? null : words[permission]);
  const { access } = factsOf(instance);
  return { reads: lineOf(access.reads), writes: lineOf(access.writes) };
}

/** The line that stands for a refusal by Redis itself, whose own words (`NOREPLICAS`) would give the mechanism away. */
export function backendRefusalOf(instance: Instance): string {
  return WIRE_PROFILES[instance.wireProfile].frozenWrite;
}

/** What both allow; the first refusal gives the words. */
export function narrowest(first: Access, second: Access): Access {
  return { reads: first.reads ?? second.reads, writes: first.writes ?? second.writes };
}
