/** The control plane's own connection to a backend: waits until Redis answers, makes it be as the spec says, reads what it can. */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { BackendAddress, CommandRow } from '../../server/index.js';
import { problemOf, SimulatorError } from '../core/errors.js';
import type { BackendSpec } from '../ports.js';

/** How long a Redis may take to answer after its start: loading a large data set takes time. */
const READY_WITHIN_MS = 60_000;
const CONNECT_EVERY_MS = 10;
const COMMAND_WITHIN_MS = 10_000;
/** How long a script may keep Redis from being configured, after the five seconds that Redis itself waits for it. */
const BUSY_WITHIN_MS = 20_000;
const BUSY_EVERY_MS = 100;
/** Older ones let writes inside scripts pass where min-replicas-to-write forbids them (script.c is new in 7.0). */
const OLDEST_MAJOR = 7;
/** The vendor's default (parameter template, maxmemory-policy). */
const EVICTION_POLICY = 'volatile-lru';

export class RedisControl {
  #description: Promise<{ version: string; commands: readonly CommandRow[] }> | undefined;

  #closed = false;

  private constructor(
    readonly address: BackendAddress,
    private readonly redis: Redis,
  ) {}

  /** Resolves when Redis answers. Rejects with the last problem when it does not in time, or when `signal` fires. */
  static async connect(
    address: BackendAddress,
    signal?: AbortSignal,
    withinMs = READY_WITHIN_MS,
  ): Promise<RedisControl> {
    let problem = 'no answer';
    const redis = new Redis({
      host: address.host,
      port: address.port,
      ...(address.password === ''
        ? {}
        : { username: address.username, password: address.password }),
      connectionName: 'frostgate',
      lazyConnect: true,
      retryStrategy: () => CONNECT_EVERY_MS,
      maxRetriesPerRequest: null,
      commandTimeout: COMMAND_WITHIN_MS,
    });
    const refused = new AbortController();
    redis.on('error', (error) => {
      problem = problemOf(error);
      // The password will not become right by asking again.
      if (/^(WRONGPASS|NOAUTH)/.test(problem)) refused.abort(problem);
    });
    const control = new RedisControl(address, redis);
    try {
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => {
          reject(new Error(`no answer within ${String(withinMs / 1000)} s: ${problem}`));
        }, withinMs);
        redis.once('ready', () => {
          clearTimeout(late);
          resolve();
        });
        for (const end of [signal, refused.signal]) {
          const giveUp = (): void => {
            clearTimeout(late);
            reject(new Error(String(end?.reason)));
          };
          if (end?.aborted) giveUp();
          end?.addEventListener('abort', giveUp, { once: true });
        }
        // Its promise rejects at the first failed try; the tries go on.
        redis.connect().catch((error: unknown) => {
          problem = problemOf(error);
        });
      });
    } catch (error) {
      control.close();
      throw error;
    }
    return control;
  }

  /**
   * Ceiling, eviction and whether Redis itself refuses writes. When it returns,
   * every reply that Redis gave under the old setting has left Redis: it writes
   * the replies of one turn of its loop before it reads the next commands
   * (server.c, beforeSleep), so a second round trip comes after them.
   */
  async configure(spec: BackendSpec): Promise<void> {
    await this.redis.config(
      'SET',
      'maxmemory',
      String(spec.memoryBytes),
      'maxmemory-policy',
      EVICTION_POLICY,
    );
    await this.refuseWrites(spec.writesRefused);
  }

  /** `min-replicas-to-write 1` with no replica at all: writes fail on every path, the role stays what it is. */
  async refuseWrites(refused: boolean): Promise<void> {
    const value = refused ? '1' : '0';
    for (let waitedMs = 0; ; waitedMs += BUSY_EVERY_MS) {
      try {
        await this.redis.config('SET', 'min-replicas-to-write', value);
        break;
      } catch (error) {
        // A script that runs on (it may write): nothing is settled before it has ended.
        const isBusy = problemOf(error).startsWith('BUSY') && waitedMs < BUSY_WITHIN_MS;
        if (!isBusy) throw error;
        await delay(BUSY_EVERY_MS);
      }
    }
    await this.redis.ping();
  }

  /** Version and command table. Throws RedisTooOld. */
  async describe(wayOut: string): Promise<{ version: string; commands: readonly CommandRow[] }> {
    this.#description ??= this.#read(wayOut).catch((error: unknown) => {
      this.#description = undefined; // asked again, it may answer
      throw error;
    });
    return this.#description;
  }

  async #read(wayOut: string): Promise<{ version: string; commands: readonly CommandRow[] }> {
    const [info, commands] = await Promise.all([
      this.redis.info('server'),
      this.redis.call('COMMAND'),
    ]);
    const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
    if (!(Number.parseInt(version, 10) >= OLDEST_MAJOR)) {
      throw new SimulatorError('RedisTooOld', { version, wayOut });
    }
    return { version, commands: commandRowsOf(commands) };
  }

  /** Calls back once, when the connection ends that was not closed by us. */
  onLost(listener: (why: string) => void): void {
    const lost = (): void => {
      if (!this.#closed) listener('it closed the connection');
    };
    this.redis.once('close', lost);
  }

  async info(section: string): Promise<string> {
    return this.redis.info(section);
  }

  async configValue(name: string): Promise<string> {
    const reply: unknown = await this.redis.config('GET', name);
    return Array.isArray(reply) ? String(reply[1] ?? '') : '';
  }

  async flushAll(): Promise<void> {
    await this.redis.flushall();
  }

  async ping(): Promise<void> {
    await this.redis.ping();
  }

  close(): void {
    this.#closed = true;
    this.redis.disconnect();
  }
}

/** Redis' COMMAND reply: name, arity, flags, first key, last key, step, ACL categories, tips, key specs, subcommands. */
export function commandRowsOf(reply: unknown): CommandRow[] {
  if (!Array.isArray(reply)) return [];
  return reply.filter(Array.isArray).map((row: unknown[]) => {
    const flags = (Array.isArray(row[2]) ? row[2] : []).map(String);
    return {
      name: String(row[0]).toLowerCase(),
      arity: Number(row[1]),
      write: flags.includes('write'),
      read: flags.includes('readonly'),
      noAuth: flags.includes('no_auth'),
      subcommands: commandRowsOf(row[9]),
    };
  });
}
