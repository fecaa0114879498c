/** Which engine is used, and why that one. */
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidInput, SimulatorError } from '../core/errors.js';
import type { Engine } from '../ports.js';
import { signOfDocker } from './docker-daemon.js';
import { DockerEngine } from './docker.js';
import type { EngineContext } from './engine-context.js';
import { ExternalEngine } from './external.js';
import { FakeEngine } from './fake.js';
import { ProcessEngine } from './process.js';
import { findRedisBinary } from './redis-binary.js';

const NAME_EXTERNAL = 'Give --external redis://host:port, by comma where there are more';

export type EngineKind = Engine['kind'] | 'auto';

export interface EngineOptions {
  /** `auto`: Docker if it answers and has the image or can pull it, else a local binary. */
  readonly kind: EngineKind;
  readonly context: EngineContext;
  /** For files of the engine; each kind uses a folder of its own in it. */
  readonly directory: string;
  /** Instances and data outlive the simulator. Otherwise nothing is left after close(), not even `directory`. */
  readonly persistent: boolean;
  /** A redis-server or valkey-server for the process engine; with `auto`, it is taken and Docker is not asked. */
  readonly redisServer?: string | undefined;
  /** PATH: where a server is looked for. */
  readonly path: string;
  /** DOCKER_HOST: where set, Docker is asked even where no socket of it is seen. */
  readonly dockerHost?: string | undefined;
  readonly dockerImage: string;
  /** Containers join it, and the simulator must be in it; otherwise they publish to 127.0.0.1. */
  readonly dockerNetwork?: string | undefined;
  /** `redis://[user:password@]host:port` of each external Redis; with `auto`, they are taken. */
  readonly external: readonly string[];
  /** `host:port` of those that are flushed when their instance is deleted. */
  readonly flushExternal: readonly string[];
}

export interface SelectedEngine {
  readonly engine: Engine;
  /** For people: why it was taken, and why those before it were not. */
  readonly reason: string;
}

/** Throws EngineNotAvailable with all that was tried, or InvalidInput. */
export async function selectEngine(options: EngineOptions): Promise<SelectedEngine> {
  switch (options.kind) {
    case 'docker':
      return { engine: await docker(options), reason: 'asked for' };
    case 'process':
      return { engine: await local(options), reason: 'asked for' };
    case 'external':
      return { engine: await external(options), reason: 'asked for' };
    case 'fake':
      return { engine: new FakeEngine(), reason: 'asked for' };
    case 'auto':
      return automatic(options);
  }
}

/** Docker first, then what is on PATH; what was said about a server is taken as the wish for it. */
async function automatic(options: EngineOptions): Promise<SelectedEngine> {
  if (options.external.length > 0) {
    return { engine: await external(options), reason: 'addresses of external servers are given' };
  }
  if (options.redisServer !== undefined) {
    return { engine: await local(options), reason: 'a server binary is given' };
  }
  const tried: string[] = [];
  const sign = signOfDocker(options.dockerHost);
  if (sign === undefined) {
    tried.push('Docker is not here (DOCKER_HOST is not set, and there is no socket of it)');
  } else {
    try {
      return { engine: await docker(options), reason: `Docker answers (${sign})` };
    } catch (error) {
      tried.push(reasonOf(error));
    }
  }
  try {
    return { engine: await local(options), reason: `found here; ${tried.join('; ')}` };
  } catch (error) {
    tried.push(reasonOf(error));
  }
  throw new SimulatorError('EngineNotAvailable', { tried: tried.join('; ') });
}

async function docker(options: EngineOptions): Promise<Engine> {
  const engine = await DockerEngine.open({
    context: options.context,
    image: options.dockerImage,
    network: options.dockerNetwork,
    ephemeral: !options.persistent,
  });
  // It has no files. One that is not empty, or not there, is no concern of ours.
  if (!options.persistent) await rmdir(options.directory).catch(() => undefined);
  return engine;
}

async function local(options: EngineOptions): Promise<Engine> {
  const binary = await findRedisBinary(options.redisServer, options.path);
  if (typeof binary === 'string') {
    throw new SimulatorError('EngineNotAvailable', { tried: binary });
  }
  const { context, persistent } = options;
  const directory = folderOf(options, 'process');
  return new ProcessEngine({ context, binary, directory, persistent });
}

function external(options: EngineOptions): Promise<Engine> {
  if (options.external.length === 0) {
    throw invalidInput('external', '', 'the external engine needs an address', NAME_EXTERNAL);
  }
  return ExternalEngine.open({
    addresses: options.external,
    flushOnDelete: options.flushExternal,
    directory: folderOf(options, 'external'),
    persistent: options.persistent,
    context: options.context,
  });
}

/** A folder for each kind, so that one does not take another's files for its instances. */
function folderOf({ directory, persistent }: EngineOptions, kind: Engine['kind']): string {
  return persistent ? join(directory, kind) : directory;
}

/** Without the ways out, which are said once, at the end. */
function reasonOf(error: unknown): string {
  if (error instanceof SimulatorError && error.code === 'EngineNotAvailable') {
    return error.details.tried ?? '';
  }
  throw error;
}
