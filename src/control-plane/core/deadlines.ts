/** What becomes due by itself: derived from the world whenever asked, never stored, so nothing is lost in a restart. */
import { nextBillAt } from './billing.js';
import type { Instant } from './duration.js';
import { factsOf } from './terms.js';
import type { Instance, World } from './world.js';

/** Within one instant the order is this one, then the order of creation. */
export const DEADLINE_ORDER = ['bill', 'state-ends'] as const;
export type DeadlineKind = (typeof DEADLINE_ORDER)[number];

export interface Deadline {
  readonly at: Instant;
  readonly kind: DeadlineKind;
  readonly instanceId: string;
}

export function deadlinesOf(instance: Instance): Deadline[] {
  const due: Deadline[] = [];
  const billAt = nextBillAt(instance);
  if (billAt !== null) due.push({ at: billAt, kind: 'bill', instanceId: instance.id });
  const { ends } = factsOf(instance);
  if (ends) {
    due.push({ at: instance.since + ends.afterMs, kind: 'state-ends', instanceId: instance.id });
  }
  return due;
}

/** What comes first of an instance. */
export function firstDeadlineOf(instance: Instance): Deadline | undefined {
  let first: Deadline | undefined;
  for (const deadline of deadlinesOf(instance)) {
    if (!first || isBefore(deadline, first)) first = deadline;
  }
  return first;
}

/** The earliest deadline of all; ties by DEADLINE_ORDER, then by creation. Who asks again and again has an Agenda. */
export function nextDeadline(world: World): Deadline | undefined {
  let first: Deadline | undefined;
  for (const instance of world.instances.values()) {
    const deadline = firstDeadlineOf(instance);
    if (deadline && (!first || isBefore(deadline, first))) first = deadline;
  }
  return first;
}

export function isBefore(a: Deadline, b: Deadline): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return DEADLINE_ORDER.indexOf(a.kind) < DEADLINE_ORDER.indexOf(b.kind);
}
