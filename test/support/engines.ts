/** What the conformance suite needs to know of each engine: how to open one, crash a backend of it, and see what it left. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_DOCKER_IMAGE, DockerEngine } from '../../src/control-plane/engines/docker.js';
import { ExternalEngine } from '../../src/control-plane/engines/external.js';
import { ProcessEngine } from '../../src/control-plane/engines/process.js';
import { findRedisBinary } from '../../src/control-plane/engines/redis-binary.js';
import type { Backend, Engine } from '../../src/control-plane/ports.js';
import { isAlive, pidOf } from './backends.js';
import { dockerTraces, killContainer, removeTraces, whyNoDocker } from './docker.js';
import { OwnedRedis } from './owned-redis.js';
import { until } from './raw-client.js';

export interface OpenOptions {
  readonly simulatorId?: string;
  readonly persistent?: boolean;
}

/** One engine's world during one test: its directory, its servers, and everything opened in it. */
export interface EngineLab extends AsyncDisposable {
  readonly simulatorId: string;
  readonly directory: string;
  open(options?: OpenOptions): Promise<Engine>;
  /** The backend dies as by a crash; whoever runs it starts it again, if that is not the engine's to do. */
  crash(instanceId: string, backend: Backend): Promise<void>;
  /** Whatever the engine has left, anywhere. */
  traces(): Promise<string[]>;
}

export interface EngineUnderTest {
  readonly kind: 'process' | 'docker' | 'external';
  /** Which one it is, and why it is left out. */
  readonly title: string;
  /** Why it cannot be tested here, or null. */
  readonly missing: string | null;
  /** Data is the engine's to make and to end. */
  readonly ownsData: boolean;
  readonly lab: () => Promise<EngineLab>;
}

const SECRET = 'a secret of the tests';
/** So many instances a test may have of the external engine. */
const EXTERNAL_SERVERS = 2;

/** Servers of other versions than the machine's own, by who names them. */
export const OTHER_SERVERS = {
  'Redis 8': process.env.FROSTGATE_TEST_REDIS8,
  Valkey: process.env.FROSTGATE_TEST_VALKEY,
};
const NAMED_BY: Readonly<Record<keyof typeof OTHER_SERVERS, string>> = {
  'Redis 8': 'FROSTGATE_TEST_REDIS8',
  Valkey: 'FROSTGATE_TEST_VALKEY',
};

export const ENGINES: readonly EngineUnderTest[] = [
  underTest('process', null, () => processLab()),
  underTest('docker', await whyNoDocker(), dockerLab),
  underTest('external', null, externalLab),
];

/** With the process engine on servers of other versions, too. */
export const ENGINES_OF_ALL_VERSIONS: readonly EngineUnderTest[] = [
  ...ENGINES,
  ...(['Redis 8', 'Valkey'] as const).map((server) => {
    const file = OTHER_SERVERS[server];
    return underTest('process', whyNoServer(server), () => processLab(file), ` with ${server}`);
  }),
];

/** null: it is at hand. */
export function whyNoServer(server: keyof typeof OTHER_SERVERS): string | null {
  return OTHER_SERVERS[server] === undefined ? `${NAMED_BY[server]} names no server` : null;
}

function underTest(
  kind: EngineUnderTest['kind'],
  missing: string | null,
  lab: EngineUnderTest['lab'],
  which = '',
): EngineUnderTest {
  const leftOut = missing === null ? '' : `, LEFT OUT: ${missing}`;
  const title = `the ${kind} engine${which}${leftOut}`;
  return { kind, title, missing, ownsData: kind !== 'external', lab };
}

async function processLab(file?: string): Promise<EngineLab> {
  const binary = await findRedisBinary(file, process.env.PATH ?? '');
  if (typeof binary === 'string') throw new Error(binary);
  const directory = await labDirectory();
  return labOf({
    directory,
    make: ({ simulatorId, persistent }) =>
      Promise.resolve(
        new ProcessEngine({
          context: contextOf(simulatorId),
          binary,
          directory: directoryOf(directory, simulatorId),
          persistent,
        }),
      ),
    crash: (_, backend) => killServer(backend),
    traces: (simulatorId) => {
      const own = directoryOf(directory, simulatorId);
      return Promise.resolve(existsSync(own) ? [`directory ${own}`] : []);
    },
  });
}

async function dockerLab(): Promise<EngineLab> {
  const used = new Set<string>();
  const directory = await labDirectory();
  return labOf({
    directory,
    make: ({ simulatorId, persistent }) => {
      used.add(simulatorId);
      const context = contextOf(simulatorId);
      return DockerEngine.open({ context, image: DEFAULT_DOCKER_IMAGE, ephemeral: !persistent });
    },
    crash: (id, _, simulatorId) => killContainer(simulatorId, id),
    traces: dockerTraces,
    end: async () => {
      for (const simulatorId of used) await removeTraces(simulatorId);
    },
  });
}

async function externalLab(): Promise<EngineLab> {
  const directory = await labDirectory();
  const servers: OwnedRedis[] = [];
  while (servers.length < EXTERNAL_SERVERS) servers.push(await OwnedRedis.start());
  return labOf({
    directory,
    make: ({ simulatorId, persistent }) =>
      ExternalEngine.open({
        addresses: servers.map(({ url }) => url),
        flushOnDelete: [],
        directory: directoryOf(directory, simulatorId),
        persistent,
        context: contextOf(simulatorId),
      }),
    crash: async (_, backend) => {
      const server = servers.find(({ port }) => port === backend.port);
      await server?.kill();
      await server?.run();
    },
    traces: (simulatorId) => {
      const own = directoryOf(directory, simulatorId);
      return Promise.resolve(existsSync(own) ? [`directory ${own}`] : []);
    },
    end: async () => {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  });
}

interface LabParts {
  readonly directory: string;
  readonly make: (options: Required<OpenOptions>) => Promise<Engine>;
  readonly crash: (instanceId: string, backend: Backend, simulatorId: string) => Promise<void>;
  readonly traces: (simulatorId: string) => Promise<string[]>;
  readonly end?: () => Promise<void>;
}

function labOf({ directory, make, crash, traces, end }: LabParts): EngineLab {
  const simulatorId = randomUUID();
  const opened: Engine[] = [];
  return {
    simulatorId,
    directory,
    open: async (options = {}) => {
      const engine = await make({ simulatorId, persistent: true, ...options });
      opened.push(engine);
      return engine;
    },
    crash: (instanceId, backend) => crash(instanceId, backend, simulatorId),
    traces: () => traces(simulatorId),
    [Symbol.asyncDispose]: async () => {
      for (const engine of opened) await engine.close();
      await end?.();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function labDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'frostgate-engine-'));
}

/** Each simulator has a directory of its own. */
function directoryOf(directory: string, simulatorId: string): string {
  return join(directory, simulatorId);
}

function contextOf(simulatorId: string) {
  return { simulatorId, secret: SECRET, log: () => undefined };
}

async function killServer(backend: Backend): Promise<void> {
  const pid = await pidOf(backend);
  process.kill(pid, 'SIGKILL');
  await until(`process ${String(pid)} is gone`, () => !isAlive(pid));
}
