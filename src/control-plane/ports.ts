/**
 * What the control plane needs from outside. Every verb may be called again at
 * any time and brings about what it says: a restart, a retry and the normal
 * run are the same code.
 */
import type { Backend, BackendSpec } from './backend-ports.js';
import type { Dump, Loaded, RdbSource } from './backup-ports.js';
import type { LedgerEntry, SimulatorEvent, World } from './core/world.js';
import type { Instant } from './core/duration.js';
import type { EngineCounts } from './core/reading.js';
import type { Commit, RowRange, Run } from './core/runs.js';
import type { MeterStore } from './meter-store.js';
import type {
  EndpointSpec,
  ShiftBegun,
  ShiftedTo,
  ShiftOf,
  TrafficCounts,
} from '../server/index.js';

export type { Backend, BackendSpec, BackendUser } from './backend-ports.js';
export type { BackupStore, Dump, Loaded, RdbSource, StoredRdb } from './backup-ports.js';

/** What runs Redis for us. */
export interface Engine {
  readonly kind: 'docker' | 'process' | 'external' | 'fake';
  /** One line for people: what it uses, e.g. `redis-server 7.0.15 (/usr/bin/redis-server)`. */
  readonly summary: string;
  /** Its Redis servers are ours to configure: memory ceiling and parameters. */
  readonly ownsSettings: boolean;
  /**
   * Makes the backend of an instance exist, run, answer, and be as `spec` says;
   * resolves when all of it is true. Throws EngineFailed, RedisTooOld, RedisNotUsable, EngineFull.
   */
  up(spec: BackendSpec): Promise<Backend>;
  /**
   * Moves every expiry of the instance's data (keys of all databases; fields of hashes where Redis has them) earlier by
   * `ms`, later where it is negative, in one step that is there whole or not at all, also after a crash. What has ended
   * by then is expired by Redis itself. Not to be repeated without knowing: see `expiryOf`. Throws EngineFailed.
   */
  age(instanceId: string, ms: number): Promise<Aged>;
  /** What would tell later whether an ageing took place: a key (or a field) with an expiry; null where nothing expires. Throws EngineFailed. */
  witness(instanceId: string): Promise<Witness | null>;
  /** The expiry of the witness' key now (ms since 1970, Redis' clock); null where it has none any more. Throws EngineFailed. */
  expiryOf(instanceId: string, witness: Witness): Promise<number | null>;
  /**
   * All the data of an instance, to be put back later; kept in our memory. It must not change meanwhile.
   * Throws EngineFailed, also where it is more than `bytesMax`.
   */
  copyData(instanceId: string, bytesMax: number): Promise<DataCopy>;
  /**
   * Makes the data of an instance that of the copy and nothing else, every expiry `laterMs` later than it was there; in
   * one step, which leaves its clients connected. The backend may be another one than it was. Throws EngineFailed.
   */
  putDataBack(instanceId: string, copy: DataCopy, laterMs: number): Promise<void>;
  /**
   * Ends the backend in order and keeps its data: `up` brings it back with it. Nothing to do where there is none, and
   * no loss. Throws EngineFailed.
   */
  down(instanceId: string): Promise<void>;
  /**
   * Makes the data of `from`, which is down, that of `to`, of which there is nothing yet; nothing to do where it was done
   * before. Resolves with whether there is anything of `to` now. Whole or not at all, also after a crash. Throws EngineFailed.
   */
  adopt(from: string, to: string): Promise<boolean>;
  /** Bytes that Redis has in use (INFO memory, used_memory), to be compared with the ceiling. Throws EngineFailed. */
  usedMemory(instanceId: string): Promise<number>;
  /**
   * The instance's data as it was at one moment between this call and its first byte: an RDB of all databases and
   * functions, written by Redis itself, as replication sends it. Expiries in it are by Redis' clock. Throws EngineFailed.
   */
  dump(instanceId: string): Promise<Dump>;
  /**
   * Makes the data of a backend that is up, and by which nobody is served, be what `rdb` holds, and nothing else. Every
   * expiry becomes `shiftMs` later, earlier where it is negative; what is over by then is left out. May be repeated from
   * the start, also after a crash, and until it resolves the data is neither the old nor the new. Throws EngineFailed.
   */
  load(instanceId: string, rdb: RdbSource, shiftMs: number): Promise<Loaded>;
  /** The newest version of RDB that it reads: see core/rdb-versions.ts. Throws EngineFailed. */
  rdbVersion(instanceId: string): Promise<number>;
  /** How many databases it has. Throws EngineFailed. */
  databases(instanceId: string): Promise<number>;
  /**
   * A mark that is another one whenever anything in the data has changed, keys that ended or were evicted included. It
   * may be another one without a change, too: after a restart of Redis, say. One INFO. Throws EngineFailed.
   */
  dataMark(instanceId: string): Promise<string>;
  /**
   * What the backend counts, for its meters. Answers within about a second, also where Redis does not: what it could
   * not be asked is null then. Throws EngineFailed where it is not up.
   */
  counts(instanceId: string): Promise<EngineCounts>;
  /** Ends the backend and its data for good; nothing to do where there is none. Throws EngineFailed. */
  remove(instanceId: string): Promise<void>;
  /** Instances of this simulator of which anything is left: a process, a container, data. */
  list(): Promise<readonly string[]>;
  /** Called when a backend ends that was not told to. */
  onLost(listener: (instanceId: string, why: string) => void): void;
  /** Lets go of everything without losing data: what was up can be brought up again later. */
  close(): Promise<void>;
}

