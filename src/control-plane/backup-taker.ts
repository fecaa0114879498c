/**
 * Takes the backups that were decided, and keeps the files as the records say. Redis writes each one as replication
 * sends it: its clients wait no longer than until it has begun. Data that nobody has touched since the last good one is
 * not asked for again.
 */
import { pipeline } from 'node:stream/promises';
import { Passing } from './altered-tail.js';
import { machineTime, realMs } from './clock.js';
import { isAsUsual, type Backup, type Taken } from './core/backup-record.js';
import { failBackup, finishBackup } from './core/backups.js';
import { NOTHING_KNOWN, type Draft, type Known } from './core/draft.js';
import { problemOf, SimulatorError } from './core/errors.js';
import type { Change, World } from './core/world.js';
import type { DataClock } from './data-clock.js';
import type { BackupStore, DataPlane, Engine } from './ports.js';
import type { StillData } from './stillness.js';

/** Instances whose Redis begins at the same time: each of them forks. */
const BEGIN_AT_ONCE = 4;
/** Transfers at the same time. */
const TRANSFERS_MAX = 8;

export interface BackupTakerParts {
  readonly engine: Pick<Engine, 'ownsSettings' | 'dump' | 'dataMark'>;
  readonly dataPlane: Pick<DataPlane, 'written' | 'markUnwritten'>;
  readonly store: BackupStore;
  readonly data: Pick<DataClock, 'still' | 'isVolatile'>;
  readonly world: () => World;
  /** What they refer to is kept, too. */
  readonly checkpoints: () => readonly { readonly world: World }[];
  /** Within the queue. */
  readonly decide: (work: (draft: Draft) => void) => void;
  readonly enqueue: (work: () => void) => Promise<void>;
  readonly log: (line: string) => void;
}

/** What came of one: it is decided within the queue. */
type Outcome = Taken | { readonly problem: string };

interface Transfer {
  readonly instanceId: string;
  readonly passing: Passing;
  /** Its data was changed by somebody else than its clients meanwhile. */
  isSpoilt: boolean;
  outcome: Outcome | undefined;
  done: Promise<void>;
}

export class BackupTaker {
  /** Decided, and not begun. */
  readonly #waiting = new Set<string>();
  /** By backup, in the order of beginning. */
  readonly #transfers = new Map<string, Transfer>();
  /** Instances whose data has been that of the last good backup since they were marked, unless clients wrote. */
  readonly #clean = new Set<string>();
  /** Files that lost a record. */
  readonly #doubtful = new Set<string>();
  /** Files that get a record soon. */
  readonly #kept = new Set<string>();
  #closed = false;

  constructor(private readonly parts: BackupTakerParts) {}

