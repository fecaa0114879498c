/**
 * What the control plane needs from outside. Every verb may be called again at
 * any time and brings about what it says: a restart, a retry and the normal
 * run are the same code.
 */
import type { Change, LedgerEntry, SimulatorEvent, World } from './core/world.js';
import type { Instant } from './core/duration.js';
import type { BackendAddress, BackendLogin, CommandRow, EndpointSpec } from '../server/index.js';

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
  /** Ends the backend and its data for good; nothing to do where there is none. Throws EngineFailed. */
  remove(instanceId: string): Promise<void>;
  /** Instances of this simulator of which anything is left: a process, a container, data. */
  list(): Promise<readonly string[]>;
  /** Called when a backend ends that was not told to. */
  onLost(listener: (instanceId: string, why: string) => void): void;
  /** Lets go of everything without losing data: what was up can be brought up again later. */
  close(): Promise<void>;
}

export interface BackendSpec {
  readonly instanceId: string;
  readonly memoryBytes: number;
  /** Redis itself refuses writes too, also inside scripts. */
  readonly writesRefused: boolean;
  /** Settings by name; `client-output-buffer-limit pubsub` for one of several. Ignored where they are not ours. */
  readonly settings: Readonly<Record<string, string>>;
  /** Clients have to log in: nobody may do anything there before. */
  readonly loginNeeded: boolean;
  /** Who may log in besides the backend's own user. Those that the engine made before, and that are not here, go. */
  readonly users: readonly BackendUser[];
}

export interface BackendUser {
  /** As the instance's customers know it. */
  readonly name: string;
  /** It may not write, in scripts either, nor administer. */
  readonly readOnly: boolean;
}

/** A running Redis. Its password is generated, and never shown or logged. */
export interface Backend extends BackendAddress {
  readonly version: string;
  readonly commands: readonly CommandRow[];
  /** How each of `users` is known to Redis, by name. */
  readonly logins: ReadonlyMap<string, BackendLogin>;
}

/** The sockets in front of the backends. */
export interface DataPlane {
  /** Makes the endpoint be as `spec` says. Resolves with the port it listens on. Throws PortBusy, NoFreePort. */
  apply(spec: EndpointSpec): Promise<{ readonly port: number }>;
  /** Resolves when what Redis had answered before is on its way to the clients. */
  settle(instanceId: string): Promise<void>;
  /** Stops listening and ends all sessions. */
  remove(instanceId: string): Promise<void>;
  close(): Promise<void>;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** `after` of the next page, or null at the end. */
  readonly next: number | null;
}

export interface EventFilter {
  readonly after: number;
  readonly limit: number;
  readonly instanceId?: string;
  readonly types?: readonly string[];
}

export interface LedgerFilter {
  readonly accountId: string;
  readonly after: number;
  readonly limit: number;
}

/** Where the world is kept. */
export interface StateStore {
  load(): StoredState;
  /** The change and where the clock stands: all of it or nothing; it survives the death of the process when this returns. */
  commit(change: Change, clock: StoredClock): void;
  /** Remembers which engine has the instances' data. */
  saveEngine(kind: Engine['kind']): void;
  /** Remembers where the clock stands. */
  saveClock(clock: StoredClock): void;
  /** Forgets the world, its events and its ledger, then commits `change`; who the simulator is stays. */
  reset(change: Change, clock: StoredClock): void;
  events(filter: EventFilter): Page<SimulatorEvent>;
  ledger(filter: LedgerFilter): Page<LedgerEntry>;
  close(): void;
}

export interface StoredClock {
  readonly now: Instant;
  /** Virtual milliseconds for each real one; 0 is a frozen clock. */
  readonly rate: number;
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
}
