/** An instance ends before its time for another reason than its customer's wish: what is settled, and where it goes. */
import { move } from './billing.js';
import type { Draft } from './draft.js';
import { requireTransition, type Trigger } from './lifecycle.js';
import { settle, SETTLEMENTS } from './settlement.js';

const ENDINGS = {
  violation: 'terminated',
  attack: 'terminated',
  vendor: 'terminated',
  cancelled: 'released',
} as const satisfies Partial<Record<keyof typeof SETTLEMENTS, Trigger>>;

/** Its data is kept as after every early end (4.3). Throws InstanceNotFound, IllegalTransition. */
export function endInstance(draft: Draft, id: string, why: keyof typeof ENDINGS): void {
  const on = ENDINGS[why];
  requireTransition(id, draft.instance(id).state, on);
  settle(draft, id, why);
  move(draft, id, on, SETTLEMENTS[why].clause);
}
