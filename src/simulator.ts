/** The composition root: from a Config, everything wired; started and closed in a written order. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { destination, pino, type Logger } from 'pino';
import type { Config } from './config.js';
import { machineOf } from './config.js';
import { openApi, tokenOf } from './api.js';
import { ApplicationThread } from './application/application-thread.js';
import { execute, type ActionContext } from './control-plane/actions/action.js';
import { clientOf, type ActionClient } from './control-plane/actions/index.js';
import { ControlPlane } from './control-plane/control-plane.js';
import { SimulatorError } from './control-plane/core/errors.js';
import { parseMoney } from './control-plane/core/money.js';
import { DEFAULT_SECURITY_IPS, parseSecurityIps } from './control-plane/core/whitelist.js';
import { livingInstances, type World } from './control-plane/core/world.js';
import { Lifeline } from './control-plane/engines/lifeline.js';
import { DEFAULT_DOCKER_IMAGE } from './control-plane/engines/docker.js';
import { selectEngine, type SelectedEngine } from './control-plane/engines/select-engine.js';
import { Loading } from './control-plane/loading.js';
import type { StateStore } from './control-plane/ports.js';
import { Reconciler } from './control-plane/reconciler.js';
import { BackupFiles } from './control-plane/stores/backup-files.js';
import { DataLock } from './control-plane/stores/data-lock.js';
import { MemoryStore } from './control-plane/stores/memory-store.js';
import { SqliteStore } from './control-plane/stores/sqlite-store.js';
import { LoadThreads } from './load/load-thread.js';
import { ProxyThread } from './server/index.js';
import { VERSION } from './version.js';

/** What may be said at the start; everything has a default that suits a test. */
export type SimulatorOptions = Partial<Config> & {
  /** Told of slow things: an image that is pulled, a server that is installed. */
  readonly progress?: (line: string) => void;
};

/** A running simulator: a method for each action, as over HTTP. */
export interface Simulator extends ActionClient, AsyncDisposable {
  /** Where the HTTP API listens, or null where there is none. */
  readonly apiUrl: string | null;
  /** Which engine was taken, and why. */
  readonly engine: string;
  /** What callers of the API must show, or null. */
  readonly token: string | null;
  /** Ends everything in order; what is persistent can be started again. May be called twice. */
  close(): Promise<void>;
}

/** For tests: nothing is kept, every port is the system's choice, and time stands until it is moved. */
const IN_PROCESS: Config = {
  engine: 'auto',
  redisServer: undefined,
  dockerImage: DEFAULT_DOCKER_IMAGE,
  dockerNetwork: undefined,
  external: [],
  flushExternal: [],
  dataDir: null,
  apiHost: '127.0.0.1',
  apiPort: 0,
  token: undefined,
  allowedHosts: [],
  host: '127.0.0.1',
  ports: { from: 0, to: 0 },
  rate: 0,
  clockStart: Date.UTC(2026, 0, 1),
  openingBalance: parseMoney('openingBalance', '100'),
  securityIps: parseSecurityIps(DEFAULT_SECURITY_IPS),
  path: '',
  dockerHost: undefined,
};

/** How fast a clock runs that nobody said anything about. */
const FIRST_RATE = 1;

/**
 * Starts a simulator in this process. Without options: nothing is kept on
 * disk, ports are the system's choice, the clock is frozen at 2026-01-01.
 * Throws SimulatorError: EngineNotAvailable, DataDirectoryInUse, PortBusy and others.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { progress = () => undefined, ...given } = options;
  const config: Config = { ...IN_PROCESS, ...machineOf(), ...given };
  const closing: (() => void | Promise<void>)[] = [];
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= closeAll(closing));
  try {
    return await start(config, progress, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** `closing` is filled as things come to be, and ends them in the opposite order. */