  /** What a decision may rely upon. */
  async known(): Promise<Known> {
    if (this.#clean.size === 0) return NOTHING_KNOWN;
    const written = new Set(await this.parts.dataPlane.written());
    const unchanged = [...this.#clean].filter(
      (id) => !written.has(id) && !this.parts.data.isVolatile(id) && this.#goodFileOf(id),
    );
    return { unchanged: new Set(unchanged) };
  }

  /** It was saved. */
  note({ records, removed }: Pick<Change, 'records' | 'removed'>): void {
    for (const { table, row } of records) {
      if (table === 'backups' && row.state === 'running') this.#waiting.add(row.id);
    }
    for (const { table, row } of removed) {
      if (table !== 'backups') continue;
      this.#waiting.delete(row.id);
      this.#transfers.get(row.id)?.passing.destroy(new Error('it is not wanted any more'));
      if (row.file) this.#doubtful.add(row.file.fileId);
    }
  }

  /** Something other than its clients' commands may have changed its data. */
  touched(instanceId: string): void {
    this.#clean.delete(instanceId);
    for (const one of this.#transfers.values()) {
      if (one.instanceId === instanceId) one.isSpoilt = true;
    }
  }

  /** The world is another one: nothing is under way in it, and nobody knows where clients have written. */
  turnedBack(): void {
    this.#waiting.clear();
    this.#clean.clear();
  }

  /** A file of somebody else's that no record is of yet: it stays until it is let go. */
  keep(fileId: string): () => void {
    this.#kept.add(fileId);
    return () => void this.#kept.delete(fileId);
  }

  /** What goes on, for people; null: nothing. */
  get doing(): string | null {
    const shown = [...this.#transfers.values()].map(
      ({ instanceId, passing }) => `${instanceId} (${String(passing.bytes)} bytes so far)`,
    );
    return shown.length === 0 ? null : `backup of ${shown.join(', ')}`;
  }

  /** Resolves when Redis has begun with all that wait, or they came to nothing. Time must not be moving. */
  async begin(): Promise<void> {
    while (this.#waiting.size > 0) {
      const ids = [...this.#waiting].slice(0, BEGIN_AT_ONCE);
      for (const id of ids) this.#waiting.delete(id);
      const { backups } = this.parts.world().records;
      const some = ids.flatMap((id) => backups?.get(id) ?? []);
      await this.#makeRoom(some.length);
      await this.#beginSome(some);
    }
  }

  /** Resolves when all that began have come to an end, and that was decided. */
  async settle(): Promise<void> {
    await Promise.all([...this.#transfers.values()].map(({ done }) => done));
    this.#conclude();
  }

  /** Resolves when that one has come to an end, and that was decided. */
  async whenDone(backupId: string): Promise<void> {
    await this.#transfers.get(backupId)?.done;
    await this.parts.enqueue(() => this.#conclude());
  }

  /** Removes the files that no record is of any more. What fails is tried again at the next start. */
  async tidy(): Promise<void> {
    if (this.#doubtful.size === 0) return;
    const doubtful = [...this.#doubtful];
    this.#doubtful.clear();
    const wanted = this.#wantedFiles();
    await this.#remove(doubtful.filter((id) => !wanted.has(id)));
  }

  /** Removes all files that no record is of: a crash may have left them. */
  async sweep(): Promise<void> {
    const wanted = this.#wantedFiles();
    await this.#remove((await this.parts.store.list()).filter((id) => !wanted.has(id)));
  }

  /** What is under way fails. */
  close(): void {
    this.#closed = true;
    for (const { passing } of this.#transfers.values()) {
      passing.destroy(new Error('the simulator ended while it was taken'));
    }
  }

  async #beginSome(some: readonly Backup[]): Promise<void> {
    const byInstance = new Map(some.map((one) => [one.instanceId, one]));
    try {
      await this.parts.data.still([...byInstance.keys()], async (all) => {
        const begun = all.flatMap((still) => {
          const backup = byInstance.get(still.instanceId);
          return backup ? [this.#beginOne(backup, still)] : [];
        });
        await Promise.all(begun);
      });
    } catch (error) {
      // The data plane could not hold their clients: nothing was begun.
      const problem = problemOf(error);
      for (const one of some.filter(({ id }) => !this.#transfers.has(id))) {
        this.#come(one, this.#transferOf(one), { problem });
      }
    }
  }

  /** Resolves when Redis has begun. */
  async #beginOne(backup: Backup, { offset, problem }: StillData): Promise<void> {
    const { instanceId: id } = backup;
    const transfer = this.#transferOf(backup);
    const [since, realAt] = [realMs(), machineTime()];
    try {
      if (problem !== null) throw new Error(problem);
      this.#clean.delete(id);
      await this.parts.dataPlane.markUnwritten(id);
      const mark = await this.parts.engine.dataMark(id);
      const same = this.#goodFileOf(id);
      if (isAsUsual(backup.planned) && same?.mark === mark) {
        this.#come(backup, transfer, { file: same, unchanged: true, realMs: null, realAt: null });
        return;
      }
      const { rdb } = await this.parts.engine.dump(id);
      if (this.#closed) rdb.destroy();
      const put = this.parts.store.put(backup.id, transfer.passing);
      // Whichever end fails, the other one is told; what `put` says of it is what counts.
      put.catch(() => transfer.passing.destroy());
      const piped = pipeline(rdb, transfer.passing);
      transfer.done = Promise.allSettled([put, piped]).then(([stored, sent]) => {
        const failed = stored.status === 'rejected' ? stored : sent;
        if (stored.status === 'rejected' || failed.status === 'rejected') {
          const reason: unknown = failed.status === 'rejected' ? failed.reason : undefined;
          this.#come(backup, transfer, { problem: whyNot(reason) });
          return;
        }
        const file = { ...stored.value, offset, mark };
        this.#come(backup, transfer, {
          file,
          unchanged: false,
          realMs: Math.round(realMs() - since),
          realAt,
        });
      });
    } catch (error) {
      this.#come(backup, transfer, { problem: whyNot(error) });
    }
  }

  #transferOf({ id, instanceId, planned }: Backup): Transfer {
    const transfer: Transfer = {
      ...{ instanceId, passing: new Passing(planned), isSpoilt: false },
      ...{ outcome: undefined, done: Promise.resolve() },
    };
    transfer.passing.on('error', () => undefined); // whoever reads it says so
    this.#transfers.set(id, transfer);
    return transfer;
  }

  /** It has come to its end: that is decided by whoever waits for it within the queue, or in its turn. */
  #come(backup: Backup, transfer: Transfer, outcome: Outcome): void {
    transfer.outcome = outcome;
    this.parts
      .enqueue(() => this.#conclude())
      .catch((error: unknown) => {
        if (!this.#closed) this.parts.log(`${backup.id}: ${problemOf(error)}`);
      });
  }

  #conclude(): void {
    for (const [id, { instanceId, outcome, isSpoilt }] of [...this.#transfers]) {
      if (!outcome) continue;
      const isWanted = this.parts.world().records.backups?.has(id) === true;
      if (isWanted) this.parts.decide((draft) => concludeBackup(draft, id, outcome));
      // Only now: what cannot be saved (a full disk) is decided with the next one that comes to its end.
      this.#transfers.delete(id);
      if ('problem' in outcome) continue;
      if (!isWanted) this.#doubtful.add(outcome.file.fileId);
      else if (!isSpoilt && this.parts.engine.ownsSettings) this.#clean.add(instanceId);
    }
  }

  async #makeRoom(wanted: number): Promise<void> {
    const underWay = () => [...this.#transfers.values()].filter(({ outcome }) => !outcome);
    while (underWay().length + wanted > TRANSFERS_MAX) {
      await Promise.race(underWay().map(({ done }) => done));
    }
  }

  /** Of the last good backup; null: there is none, or somebody took it away. */
  #goodFileOf(instanceId: string): Taken['file'] | null {
    const { instances, records } = this.parts.world();
    const lastGood = instances.get(instanceId)?.backups.lastGood ?? '';
    const file = records.backups?.get(lastGood)?.file ?? null;
    return file && this.parts.store.has(file) ? file : null;
  }

  #wantedFiles(): ReadonlySet<string> {
    const worlds = [this.parts.world(), ...this.parts.checkpoints().map(({ world }) => world)];
    const files = worlds.flatMap(({ records: { backups } }) =>
      [...(backups?.values() ?? [])].flatMap(({ file }) => file?.fileId ?? []),
    );
    return new Set([...files, ...this.#transfers.keys(), ...this.#waiting, ...this.#kept]);
  }

  async #remove(fileIds: readonly string[]): Promise<void> {
    for (const id of fileIds) {
      await this.parts.store.remove(id).catch((error: unknown) => {
        this.parts.log(`the file of backup ${id} is still there: ${problemOf(error)}`);
      });
    }
  }
}

function concludeBackup(draft: Draft, id: string, outcome: Outcome): void {
  if ('problem' in outcome) failBackup(draft, id, outcome.problem);
  else finishBackup(draft, id, outcome);
}

/** In few words: that no backup came of it is said elsewhere. */
function whyNot(error: unknown): string {
  const isKnown = error instanceof SimulatorError && error.code === 'BackupFailed';
  return (isKnown ? error.details.problem : undefined) ?? problemOf(error);
}
