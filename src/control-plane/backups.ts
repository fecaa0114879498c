/** What people do with backups: take one, restore it, bring one in and carry one out. Daily ones come by themselves. */
import { PassThrough, type Readable } from 'node:stream';
import { BackupTaker, type BackupTakerParts } from './backup-taker.js';
import { machineTime, type VirtualClock } from './clock.js';
import { failBackup, importBackup, takeManually } from './core/backups.js';
import { Draft, type Known } from './core/draft.js';
import { problemOf, SimulatorError } from './core/errors.js';
import { changeableInstance } from './core/instance-changes.js';
import { beginRestore, goodBackup, requireRestorable, restoreOf } from './core/restoring.js';
import type { Advancing } from './advancing.js';
import type { Change } from './core/world.js';
import { DataRestorer, type DataRestorerParts } from './data-restorer.js';

import type { WorkQueue } from './work-queue.js';

export interface BackupsParts
  extends
    Omit<BackupTakerParts, 'decide' | 'enqueue' | 'data' | 'engine'>,
    Omit<DataRestorerParts, 'taker' | 'decide' | 'data' | 'engine'> {
  readonly engine: BackupTakerParts['engine'] & DataRestorerParts['engine'];
  readonly data: BackupTakerParts['data'] &
    DataRestorerParts['data'] & { readonly offsetNow: number };
  readonly clock: Pick<VirtualClock, 'now'>;
  readonly queue: Pick<WorkQueue, 'run'>;
  readonly advancing: Pick<Advancing, 'toNow' | 'schedule' | 'retryLater'>;
  /** Within the queue. */
  readonly decide: <T>(work: (draft: Draft) => T, known?: Known) => T;
}

export class Backups {
  readonly taker: BackupTaker;
  readonly restorer: DataRestorer;
  /** Restores that were decided, and are not done. */
  readonly #restoring = new Set<string>();
  /** The world was turned back, and nobody has looked at it yet. */
  #isAnother = false;
  #imports = 0;

  constructor(private readonly parts: BackupsParts) {
    const decide = (work: (draft: Draft) => void) => this.#decide(work);
    const enqueue = (work: () => void) => parts.queue.run(work);
    this.taker = new BackupTaker({ ...parts, decide, enqueue });
    this.restorer = new DataRestorer({ ...parts, decide, taker: this.taker });
  }

  /** What goes on, for people; null: nothing. */
  get doing(): string | null {
    return this.restorer.doing ?? this.taker.doing;
  }

  /** It was saved. */
  note(change: Pick<Change, 'instances' | 'records' | 'removed'>): void {
    this.taker.note(change);
    for (const { id, operation, createdAt } of change.instances) {
      if (operation?.restore && createdAt !== null) this.#restoring.add(id);
      else this.#restoring.delete(id);
    }
  }