async function start(
  config: Config,
  progress: (line: string) => void,
  closing: (() => void | Promise<void>)[],
  close: () => Promise<void>,
): Promise<Simulator> {
  const dataDir = config.dataDir === null ? null : resolve(config.dataDir);
  // The lock goes last: until then nobody else may touch the directory.
  if (dataDir !== null) {
    const lock = new DataLock(dataDir, `process ${String(process.pid)}`);
    closing.push(() => lock.release());
  }
  const log = createLog(dataDir);
  const say = (line: string) => {
    log.info(line);
    progress(line);
  };
  const store = openStore(dataDir);
  closing.push(() => store.close());
  log.info({ simulatorId: store.load().simulatorId, version: VERSION }, 'starting');
  const home = await homeOf(dataDir, closing);
  const { engine, reason } = await openEngine(config, dataDir, home, store, say);
  const backupStore = await BackupFiles.open(join(home, 'backups'));
  // Endpoints before backends: nobody is served by a Redis that is going away.
  const dataPlane = new ProxyThread((line) => log.error(line));
  const reconciler = new Reconciler(engine, dataPlane, config.ports);
  closing.push(() => reconciler.close());
  const controlPlane = await ControlPlane.open({
    store,
    engine,
    dataPlane,
    reconciler,
    backupStore,
    parks: dataDir !== null && engine.ownsSettings,
    firstClock: { now: config.clockStart ?? Date.now(), rate: config.rate ?? FIRST_RATE },
    rate: config.rate,
    openingBalance: config.openingBalance,
    log: (line) => log.warn(line),
  });
  // Before the reconciler: the last piece of work may still need it.
  closing.push(() => controlPlane.close());
  const applications = new ApplicationThread((line) => log.error(line));
  closing.push(() => applications.close());
  const loads = new LoadThreads((line) => log.error(line));
  closing.push(() => loads.close());
  controlPlane.events.subscribe(() => endReplaced(applications, controlPlane.world));
  const context: ActionContext = {
    controlPlane,
    store,
    applications,
    loading: new Loading(loads, controlPlane),
    about: {
      version: VERSION,
      engine: `${engine.kind}: ${engine.summary}`,
      engineReason: reason,
      dataDirectory: dataDir,
      endpointHost: config.host,
      securityIps: config.securityIps,
      ownsSettings: engine.ownsSettings,
    },
  };
  const token = tokenOf(config, dataDir);
  const api = await openApi(config, token, context, controlPlane.events, log);
  // No new work while the rest is ended, so the API goes first of all.
  closing.push(() => api?.close());
  return {
    ...clientOf((action, input) => execute(action, context, input)),
    apiUrl: api?.url ?? null,
    engine: `${engine.summary} (${reason})`,
    token,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A port that an instance has left may be another one's by now: nobody writes there by mistake. */
function endReplaced(applications: ApplicationThread, world: World): void {
  for (const { instanceId, port } of applications.list()) {
    const now = livingInstances(world).find((one) => one.port === port);
    if (now && now.id !== instanceId) applications.stop(instanceId);
  }
}

async function closeAll(closing: (() => void | Promise<void>)[]): Promise<void> {
  const problems: unknown[] = [];
  for (const end of closing.reverse()) {
    try {
      await end();
    } catch (error) {
      problems.push(error); // the others are ended all the same
    }
  }
  if (problems.length > 0) throw new AggregateError(problems, 'the simulator did not end cleanly');
}

/**
 * The data of instances is in one engine: what it was is kept, and taken again.
 * Throws EngineChanged where another one is asked for while there are instances.
 */
async function openEngine(
  config: Config,
  dataDir: string | null,
  home: string,
  store: StateStore,
  log: (line: string) => void,
): Promise<SelectedEngine> {
  const { simulatorId, secret, engine: known, world } = store.load();
  const hasInstances = livingInstances(world).length > 0;
  const asked = config.engine;
  if (known !== null && hasInstances && asked !== 'auto' && asked !== known) {
    throw new SimulatorError('EngineChanged', { dir: dataDir ?? '', known, asked });
  }
  const again = known !== null && hasInstances && asked === 'auto';
  const selected = await selectEngine({
    ...config,
    kind: again ? known : asked,
    context: { simulatorId, secret, log },
    directory: join(home, 'instances'),
    persistent: dataDir !== null,
  });
  store.saveEngine(selected.engine.kind);
  return again ? { ...selected, reason: 'as before' } : selected;
}

/** Where data and backups of instances are; of a simulator that keeps nothing, what goes with it. */
async function homeOf(
  dataDir: string | null,
  closing: (() => void | Promise<void>)[],
): Promise<string> {
  if (dataDir !== null) return dataDir;
  const home = await mkdtemp(join(tmpdir(), 'frostgate-'));
  // Whatever the engine is: backups are in it, too.
  const lifeline = new Lifeline(home);
  closing.push(async () => {
    await rm(home, { recursive: true, force: true });
    await lifeline.close();
  });
  return home;
}

function openStore(dataDir: string | null): StateStore {
  if (dataDir !== null) return new SqliteStore(dataDir);
  return new MemoryStore({ simulatorId: randomUUID(), secret: randomBytes(32).toString('hex') });
}

function createLog(dataDir: string | null): Logger {
  if (dataDir === null) return pino({ level: 'silent' });
  return pino({ level: 'info' }, destination({ dest: join(dataDir, 'simulator.log'), sync: true }));
}
