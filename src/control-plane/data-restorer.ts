/**
 * Brings a backup's data to the instances that are being restored, as often as needed: a crash in between repeats it
 * from the start. Nobody is served meanwhile.
 */
import type { BackupTaker } from './backup-taker.js';
import type { BackupFile } from './core/backup-record.js';
import type { GoodBackup } from './core/restoring.js';
import {
  cancelRestore,
  completeRestore,
  fallBack,
  goodBackup,
  restoreOf,
} from './core/restoring.js';
import { Draft } from './core/draft.js';
import { problemOf, SimulatorError } from './core/errors.js';
import { readsRdb, requireDatabases, versionsReadBy } from './core/rdb-versions.js';
import type { World } from './core/world.js';
import type { DataClock } from './data-clock.js';
import type { Outside } from './outside.js';
import type { BackupStore, Engine, RdbSource } from './ports.js';

export interface DataRestorerParts {
  readonly engine: Pick<Engine, 'load' | 'rdbVersion' | 'databases'>;
  readonly store: BackupStore;
  readonly data: Pick<DataClock, 'replace' | 'arrive'>;
  readonly outside: Pick<Outside, 'reconcile'>;
  readonly taker: Pick<BackupTaker, 'begin' | 'settle'>;
  readonly world: () => World;
  /** Within the queue. */
  readonly decide: (work: (draft: Draft) => void) => void;
  readonly log: (line: string) => void;
}

/** Another try would not help: it is the file, or what Redis can have of it. */
const OF_THE_FILE: ReadonlySet<string> = new Set([
  'BackupMissing',
  'BackupCorrupt',
  'BackupTooNew',
  'BackupNotLoadable',
  'RecordNotFound',
]);

export class DataRestorer {
  /** What goes on, for people; null: nothing. */
  doing: string | null = null;

  constructor(private readonly parts: DataRestorerParts) {}

  /**
   * Whether the file is there, whole, and to be read by the Redis of that instance, of whose data nothing is touched;
   * null: of no instance that there is. Throws RecordNotFound, BackupNotUsable, BackupMissing, BackupCorrupt, BackupTooNew,
   * BackupNotLoadable.
   */
  async check(backupId: string, instanceId: string | null): Promise<RdbSource> {
    const { file } = this.#backup(backupId);
    if (instanceId !== null) await this.#requireReadable(file, instanceId);
    return this.parts.store.check(file);
  }

  /** Makes the instance's data that of the backup; its backend is up. Returns how many keys there are. Throws as `check`, and EngineFailed. */
  async load(instanceId: string): Promise<number> {
    const restore = restoreOf(this.parts.world(), instanceId);
    if (restore === null) return 0;
    const { backupId } = restore;
    try {
      const source = await this.check(backupId, instanceId);
      const { file } = this.#backup(backupId);
      this.doing = `${backupId} is brought to ${instanceId} (${String(source.bytes)} bytes)`;
      const standsAt = this.parts.data.replace(instanceId);
      const loaded = await this.parts.engine.load(instanceId, source, file.offset - standsAt);
      if (loaded.leftOut.length > 0) {
        this.parts.log(
          `${backupId} has data of modules that cannot be given back: ${loaded.leftOut.join(', ')}`,
        );
      }
      await this.parts.data.arrive(instanceId);
      return loaded.keys;
    } finally {
      this.doing = null;
    }
  }

  /**
   * From a restore that was decided to an instance that serves its clients again: with the data of the backup, or with
   * what there was, and then it is said why. Throws what stands in the way: it is to be called again.
   */
  async complete(instanceId: string): Promise<SimulatorError | null> {
    if (restoreOf(this.parts.world(), instanceId) === null) return null;
    await this.parts.outside.reconcile(instanceId);
    await this.#secure(instanceId);
    const { keys, insteadOf } = await this.#loadOrFallBack(instanceId);
    this.parts.decide((draft) => completeRestore(draft, instanceId, keys));
    await this.parts.outside.reconcile(instanceId);
    return insteadOf;
  }

  /** What there is has its backup, where one was wanted. Throws BackupNotTaken: the restore is called off. */
  async #secure(instanceId: string): Promise<void> {
    const { parts } = this;
    await parts.taker.begin();
    await parts.taker.settle();
    const safetyId = restoreOf(parts.world(), instanceId)?.safetyId ?? null;
    const safety = parts.world().records.backups?.get(safetyId ?? '');
    // One that is gone was there before: the data may be half replaced by now.
    if (!safety || safety.file) return;
    const { id, problem } = safety;
    const why = `${id}, the backup before it, failed: ${problem ?? 'nobody knows why'}`;
    parts.decide((draft) => cancelRestore(draft, instanceId, why));
    await parts.outside.reconcile(instanceId);
    const details = { id, instance: instanceId, problem: problem ?? 'nobody knows why' };
    throw new SimulatorError('BackupNotTaken', details);
  }

  async #loadOrFallBack(
    instanceId: string,
  ): Promise<{ readonly keys: number; readonly insteadOf: SimulatorError | null }> {
    try {
      return { keys: await this.load(instanceId), insteadOf: null };
    } catch (error) {
      if (!(error instanceof SimulatorError) || !OF_THE_FILE.has(error.code)) throw error;
      const { backupId, safetyId = null } = restoreOf(this.parts.world(), instanceId) ?? {};
      if (safetyId === null || safetyId === backupId) throw error;
      this.parts.decide((draft) => fallBack(draft, instanceId, problemOf(error)));
      return { keys: await this.load(instanceId), insteadOf: error };
    }
  }

  async #requireReadable(file: BackupFile, instanceId: string): Promise<void> {
    const { rdbVersion: found, databases = 0 } = file;
    const own = await this.parts.engine.rdbVersion(instanceId);
    if (readsRdb(own, found)) {
      requireDatabases(databases, await this.parts.engine.databases(instanceId));
      return;
    }
    const details = { found: String(found), id: instanceId, known: versionsReadBy(own) };
    throw new SimulatorError('BackupTooNew', details);
  }

  #backup(id: string): GoodBackup {
    return goodBackup(new Draft(this.parts.world(), 0), id);
  }
}
