/** What claims have paid for an instance. It went back already: no refund and no other claim gives it back once more. */
import type { Draft } from './draft.js';
import { plus, ZERO, type Money } from './money.js';

export function claimedFor(draft: Draft, instanceId: string): Money {
  return draft
    .records('claims')
    .filter((claim) => claim.instanceId === instanceId)
    .reduce((sum, { paid }) => plus(sum, paid), ZERO);
}
