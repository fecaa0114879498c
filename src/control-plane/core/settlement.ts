/** How an instance ends before its time, and what is settled by it: the started hour is charged (2.2.2). */
import { move } from './billing.js';
import type { Draft } from './draft.js';
import type { Trigger } from './lifecycle.js';

/** Why an instance ends. */
export const SETTLEMENTS = {
  released: { on: 'released', clause: '7.3.1' },
  violation: { on: 'terminated', clause: '7.2.2' },
  attack: { on: 'terminated', clause: '7.2.4' },
  vendor: { on: 'terminated', clause: '7.2.5' },
  cancelled: { on: 'released', clause: '8.3' },
} as const satisfies Record<string, { readonly on: Trigger; readonly clause: string }>;

export type SettlementReason = keyof typeof SETTLEMENTS;

/** Throws InstanceNotFound, IllegalTransition. */
export function settle(draft: Draft, instanceId: string, why: SettlementReason): void {
  const { on, clause } = SETTLEMENTS[why];
  move(draft, instanceId, on, clause);
}