  /** Within the queue: what was decided before and is not so yet. Throws what stands in the way of a restore. */
  async catchUp(): Promise<void> {
    if (this.#isAnother) await this.#begin();
    for (const id of [...this.#restoring]) await this.restorer.complete(id);
    await this.taker.tidy();
  }

  /** What decisions may rely upon. */
  known(): Promise<Known> {
    return this.taker.known();
  }

  /** The world is another one, and so is the data: what is left to do is seen to at the next `catchUp`. */
  turnedBack(): void {
    this.#isAnother = true;
    this.taker.turnedBack();
  }

  /** Within the queue, while time stands: takes what was decided; `whole`: and waits until all of it is there. */
  async follow(howFar: 'begun' | 'whole'): Promise<void> {
    await this.taker.begin();
    if (howFar === 'whole') await this.taker.settle();
  }

  /** After a start. */
  async resume(): Promise<void> {
    await this.#begin();
    for (const id of [...this.#restoring]) {
      await this.restorer.complete(id).catch((error: unknown) => {
        this.parts.log(`${id} is not restored yet: ${problemOf(error)}`);
        this.parts.advancing.retryLater();
      });
    }
  }

  /** What was under way in this world came to nothing, and files that nobody knows of go. */
  async #begin(): Promise<void> {
    this.#isAnother = false;
    this.#restoring.clear();
    const { records, instances } = this.parts.world();
    for (const { id, state } of records.backups?.values() ?? []) {
      if (state !== 'running') continue;
      this.#decide((draft) => failBackup(draft, id, 'the simulator ended while it was taken'));
    }
    this.note({ instances: [...instances.values()], records: [], removed: [] });
    await this.taker.sweep();
  }

  /**
   * Resolves with its id when it is there. Throws InstanceNotFound, IncorrectDBInstanceState, BackupJobExists,
   * BackupLimitExceeded, TaskConflict, BackupNotTaken.
   */
  async take(instanceId: string, retentionDays: number | null): Promise<string> {
    const backupId = await this.parts.queue.run(async () => {
      await this.parts.advancing.toNow();
      const known = await this.taker.known();
      const id = this.parts.decide(
        (draft) => takeManually(draft, instanceId, retentionDays),
        known,
      );
      await this.taker.begin();
      return id;
    });
    await this.taker.whenDone(backupId);
    const backup = this.#read((draft) => draft.record('backups', backupId));
    if (backup.problem === null) return backupId;
    const details = { id: backupId, instance: instanceId, problem: backup.problem };
    throw new SimulatorError('BackupNotTaken', details);
  }

  /**
   * Resolves when the instance has the backup's data and serves its clients again. Throws what requireRestorable
   * throws, BackupMissing, BackupCorrupt, BackupTooNew and BackupNotTaken: then nothing was touched; BackupNotLoadable:
   * then it has what it had before; NotInEffectYet.
   */
  restore(instanceId: string, backupId: string, wantsSafety: boolean): Promise<void> {
    return this.parts.queue.run(async () => {
      await this.parts.advancing.toNow();
      this.#read((draft) => requireRestorable(draft, instanceId, backupId));
      await this.restorer.check(backupId, instanceId);
      this.#decide((draft) => beginRestore(draft, instanceId, backupId, wantsSafety));
      let insteadOf: SimulatorError | null;
      try {
        insteadOf = await this.restorer.complete(instanceId);
      } catch (cause) {
        if (restoreOf(this.parts.world(), instanceId) === null) throw cause;
        this.parts.advancing.retryLater();
        throw new SimulatorError('NotInEffectYet', { problem: problemOf(cause) }, { cause });
      } finally {
        await this.taker.tidy();
      }
      if (insteadOf) throw insteadOf;
    });
  }

  /** Before an instance is made of it: its file is there and whole. Throws RecordNotFound, BackupNotUsable, BackupMissing, BackupCorrupt. */
  async check(backupId: string): Promise<void> {
    await this.restorer.check(backupId, null);
  }

  /** An RDB of somebody else's. What is left of its keys' lives is what is left of them by the machine's clock. Throws InstanceNotFound, IncorrectDBInstanceState, BackupFailed. */
  async import(instanceId: string, rdb: Readable, retentionDays: number | null): Promise<string> {
    const { parts } = this;
    // What cannot be imported is not read.
    this.#read((draft) => changeableInstance(draft, instanceId, 'ImportBackup'));
    this.#imports += 1;
    const fileId = `import-${String(machineTime())}-${String(this.#imports)}`;
    // No record is of it yet, and it is not to be swept away for that.
    const letGo = this.taker.keep(fileId);
    try {
      const stored = await parts.store.put(fileId, rdb);
      return await parts.queue.run(async () => {
        await parts.advancing.toNow();
        const file = { ...stored, offset: parts.data.offsetNow, mark: null };
        return this.#decide((draft) => importBackup(draft, instanceId, file, retentionDays));
      });
    } catch (error) {
      await parts.store.remove(fileId);
      throw error;
    } finally {
      letGo();
    }
  }

  /** An RDB whose expiries are by the machine's clock. Throws RecordNotFound, BackupNotUsable, BackupMissing, BackupCorrupt; what fails later destroys the stream. */
  async export(backupId: string): Promise<Readable> {
    const { file } = this.#read((draft) => goodBackup(draft, backupId));
    await this.parts.store.check(file);
    const out = new PassThrough();
    const shiftMs = file.offset - this.parts.data.offsetNow;
    this.parts.store.export(file, shiftMs, out).catch((error: unknown) => {
      out.destroy(error instanceof Error ? error : new Error(String(error)));
    });
    return out;
  }

  /** Within the queue. */
  #decide<T>(work: (draft: Draft) => T, known?: Known): T {
    const result = this.parts.decide(work, known);
    this.parts.advancing.schedule();
    return result;
  }

  #read<T>(ask: (draft: Draft) => T): T {
    return ask(new Draft(this.parts.world(), this.parts.clock.now()));
  }
}
