/**
 * One long-lived container for each instance, with its data in a volume of
 * the same name. Containers and volumes carry our labels, and none of
 * testcontainers', so its reaper leaves them alone: they outlive us, and the
 * next simulator with the same state finds them and goes on with them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { problemOf, SimulatorError } from '../core/errors.js';
import type { EngineCounts } from '../core/reading.js';
import type { Backend, BackendSpec, Engine } from '../ports.js';
import { ContainerStore, type StartedContainer } from './docker-containers.js';
import { INSTANCE_LABEL } from './docker-volumes.js';
import { reachDocker, watchEnds, type Docker } from './docker-daemon.js';
import { ensureImage } from './docker-image.js';
import { passwordOf, type EngineContext } from './engine-context.js';
import { RedisControl } from './redis-control.js';
import { RedisEngine } from './redis-engine.js';

export const DEFAULT_DOCKER_IMAGE = 'redis:7.2';
const LOOK_EVERY_MS = 250;

export interface DockerEngineOptions {
  readonly context: EngineContext;
  /** A Redis or Valkey image, 7.0 or later; pulled where Docker has it not. */
  readonly image: string;
  /** Containers join it and publish nothing, for a simulator that runs in a container itself. Without it: 127.0.0.1. */
  readonly network?: string | undefined;
  /** close() removes containers and data, for simulators that keep no state. */
  readonly ephemeral?: boolean;
}

interface Running {
  readonly container: StartedContainer;
  readonly control: RedisControl;
}

export class DockerEngine extends RedisEngine implements Engine {
  readonly kind = 'docker';
  readonly summary: string;
  readonly ownsSettings = true;
  readonly #options: DockerEngineOptions;
  readonly #containers: ContainerStore;
  readonly #running = new Map<string, Running>();
  readonly #closing = new AbortController();
  #lost: (instanceId: string, why: string) => void = () => undefined;