/** What an ageing found. */
export interface Aged {
  /** Keys whose expiry was moved, those that ended by it included. */
  readonly keys: number;
  /** Fields of hashes whose expiry was moved. */
  readonly fields: number;
}

/** All the data of an instance as it was at one moment. What else is in it is the engine's own concern. */
export interface DataCopy {
  readonly keys: number;
  /** What it takes in our memory. */
  readonly bytes: number;
}

/** A key or field of a customer's data: kept for as long as an ageing is under way, never shown or logged. */
export interface Witness {
  readonly database: number;
  /** Base64, since a key may be any bytes. */
  readonly key: string;
  /** Base64; a field of the hash `key`, where it is the field's expiry. null: it is the key's. */
  readonly field: string | null;
  /** Milliseconds since 1970, by Redis' clock. */
  readonly expiresAt: number;
}

/** The sockets in front of the backends. */
export interface DataPlane {
  /** Makes the endpoint be as `spec` says. Resolves with the port it listens on. Throws PortBusy, NoFreePort. */
  apply(spec: EndpointSpec): Promise<{ readonly port: number }>;
  /** Resolves when what Redis had answered before is on its way to the clients. */
  settle(instanceId: string): Promise<void>;
  /** From now on, absolute times in commands and replies are translated so; null: Redis' own time is right. */
  setTimes(times: readonly ShiftedTo[]): Promise<void>;
  /**
   * Time is about to move. Where data may have expiries (`volatile`, or a command that may give one passed since the
   * last `endShift`), no command of a client gets to Redis from now on; elsewhere none that may give an expiry.
   * Resolves when all that got there before has been carried out, with those of the ids that have or may have expiries.
   * May be repeated, also for more of them. Where a Redis cannot be asked whether it has carried out everything, or
   * does not answer in time, it is among the failed as well, and its commands wait all the same: `endShift` lets them go.
   */
  beginShift(ids: readonly ShiftOf[]): Promise<ShiftBegun>;
  /** Instances to which a command got that may change data since `markUnwritten`, and those that were never marked. */
  written(): Promise<readonly string[]>;
  /** From now on only later commands count. To be asked for within a shift, while all commands of it are held. */
  markUnwritten(instanceId: string): Promise<void>;
  /** Time has moved: the commands that wait go on, in their order, with the new times. */
  endShift(times: readonly ShiftedTo[]): Promise<void>;
  /** What passed each open endpoint since it was opened; with the thread of the data plane, it begins anew. */
  traffic(): Promise<readonly TrafficCounts[]>;
  /** Stops listening and ends all sessions. */
  remove(instanceId: string): Promise<void>;
  close(): Promise<void>;
}

export type { ShiftedTo, ShiftOf };

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** `after` of the next page, or null at the end. */
  readonly next: number | null;
}

export interface EventFilter extends RowRange {
  readonly limit: number;
  readonly instanceId?: string | undefined;
  readonly types?: readonly string[] | undefined;
  /** That clause, or one within it: 7.2.3 has 7.2.3.1, and 7.2.30 is another one. */
  readonly clause?: string | undefined;
}

export interface LedgerFilter {
  readonly accountId: string;
  readonly after: number;
  readonly limit: number;
}

/** Where the world is kept. */
export interface StateStore {
  readonly meters: MeterStore;
  load(): StoredState;
  /** What is saved and where the clock stands: all of it or nothing; it survives the death of the process when this returns. */
  commit(commit: Commit, clock: StoredClock): void;
  /** Remembers which engine has the instances' data. */
  saveEngine(kind: Engine['kind']): void;
  /** Remembers where the clock stands. */
  saveClock(clock: StoredClock): void;
  /** Remembers which time the data of these instances follows, all of them or none; it survives as a commit does. null: there is no data any more. */
  saveDataTimes(times: ReadonlyMap<string, DataTime | null>): void;
  /** Forgets the world, its events, its ledger and its meters, then commits; who the simulator is stays. */
  reset(commit: Commit, clock: StoredClock): void;
  /**
   * Makes the world be `world`, which it was once: forgets the events and entries since (those from its counters on), and the meters,
   * then commits. All of it or nothing.
   */
  turnBack(world: World, commit: Commit, clock: StoredClock): void;
  events(filter: EventFilter): Page<SimulatorEvent>;
  /** The same as runs, in the order of their first events; up to `limit` of them, and what they tell beyond `next` is told again by those that follow. */
  eventRuns(filter: Omit<EventFilter, 'order'>): Page<Run<SimulatorEvent>>;
  ledger(filter: LedgerFilter): Page<LedgerEntry>;
  close(): void;
}

export interface StoredClock {
  readonly now: Instant;
  /** Virtual milliseconds for each real one; 0 is a frozen clock. */
  readonly rate: number;
}

/** Which time the expiries of an instance's data follow. */
export interface DataTime {
  /** What Redis keeps as `t` means the virtual time `t + offset` (ms). */
  readonly offset: number;
  /** An ageing that was begun, and is not known to have been done or not. */
  readonly intent: AgeingIntent | null;
}

export interface AgeingIntent {
  /** The offset after it. */
  readonly to: number;
  readonly witness: Witness | null;
}

export interface StoredState {
  /** Names this simulator's containers and files apart from another's. */
  readonly simulatorId: string;
  /** The backends' passwords derive from it; never shown or logged. */
  readonly secret: string;
  readonly world: World;
  /** The engine that has the instances' data; null before the first start. */
  readonly engine: Engine['kind'] | null;
  /** null before the first start. */
  readonly clock: StoredClock | null;
  /** By instance; none for those whose data was never looked at. */
  readonly dataTimes: ReadonlyMap<string, DataTime>;
}
