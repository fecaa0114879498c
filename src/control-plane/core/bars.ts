/**
 * When an instance was kept from its clients by what its customer did or did not do: it was frozen, suspended, or had
 * ended. An outage meanwhile is not the vendor's (8.3). Written down as it happens, since rows know only what is now.
 */
import type { Draft } from './draft.js';
import type { Instant } from './duration.js';
import { factsOf } from './state-facts.js';
import type { Instance } from './world.js';

export interface Bar {
  readonly id: string;
  readonly instanceId: string;
  readonly why: string;
  readonly clause: string;
  /** There is no more service, and so nothing that could be available. */
  readonly ended: boolean;
  readonly from: Instant;
  /** null while it goes on. */
  readonly until: Instant | null;
}

type Reason = Pick<Bar, 'why' | 'clause' | 'ended'>;

/** To be called when the state of an instance or the measures against it may have changed. */
export function followBars(draft: Draft, instanceId: string): void {
  const reason = reasonOf(draft.instance(instanceId));
  const open = draft
    .records('bars')
    .find((bar) => bar.instanceId === instanceId && bar.until === null);
  if (open?.why === reason?.why) return;
  if (open) draft.putRecord('bars', { ...open, until: draft.at });
  if (!reason) return;
  const id = draft.nextId('bars');
  draft.putRecord('bars', { id, instanceId, ...reason, from: draft.at, until: null });
}

function reasonOf(instance: Instance): Reason | null {
  const { access, backend } = factsOf(instance);
  const [suspension] = instance.suspensions;
  if (backend !== 'up') return { why: 'it had ended', clause: '4.3', ended: true };
  if (suspension) return { why: suspension.reason, clause: suspension.clause, ended: false };
  if (access.reads === 'pass' && access.writes === 'pass') return null;
  return { why: 'it was frozen', clause: '7.2.3.1', ended: false };
}
