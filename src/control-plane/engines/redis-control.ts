/** The control plane's own connection to a backend: waits until Redis answers, makes it be as the spec says, reads what it can. */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import type { BackendAddress, BackendLogin, CommandText } from '../../server/index.js';
import { problemOf, SimulatorError } from '../core/errors.js';
import type { EngineCounts } from '../core/reading.js';
import type { Aged, BackendSpec, DataCopy, Witness } from '../ports.js';
import { commandTextOf } from './command-reply.js';
import { copyData, putDataBack } from './data-copy.js';
import { userLoginOf, userPrefixOf, userRulesOf, type EngineContext } from './engine-context.js';
import { COUNT_SECTIONS, countsOf, cpuSecondsOf } from './redis-counts.js';
import { endConnection } from './end-connection.js';
import { KeyAgeing } from './key-ageing.js';
import { RdbCopies } from './rdb-copies.js';
import { RoomForClients } from './room-for-clients.js';
import { whenNotBusy } from './when-not-busy.js';

/** How long a Redis may take to answer after its start: loading a large data set takes time. */
const READY_WITHIN_MS = 60_000;
const CONNECT_EVERY_MS = 10;
const COMMAND_WITHIN_MS = 10_000;
/** Nobody waits for meters; what Redis answers later is not looked at. */
const COUNTS_WITHIN_MS = 1_000;
/** Older ones let writes inside scripts pass where min-replicas-to-write forbids them (script.c is new in 7.0). */
const OLDEST_MAJOR = 7;

interface Description {
  readonly version: string;
  readonly commands: CommandText;
}

export class RedisControl {
  #description: Promise<Description> | undefined;
  #closed = false;
  readonly #ageing: KeyAgeing;
  /** Its data as a whole. */
  readonly rdb: RdbCopies;
  /** An ageing puts settings back as it found them: nobody sets them meanwhile. */
  #settling: Promise<unknown> = Promise.resolve();
  readonly #room: RoomForClients;

