/** What tests of engines do with a backend: say what it is to be, connect to it, see whether its process lives. */
import { existsSync, readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { Backend, BackendSpec } from '../../src/control-plane/ports.js';

export function specOf(instanceId: string, changed: Partial<BackendSpec> = {}): BackendSpec {
  const plain = { memoryBytes: 64 * 1024 * 1024, writesRefused: false, loginNeeded: false };
  return {
    instanceId,
    ...plain,
    cpuCores: null,
    connections: null,
    settings: {},
    users: [],
    ...changed,
  };
}

/** A connection as the proxy has it; closes at the end of its block. */
export function connectTo(backend: {
  readonly host: string;
  readonly port: number;
  readonly path?: string | undefined;
  readonly username?: string;
  readonly password?: string;
}): Redis & Disposable {
  const { host, port, path, username, password } = backend;
  const where = path === undefined ? { host, port } : { path };
  const login = password === undefined ? {} : { username: username ?? 'default', password };
  const redis = new Redis({ ...where, ...login, retryStrategy: () => null });
  redis.on('error', () => undefined);
  return Object.assign(redis, {
    [Symbol.dispose]: () => {
      redis.disconnect();
    },
  });
}

export async function pidOf(backend: Backend): Promise<number> {
  using redis = connectTo(backend);
  return Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
}

/** One that has ended and that nobody has waited for yet (a zombie) does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${String(pid)}/stat`;
  return !existsSync(stat) || !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
}
