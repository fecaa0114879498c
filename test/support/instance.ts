/** A whole instance, for tests that need one without the story of how it came to be. */
import { backupsFrom } from '../../src/control-plane/core/backup-policy.js';
import { DEFAULT_MAINTAIN_TIME } from '../../src/control-plane/core/maintain-time.js';
import { ZERO } from '../../src/control-plane/core/money.js';
import type { Instance } from '../../src/control-plane/core/world.js';
import { ORDER, START } from './fake-world.js';

export function instanceOf(changed: Partial<Instance> = {}): Instance {
  const id = changed.id ?? 'r-1';
  return {
    ...ORDER,
    id,
    name: id,
    state: 'active',
    since: START,
    requestedAt: START,
    createdAt: START,
    billedUntil: START,
    hourClass: ORDER.instanceClass,
    expiresAt: null,
    autoRenewMonths: null,
    expiryNoticed: null,
    autoRenewalTried: null,
    feesPaid: ZERO,
    endedBy: null,
    dataFrom: null,
    suspensions: [],
    writeLock: null,
    operation: null,
    outages: [],
    narrowed: [],
    generation: 0,
    maintainTime: DEFAULT_MAINTAIN_TIME,
    // Tests that are about backups turn them on.
    backups: backupsFrom(START, false),
    databaseAccounts: [],
    ...changed,
  };
}
