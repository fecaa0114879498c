/**
 * One `redis-server` (or `valkey-server`) child for each instance, on a Unix
 * socket, with its files in a directory of its own. A small shell
 * process outlives us by a moment: when we are killed, it ends the children.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { problemOf, SimulatorError } from '../core/errors.js';
import type { BackendAddress } from '../../server/index.js';
import type { EngineCounts } from '../core/reading.js';
import type { Backend, BackendSpec, Engine } from '../ports.js';
import { aclRuleOf, passwordOf, type EngineContext } from './engine-context.js';
import { freeLoopbackPort } from './free-port.js';
import { Lifeline } from './lifeline.js';
import { endLeftoverProcess } from './leftover-process.js';
import { RedisControl } from './redis-control.js';
import { RedisEngine } from './redis-engine.js';
import { cpuSecondsOfProcess } from './redis-counts.js';
import type { RedisBinary } from './redis-binary.js';
import { spawnInOwnGroup } from './own-group.js';

/** Redis flushes its append-only file on SIGTERM; after this long it is killed. */
const STOP_WITHIN_MS = 10_000;
const START_TRIES = 3;

/** The kernel takes 108 bytes (Linux) or 104 (macOS), the last one a zero (unix(7), sun_path). */
const SOCKET_PATH_BYTES_MAX = 103;

type Place = Pick<BackendAddress, 'host' | 'port' | 'path'>;

interface Running {
  readonly child: ChildProcess;
  readonly control: RedisControl;
}

export interface ProcessEngineOptions {
  readonly context: EngineContext;
  readonly binary: RedisBinary;
  /** One directory for each instance is made in it. */
  readonly directory: string;
  /** Data survives a restart of the simulator; otherwise the directory goes with it. */
  readonly persistent: boolean;
}

export class ProcessEngine extends RedisEngine implements Engine {
  readonly kind = 'process';
  readonly summary: string;
  readonly ownsSettings = true;
  readonly #options: ProcessEngineOptions;
  readonly #lifeline: Lifeline;
  readonly #running = new Map<string, Running>();
  #lost: (instanceId: string, why: string) => void = () => undefined;

  constructor(options: ProcessEngineOptions) {
    super();
    this.#options = options;
    this.summary = `${options.binary.name} ${options.binary.version} (${options.binary.file})`;
    this.#lifeline = new Lifeline(options.persistent ? null : options.directory);
  }

  onLost(listener: (instanceId: string, why: string) => void): void {
    this.#lost = listener;
  }

