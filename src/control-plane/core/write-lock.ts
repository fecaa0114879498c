/** A customer's own lock: from then on their instance is read-only, until they take it off (LockDBInstanceWrite). */
import type { Draft } from './draft.js';
import { SimulatorError } from './errors.js';
import { STATES } from './lifecycle.js';
import { factsOf } from './state-facts.js';
import type { Instance } from './world.js';

export const LOCK_REASON_MAX = 256;

/** Locked again, the reason is the new one. Throws InstanceNotFound, IncorrectDBInstanceState. */
export function lockWrites(draft: Draft, id: string, reason: string): void {
  const instance = lockable(draft, id, 'LockDBInstanceWrite');
  const since = instance.writeLock?.since ?? draft.at;
  draft.put({ instance: { ...instance, writeLock: { reason, since } } });
  draft.event({
    ...{ type: 'write-locked', accountId: instance.accountId, instanceId: id },
    text: `${id} takes no writes any more: ${JSON.stringify(reason)}`,
    data: { reason },
  });
}

/** Whatever else refuses writes goes on. Without a lock there is nothing to do. Throws InstanceNotFound, IncorrectDBInstanceState. */
export function unlockWrites(draft: Draft, id: string): void {
  const instance = lockable(draft, id, 'UnlockDBInstanceWrite');
  if (instance.writeLock === null) return;
  draft.put({ instance: { ...instance, writeLock: null } });
  draft.event({
    ...{ type: 'write-unlocked', accountId: instance.accountId, instanceId: id },
    text: `${id} is not locked by its customer any more`,
  });
}

/** Where clients are served, there is something to lock; also while it is frozen. */
function lockable(draft: Draft, id: string, action: string): Instance {
  const instance = draft.instance(id);
  if (factsOf(instance).endpoint === 'open') return instance;
  const open = STATES.filter((state) => factsOf({ ...instance, state }).endpoint === 'open');
  const details = { id, state: instance.state, action, legal: open.join(' or ') };
  throw new SimulatorError('IncorrectDBInstanceState', details);
}
