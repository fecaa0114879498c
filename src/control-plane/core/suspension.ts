/**
 * Measures of the vendor's against an instance: all access is refused, with a line of its own, and it stands apart from
 * what is owed. Charges go on: only the stages of not paying can end them (terms.ts), and what a suspended instance
 * holds is held for its customer.
 */
import { followBars } from './bars.js';
import type { Draft } from './draft.js';
import { factsOf } from './state-facts.js';
import type { Suspension } from './world.js';

export function suspend(
  draft: Draft,
  instanceId: string,
  measure: Omit<Suspension, 'since'>,
): void {
  const instance = draft.instance(instanceId);
  if (instance.suspensions.some(({ causeId }) => causeId === measure.causeId)) return;
  const suspensions = [...instance.suspensions, { ...measure, since: draft.at }];
  draft.put({ instance: { ...instance, suspensions } });
  const { clause, reason, causeId } = measure;
  draft.event({
    type: 'service-suspended',
    accountId: instance.accountId,
    instanceId,
    clause,
    text: `${instanceId} is suspended: ${reason}`,
    data: { cause: causeId },
  });
  followBars(draft, instanceId);
}

/** Ends what one cause led to; other measures stay. Nothing to do where there is none. */
export function resume(draft: Draft, instanceId: string, causeId: string, why: string): void {
  const instance = draft.instance(instanceId);
  const lifted = instance.suspensions.find((one) => one.causeId === causeId);
  if (!lifted) return;
  const suspensions = instance.suspensions.filter((one) => one !== lifted);
  draft.put({ instance: { ...instance, suspensions } });
  followBars(draft, instanceId);
  if (factsOf(instance).endpoint !== 'open') return;
  const left = suspensions.map(({ reason }) => reason).join('; ');
  draft.event({
    type: 'service-resumed',
    accountId: instance.accountId,
    instanceId,
    clause: lifted.clause,
    text: left
      ? `${instanceId} stays suspended: ${left}`
      : `${instanceId} is suspended no more: ${why}`,
    data: { cause: causeId },
  });
}