  private constructor(options: DockerEngineOptions, docker: Docker, version: string) {
    super();
    this.#options = options;
    this.summary = `image ${options.image} in Docker ${version}`;
    this.#containers = new ContainerStore(docker, options);
    const { filter } = this.#containers;
    const watched = { label: INSTANCE_LABEL, filter, signal: this.#closing.signal };
    void watchEnds(docker, watched, (instanceId) => {
      const ids = instanceId === null ? [...this.#running.keys()] : [instanceId];
      for (const id of ids) void this.#look(id);
    });
  }

  /** Throws EngineNotAvailable when Docker does not answer, or has not and cannot get what is asked for. */
  static async open(options: DockerEngineOptions): Promise<DockerEngine> {
    const docker = await reachDocker(options.network);
    await ensureImage(docker, options.image, options.context.log);
    const { Version } = await docker.version();
    const engine = new DockerEngine(options, docker, Version);
    try {
      await engine.#containers.checkNetwork();
      await engine.#containers.removeOrphans();
      return engine;
    } catch (error) {
      engine.#closing.abort();
      throw error;
    }
  }

  onLost(listener: (instanceId: string, why: string) => void): void {
    this.#lost = listener;
  }

  async up(spec: BackendSpec): Promise<Backend> {
    const { instanceId } = spec;
    try {
      const container = await this.#containers.start(instanceId);
      const control = await this.#controlOf(instanceId, container);
      await control.configure(spec);
      await control.makeRoomFor(this.#options.context, spec);
      const logins = await control.applyUsers(this.#options.context, spec);
      await control.refuseWrites(spec.writesRefused);
      await this.#containers.limitCpu(container, spec.cpuCores);
      const described = await control.describe('--docker-image IMAGE');
      return { ...control.address, ...described, logins };
    } catch (cause) {
      throw this.failed('start', instanceId, cause);
    }
  }

  /** Processor time as Docker accounts for it: of everything in the container. */
  override async counts(instanceId: string): Promise<EngineCounts> {
    const container = this.#running.get(instanceId)?.container;
    const cpu = container ? this.#containers.cpuSecondsOf(container).catch(() => null) : null;
    const counted = await super.counts(instanceId);
    return { ...counted, cpuSeconds: (await cpu) ?? counted.cpuSeconds };
  }

  async down(instanceId: string): Promise<void> {
    this.#letGo(instanceId);
    try {
      await this.#containers.stop(instanceId);
    } catch (cause) {
      throw this.failed('stop', instanceId, cause);
    }
  }

  async adopt(from: string, to: string): Promise<boolean> {
    this.#letGo(from);
    try {
      return await this.#containers.adopt(from, to);
    } catch (cause) {
      throw this.failed('adopt', from, cause);
    }
  }

  async remove(instanceId: string): Promise<void> {
    this.#letGo(instanceId);
    try {
      await this.#containers.remove(instanceId);
    } catch (cause) {
      throw this.failed('remove', instanceId, cause);
    }
  }

  async list(): Promise<readonly string[]> {
    try {
      return await this.#containers.list();
    } catch (cause) {
      throw this.failed('list', '(all)', cause);
    }
  }

  /** Containers are stopped, so that none runs on without a simulator; their volumes stay. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const id of [...this.#running.keys()]) this.#letGo(id);
    try {
      if (this.#options.ephemeral === true) {
        const ids = await this.#containers.list();
        await Promise.all(ids.map((id) => this.#containers.remove(id)));
      } else {
        await this.#containers.stopAll();
      }
    } catch (error) {
      // The rest of the simulator must still get its turn to close.
      const { filter } = this.#containers;
      this.#options.context.log(
        `Docker did not end the containers with label ${filter}: ${problemOf(error)}`,
      );
    }
  }

  async #controlOf(instanceId: string, container: StartedContainer): Promise<RedisControl> {
    const running = this.#running.get(instanceId);
    if (running && isSameRun(running.container, container)) return running.control;
    this.#letGo(instanceId);
    const address = {
      host: container.host,
      port: container.port,
      username: 'default',
      password: passwordOf(this.#options.context, instanceId),
    };
    const ended = new AbortController();
    const connected = new AbortController();
    void this.#abortAtEnd(container, ended, connected.signal);
    try {
      const control = await RedisControl.connect(address, ended.signal);
      this.#running.set(instanceId, { container, control });
      return control;
    } finally {
      connected.abort();
    }
  }

  /** An image that is no Redis ends at once: no use to wait for it to answer. */
  async #abortAtEnd(container: StartedContainer, ended: AbortController, enough: AbortSignal) {
    while (!enough.aborted) {
      const how = await this.#containers.endOf(container).catch(() => null);
      if (how !== null) ended.abort(how);
      await delay(LOOK_EVERY_MS, undefined, { signal: enough }).catch(() => undefined);
    }
  }

  /** A container that ended may have been started again by now. */
  async #look(instanceId: string): Promise<void> {
    const running = this.#running.get(instanceId);
    if (!running) return;
    const how = await this.#containers.endOf(running.container).catch(() => null);
    if (how === null || this.#running.get(instanceId) !== running) return;
    this.#letGo(instanceId);
    this.#lost(instanceId, how);
  }

  #letGo(instanceId: string): void {
    this.#running.get(instanceId)?.control.close();
    this.#running.delete(instanceId);
  }

  protected controlIfUp(instanceId: string): RedisControl | undefined {
    return this.#running.get(instanceId)?.control;
  }

  protected failed(verb: string, id: string, cause: unknown): SimulatorError {
    if (cause instanceof SimulatorError) return cause;
    const wayOut = `See that Docker answers (docker info), look into its log (docker logs ${this.#containers.nameOf(id)}), and try again`;
    const details = { engine: this.kind, verb, id, problem: problemOf(cause), wayOut };
    return new SimulatorError('EngineFailed', details, { cause });
  }
}

function isSameRun(one: StartedContainer, other: StartedContainer): boolean {
  return one.id === other.id && one.startedAt === other.startedAt;
}