  async up(spec: BackendSpec): Promise<Backend> {
    const { control } = this.#running.get(spec.instanceId) ?? (await this.#start(spec));
    try {
      await control.configure(spec);
      await control.makeRoomFor(this.#options.context, spec);
      const logins = await control.applyUsers(this.#options.context, spec);
      await control.refuseWrites(spec.writesRefused);
      const described = await control.describe('--redis-server FILE');
      return { ...control.address, ...described, logins };
    } catch (cause) {
      throw this.failed('configure', spec.instanceId, cause);
    }
  }

  async down(instanceId: string): Promise<void> {
    try {
      // Without an append-only file there is nothing on disk to come back with.
      if (!this.#options.persistent) await this.#running.get(instanceId)?.control.save();
      await this.#stop(instanceId, 'SIGTERM');
      await endLeftoverProcess(this.#directoryOf(instanceId));
    } catch (cause) {
      throw this.failed('stop', instanceId, cause);
    }
  }

  /** The directory gets another name: that is done whole or not at all. */
  async adopt(from: string, to: string): Promise<boolean> {
    await this.down(from);
    try {
      if (!existsSync(this.#directoryOf(from))) return existsSync(this.#directoryOf(to));
      await rename(this.#directoryOf(from), this.#directoryOf(to));
      return true;
    } catch (cause) {
      throw this.failed('adopt', from, cause);
    }
  }

  override async counts(instanceId: string): Promise<EngineCounts> {
    const pid = this.#running.get(instanceId)?.child.pid ?? 0;
    const counted = await super.counts(instanceId);
    // Where Redis is held up by a script, it is the system that still knows.
    return { ...counted, cpuSeconds: cpuSecondsOfProcess(pid) ?? counted.cpuSeconds };
  }

  async remove(instanceId: string): Promise<void> {
    await this.#stop(instanceId, 'SIGKILL');
    try {
      await endLeftoverProcess(this.#directoryOf(instanceId));
      await rm(this.#directoryOf(instanceId), { recursive: true, force: true });
    } catch (cause) {
      throw this.failed('remove', instanceId, cause);
    }
  }

  async list(): Promise<readonly string[]> {
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
    return readdir(this.#options.directory);
  }

  async close(): Promise<void> {
    const signal = this.#options.persistent ? 'SIGTERM' : 'SIGKILL';
    await Promise.all([...this.#running.keys()].map((id) => this.#stop(id, signal)));
    if (!this.#options.persistent) {
      await rm(this.#options.directory, { recursive: true, force: true });
    }
    await this.#lifeline.close();
  }

  async #start(spec: BackendSpec): Promise<Running> {
    const { instanceId } = spec;
    const directory = this.#directoryOf(instanceId);
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await endLeftoverProcess(directory);
      for (let tries = 1; ; tries += 1) {
        try {
          const running = await this.#spawn(spec, directory);
          this.#running.set(instanceId, running);
          // What was saved when it went down is not what a crash should come back with.
          if (!this.#options.persistent) await rm(join(directory, 'dump.rdb'), { force: true });
          return running;
        } catch (error) {
          // Somebody else may have taken the port between asking for it and using it.
          if (tries === START_TRIES) throw error;
        }
      }
    } catch (cause) {
      throw this.failed('start', instanceId, cause);
    }
  }

  async #spawn(spec: BackendSpec, directory: string): Promise<Running> {
    const where = await this.#placeFor(directory);
    const password = passwordOf(this.#options.context, spec.instanceId);
    const configFile = join(directory, 'redis.conf');
    await writeFile(configFile, this.#configOf(spec, directory, where, password), { mode: 0o600 });
    const log = await open(join(directory, 'redis.log'), 'a', 0o600);
    const child = spawnInOwnGroup(this.#options.binary.file, [configFile], log.fd);
    const started = new AbortController();
    child.once('error', (error) => started.abort(problemOf(error)));
    child.once('exit', (code, signal) => {
      started.abort(`it ended with ${String(signal ?? code)}, see ${join(directory, 'redis.log')}`);
      this.#exited(spec.instanceId, child, String(signal ?? code));
    });
    if (child.pid !== undefined) this.#lifeline.add(child.pid);
    try {
      const address = { ...where, username: 'default', password };
      return { child, control: await RedisControl.connect(address, started.signal) };
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      await log.close();
    }
  }

  /** A Unix socket, which nobody else on this machine or the network can open; a loopback port where its path would be too long. */
  async #placeFor(directory: string): Promise<Place> {
    const path = join(directory, 'redis.sock');
    if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return { host: '', port: 0, path };
    return { host: '127.0.0.1', port: await freeLoopbackPort() };
  }

  #configOf(spec: BackendSpec, directory: string, { port, path }: Place, password: string): string {
    return [
      'bind 127.0.0.1',
      `port ${String(port)}`,
      ...(path === undefined ? [] : [`unixsocket ${quoted(path)}`, 'unixsocketperm 700']),
      `user ${aclRuleOf(password).join(' ')}`,
      'protected-mode no',
      'daemonize no',
      // The leftover of a killed simulator is recognised by its command line.
      'set-proc-title no',
      `pidfile ${quoted(join(directory, 'redis.pid'))}`,
      `dir ${quoted(directory)}`,
      'save ""',
      `appendonly ${this.#options.persistent ? 'yes' : 'no'}`,
      `min-replicas-to-write ${spec.writesRefused ? '1' : '0'}`,
      '',
    ].join('\n');
  }

  #exited(instanceId: string, child: ChildProcess, how: string): void {
    if (child.pid !== undefined) this.#lifeline.remove(child.pid);
    const running = this.#running.get(instanceId);
    if (running?.child !== child) return;
    this.#running.delete(instanceId);
    running.control.close();
    this.#lost(instanceId, `${this.#options.binary.name} ended with ${how}`);
  }

  async #stop(instanceId: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#running.get(instanceId);
    if (!running) return;
    this.#running.delete(instanceId); // so that its end is not taken for a loss
    running.control.close();
    const { child } = running;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(late);
  }

  #directoryOf(instanceId: string): string {
    return join(this.#options.directory, instanceId);
  }

  protected controlIfUp(instanceId: string): RedisControl | undefined {
    return this.#running.get(instanceId)?.control;
  }

  protected failed(verb: string, id: string, cause: unknown): SimulatorError {
    if (cause instanceof SimulatorError) return cause;
    const wayOut = `Its log is ${join(this.#directoryOf(id), 'redis.log')}`;
    const details = { engine: this.kind, verb, id, problem: problemOf(cause), wayOut };
    return new SimulatorError('EngineFailed', details, { cause });
  }
}

/** As a redis.conf argument: a path may have blanks in it. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}
