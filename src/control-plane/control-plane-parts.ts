/** What a control plane is made of. */
import type { Money } from './core/money.js';
import type { BackupStore, DataPlane, Engine, StateStore, StoredClock } from './ports.js';
import type { Reconciler } from './reconciler.js';

export interface ControlPlaneParts {
  readonly store: StateStore;
  readonly engine: Engine;
  readonly dataPlane: DataPlane;
  readonly reconciler: Reconciler;
  /** Where the files of backups are. */
  readonly backupStore: BackupStore;
  /** Where the clock stands at the very first start. */
  readonly firstClock: StoredClock;
  /** The rate to go on with at a later start; undefined keeps what it was. */
  readonly rate?: number | undefined;
  /** Credit of the default account at the very first start and after a reset. */
  readonly openingBalance: Money;
  /** At close, data is left so that nothing in it ends while nothing runs: where it is there again at the next start. */
  readonly parks?: boolean;
  readonly stepsMax?: number | undefined;
  readonly log: (line: string) => void;
}