  private constructor(
    readonly address: BackendAddress,
    private readonly redis: Redis,
    options: RedisOptions,
  ) {
    this.#ageing = new KeyAgeing(options);
    this.#room = new RoomForClients(redis);
    this.rdb = new RdbCopies(address, redis, (work) => this.#settle(work));
  }

  /** Resolves when Redis answers. Rejects with the last problem when it does not in time, or when `signal` fires. */
  static async connect(
    address: BackendAddress,
    signal?: AbortSignal,
    withinMs = READY_WITHIN_MS,
  ): Promise<RedisControl> {
    let problem = 'no answer';
    const options: RedisOptions = {
      ...(address.path === undefined
        ? { host: address.host, port: address.port }
        : { path: address.path }),
      ...(address.password === ''
        ? {}
        : { username: address.username, password: address.password }),
      connectionName: 'frostgate',
    };
    const redis = new Redis({
      ...options,
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
    const control = new RedisControl(address, redis, options);
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

  /** Memory ceiling and parameters, all of them or none. What this Redis does not have (a later one may have dropped it) is left out. */
  async configure({ memoryBytes, settings }: BackendSpec): Promise<void> {
    const known = await this.#settingsKnown(Object.keys(settings));
    const wanted = Object.entries(settings)
      .filter(([name]) => known.has(configNameOf(name)))
      // `client-output-buffer-limit pubsub` is a part of the value of a setting.
      .flatMap(([name, value]) => {
        const part = name.slice(configNameOf(name).length).trim();
        return [configNameOf(name), part === '' ? value : `${part} ${value}`];
      });
    await this.#settle(() => this.redis.config('SET', 'maxmemory', String(memoryBytes), ...wanted));
  }

  /** As many clients as the door lets in; says so, once, where the system does not let Redis have as many. */
  async makeRoomFor(
    { log }: EngineContext,
    { instanceId, connections }: Pick<BackendSpec, 'instanceId' | 'connections'>,
  ): Promise<void> {
    const news = await this.#settle(() => this.#room.make(connections));
    if (news !== null) log(`${instanceId}: ${news}`);
  }

  /** Makes the users of an instance be those of `spec`, and ends those that were and are not. Returns how they log in. */
  async applyUsers(
    context: EngineContext,
    { instanceId, users }: Pick<BackendSpec, 'instanceId' | 'users'>,
  ): Promise<ReadonlyMap<string, BackendLogin>> {
    const prefix = userPrefixOf(context, instanceId);
    const logins = new Map(
      users.map(({ name }) => [name, userLoginOf(context, instanceId, name)] as const),
    );
    const wanted = new Set([...logins.values()].map(({ username }) => username));
    const there = (await whenNotBusy(() => this.redis.call('ACL', 'USERS'))) as string[];
    const gone = there.filter((name) => name.startsWith(prefix) && !wanted.has(name));
    if (gone.length > 0) await whenNotBusy(() => this.redis.call('ACL', 'DELUSER', ...gone));
    for (const user of users) {
      const rules = userRulesOf(userLoginOf(context, instanceId, user.name), user);
      await whenNotBusy(() => this.redis.call('ACL', 'SETUSER', ...rules));
    }
    return logins;
  }

  /**
   * `min-replicas-to-write 1` with no replica at all: writes fail on every path, the role stays
   * what it is. When it returns, every reply that Redis gave under the old setting has left Redis:
   * it writes the replies of one turn of its loop before it reads the next commands (server.c,
   * beforeSleep), so a second round trip comes after them.
   */
  async refuseWrites(refused: boolean): Promise<void> {
    const value = refused ? '1' : '0';
    await this.#settle(() => this.redis.config('SET', 'min-replicas-to-write', value));
    await this.redis.ping();
  }

  /** As Engine.age. */
  age(ms: number): Promise<Aged> {
    return this.#settle(() => this.#ageing.age(ms));
  }

  /** As Engine.witness. */
  witness(): Promise<Witness | null> {
    return whenNotBusy(() => this.#ageing.witness());
  }

  /** As Engine.expiryOf. */
  expiryOf(witness: Witness): Promise<number | null> {
    return whenNotBusy(() => this.#ageing.expiryOf(witness));
  }

  /** As Engine.copyData. */
  copyData(bytesMax: number): Promise<DataCopy> {
    return this.#settle(() => copyData(this.redis, bytesMax));
  }

  /** As Engine.putDataBack. */
  putDataBack(copy: DataCopy, laterMs: number): Promise<void> {
    return this.#settle(() => putDataBack(this.redis, this.address, copy, laterMs));
  }

  /** One after the other. */
  #settle<T>(work: () => Promise<T>): Promise<T> {
    const settled = this.#settling.then(() => whenNotBusy(work));
    this.#settling = settled.catch(() => undefined); // it is the caller's to handle
    return settled;
  }

  /** Names of the settings that this Redis has, of those that are asked for. */
  async #settingsKnown(names: readonly string[]): Promise<ReadonlySet<string>> {
    if (names.length === 0) return new Set();
    const asked = new Set(names.map(configNameOf));
    const reply = await whenNotBusy(() => this.redis.config('GET', ...asked));
    return new Set((reply as readonly string[]).filter((_, at) => at % 2 === 0));
  }

  /** Version and command table. Throws RedisTooOld. */
  async describe(wayOut: string): Promise<Description> {
    this.#description ??= this.#read(wayOut).catch((error: unknown) => {
      this.#description = undefined; // asked again, it may answer
      throw error;
    });
    return this.#description;
  }

  async #read(wayOut: string): Promise<Description> {
    const [info, commands] = await Promise.all([
      this.redis.info('server'),
      this.redis.call('COMMAND'),
    ]);
    const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
    if (!(Number.parseInt(version, 10) >= OLDEST_MAJOR)) {
      throw new SimulatorError('RedisTooOld', { version, wayOut });
    }
    return { version, commands: commandTextOf(commands) };
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

  /** What maxmemory is compared with, but for the buffers of clients and of the append-only file (evict.c, getMaxmemoryState). */
  async usedMemory(): Promise<number> {
    const info = await whenNotBusy(() => this.redis.info('memory'));
    return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
  }

  /** Both are null where Redis does not answer in time, or is busy with a script. */
  async counts(): Promise<EngineCounts> {
    const info = this.redis.call('INFO', ...COUNT_SECTIONS).then(String, () => null);
    const late = delay(COUNTS_WITHIN_MS, null, { ref: false });
    const text = await Promise.race([info, late]);
    if (text === null) return { cpuSeconds: null, info: null };
    return { cpuSeconds: cpuSecondsOf(text), info: countsOf(text) };
  }

  async configValue(name: string): Promise<string> {
    const reply: unknown = await this.redis.config('GET', name);
    return Array.isArray(reply) ? String(reply[1] ?? '') : '';
  }

  /** Its user `default` may do things without a password. */
  async needsNoPassword(): Promise<boolean> {
    const reply: unknown = await this.redis.call('ACL', 'GETUSER', 'default');
    const flags: unknown = Array.isArray(reply) ? reply[reply.indexOf('flags') + 1] : [];
    const has = (flag: string) => Array.isArray(flags) && flags.includes(flag);
    return has('on') && has('nopass');
  }

  async flushAll(): Promise<void> {
    await this.redis.flushall();
  }

  /** Writes the data to disk; Redis serves nobody meanwhile. */
  async save(): Promise<void> {
    await whenNotBusy(() => this.redis.save());
  }

  async ping(): Promise<void> {
    await this.redis.ping();
  }

  close(): void {
    this.#closed = true;
    this.#ageing.close();
    endConnection(this.redis);
  }
}

function configNameOf(setting: string): string {
  return setting.split(' ')[0] ?? setting;
}
