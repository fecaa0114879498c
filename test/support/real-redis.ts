/** A real redis-server on a free port, as an instance's backend is: a password, no files. Nothing is left of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { commandTextOf } from '../../src/control-plane/engines/command-reply.js';
import type { BackendAddress, CommandText } from '../../src/server/index.js';
import { command, RawClient, until } from './raw-client.js';

const START_TRIES = 3;
const PASSWORD = 'password-of-the-backend';

export class RealRedis implements AsyncDisposable {
  private constructor(
    readonly address: BackendAddress,
    readonly commands: CommandText,
    /** The control plane's connection, so to speak. */
    readonly control: Redis,
    private readonly child: ChildProcess,
    private readonly guard: ChildProcess,
    private readonly directory: string,
  ) {}

  static async start(): Promise<RealRedis> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await RealRedis.#startOnce();
      } catch (error) {
        // Somebody else may have taken the port between asking for it and using it.
        if (tries === START_TRIES) throw error;
      }
    }
  }

  static async #startOnce(): Promise<RealRedis> {
    const port = await freePort();
    const directory = await mkdtemp(join(tmpdir(), 'frostgate-test-redis-'));
    const child = spawn('redis-server', ['-'], {
      cwd: directory,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const guard = guardOf(child, directory);
    const hash = createHash('sha256').update(PASSWORD).digest('hex');
    child.stdin.end(
      [
        'bind 127.0.0.1',
        `port ${String(port)}`,
        'save ""',
        `user default on #${hash} ~* &* +@all`,
        'enable-debug-command yes',
        '',
      ].join('\n'),
    );
    const address = { host: '127.0.0.1', port, username: 'default', password: PASSWORD };
    try {
      await until(`redis-server answers on port ${String(port)}`, () => {
        if (child.exitCode !== null) throw new Error('redis-server ended');
        return answers(address);
      });
      const control = new Redis({ ...address, lazyConnect: true, retryStrategy: () => null });
      control.on('error', () => undefined);
      await control.connect();
      const commands = commandTextOf(await control.call('COMMAND'));
      return new RealRedis(address, commands, control, child, guard, directory);
    } catch (error) {
      child.kill('SIGKILL');
      guard.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** A connection that has logged in, its +OK already taken. */
  async connect(): Promise<RawClient> {
    const client = await RawClient.connect(this.address.port);
    client.send(login(this.address));
    if ((await client.takeLine()) !== '+OK') throw new Error('Redis does not let us in');
    return client;
  }

  /** As when the machine that it runs on goes away. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.control.disconnect();
    await this.kill();
    this.guard.kill('SIGKILL');
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** When the test process dies, however it does, the guard's input ends: then it takes Redis and its directory away. */
function guardOf(child: ChildProcess, directory: string): ChildProcess {
  return spawn('sh', ['-c', 'read _; kill -9 "$0"; rm -rf "$1"', String(child.pid), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
}

export function login({ username, password }: BackendAddress): Buffer {
  return command('AUTH', username, password);
}

async function answers(address: BackendAddress): Promise<boolean> {
  try {
    await using client = await RawClient.connect(address.port);
    client.send(login(address));
    return (await client.takeLine()) === '+OK';
  } catch {
    return false; // not listening yet
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}
