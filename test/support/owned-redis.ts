/** A Redis that somebody else runs, from the simulator's point of view: a port, a password, data on disk. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freeLoopbackPort } from '../../src/control-plane/engines/free-port.js';
import { until } from './raw-client.js';

const PASSWORD = 'p@ss/word';

export class OwnedRedis implements AsyncDisposable {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly settings: readonly string[],
  ) {}

  /** `settings` are further arguments of redis-server. */
  static async start(settings: readonly string[] = []): Promise<OwnedRedis> {
    const directory = await mkdtemp(join(tmpdir(), 'frostgate-owned-redis-'));
    const server = new OwnedRedis(await freeLoopbackPort(), directory, settings);
    await server.run();
    return server;
  }

  get name(): string {
    return `127.0.0.1:${String(this.port)}`;
  }

  get url(): string {
    return `redis://default:${encodeURIComponent(PASSWORD)}@${this.name}`;
  }

  /** Its owner's connection; closes at the end of its block. */
  connect(): Redis & Disposable {
    const redis = new Redis({ port: this.port, username: 'default', password: PASSWORD });
    redis.on('error', () => undefined);
    return Object.assign(redis, {
      [Symbol.dispose]: () => {
        redis.disconnect();
      },
    });
  }

  async run(): Promise<void> {
    const hash = createHash('sha256').update(PASSWORD).digest('hex');
    const own = ['--bind', '127.0.0.1', '--port', String(this.port), '--appendonly', 'yes'];
    const user = ['--user', 'default', 'on', `#${hash}`, '~*', '&*', '+@all'];
    this.#child = spawn('redis-server', [...own, '--save', '', ...user, ...this.settings], {
      cwd: this.directory,
      stdio: 'ignore',
    });
    const child = this.#child;
    const killed = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', killed);
    child.once('exit', () => process.off('exit', killed));
    using redis = this.connect();
    await until(`redis-server answers on ${this.name}`, async () => {
      if (child.exitCode !== null) throw new Error('redis-server ended');
      return (await redis.ping()).length > 0;
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}
