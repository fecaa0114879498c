/** The data of one Redis as a whole: what it is given away as, and what it is made to be. */
import type { Redis } from 'ioredis';
import type { BackendAddress } from '../../server/index.js';
import { SimulatorError } from '../core/errors.js';
import { requireDatabases } from '../core/rdb-versions.js';
import type { Dump, Loaded, RdbSource } from '../ports.js';
import { RdbScanner } from '../rdb/scanner.js';
import { scan } from '../rdb/scan.js';
import { Summary } from '../rdb/summary.js';
import { CommandStream, commandOf } from './command-stream.js';
import { rdbFrom } from './rdb-dump.js';
import { whenNotBusy } from './when-not-busy.js';
import { RdbLoad } from './rdb-load.js';

/** What changes in INFO when the data does, by Redis' doing too (expired, evicted), or when Redis begins to count anew. */
const MARKS = [
  'run_id',
  'rdb_saves',
  'rdb_changes_since_last_save',
  'expired_keys',
  'expired_subkeys',
  'evicted_keys',
];
/** Every payload ends with two bytes of version and eight of checksum (cluster.c, createDumpPayload). */
const VERSION_FROM_END = 10;

/** The longest that Redis takes from a client; a value as a whole may be longer than any that a client gave. */
const LENGTHS = ['proto-max-bulk-len', 'client-query-buffer-limit'];
/** The rest of its command, without the key. */
const MORE_THAN_THE_VALUE = 64 * 1024 * 1024;
const SETTINGS = ['maxmemory', 'min-replicas-to-write', ...LENGTHS];

type Settings = Readonly<Record<string, string>>;

const DELAY = 'repl-diskless-sync-delay';

export class RdbCopies {
  constructor(
    private readonly address: BackendAddress,
    private readonly redis: Redis,
    /** Nobody else changes settings meanwhile. */
    private readonly settle: <T>(work: () => Promise<T>) => Promise<T>,
  ) {}

  /** As Engine.dump. */
  dump(): Promise<Dump> {
    return this.settle(async () => {
      const version = /^redis_version:(\S+)/m.exec(await this.redis.info('server'))?.[1] ?? '';
      return { rdb: await this.#withoutDelay(() => rdbFrom(this.address)), version };
    });
  }

  /** Redis waits for further replicas before it sends anything, five seconds by default. */
  async #withoutDelay<T>(work: () => Promise<T>): Promise<T> {
    const [, delay] = (await this.redis.config('GET', DELAY)) as string[];
    if (delay === undefined || delay === '0') return work();
    await this.redis.config('SET', DELAY, '0');
    try {
      return await work();
    } finally {
      await this.redis.config('SET', DELAY, delay);
    }
  }

  /** As Engine.load. @param isOurs its settings are ours to change. */
  load(rdb: RdbSource, shiftMs: number, isOurs: boolean): Promise<Loaded> {
    return this.settle(async () => {
      // All of it is looked at before anything is touched.
      const summary = new Summary(BigInt(shiftMs));
      const scanner = RdbScanner.ofFile({ checks: false });
      await scan(rdb.open(), scanner, (event) => summary.take(event));
      const before = await this.#settings();
      requireDatabases(summary.databases, Number(before.databases));
      const during = settingsFor(summary, before, isOurs);
      await this.#set(during);
      try {
        await this.#replace(rdb, shiftMs);
      } finally {
        await this.#set(
          Object.fromEntries(Object.keys(during).map((name) => [name, before[name] ?? ''])),
        );
      }
      return { keys: await this.#keys(), leftOut: [...summary.modules].sort() };
    });
  }

  /** Throws where Redis has not all of it afterwards. */
  async #replace(rdb: RdbSource, shiftMs: number): Promise<void> {
    const evictedBefore = await this.#evicted();
    const commands = await CommandStream.open(this.address);
    try {
      await commands.send(commandOf('CLIENT', 'NO-EVICT', 'ON'), 1);
      await commands.send(commandOf('FLUSHALL', 'SYNC'), 1);
      await commands.send(commandOf('FUNCTION', 'FLUSH', 'SYNC'), 1);
      await commands.dataFollows();
      await new RdbLoad(commands, rdb, shiftMs).run();
    } finally {
      commands.close();
    }
    const evicted = (await this.#evicted()) - evictedBefore;
    if (evicted > 0) {
      const problem = `it evicted ${String(evicted)} keys: its maxmemory is too low`;
      throw new SimulatorError('BackupNotLoadable', { problem });
    }
  }

  async #settings(): Promise<Settings> {
    const reply = (await this.redis.config('GET', 'databases', ...SETTINGS)) as string[];
    const rows = reply.flatMap((name, at) => (at % 2 === 0 ? [[name, reply[at + 1]]] : []));
    return Object.fromEntries(rows) as Settings;
  }

  async #set(settings: Settings): Promise<void> {
    await this.redis.config('SET', ...Object.entries(settings).flat());
  }

  async #evicted(): Promise<number> {
    return Number(/^evicted_keys:(\d+)/m.exec(await this.redis.info('stats'))?.[1]);
  }

  async #keys(): Promise<number> {
    const counts = (await this.redis.info('keyspace')).matchAll(/:keys=(\d+)/g);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** As Engine.rdbVersion: functions are given away in the same form as keys, also where there are none. */
  async version(): Promise<number> {
    const payload = (await whenNotBusy(() => this.redis.callBuffer('FUNCTION', 'DUMP'))) as Buffer;
    return payload.readUInt16LE(payload.length - VERSION_FROM_END);
  }

  /** As Engine.databases. */
  async databases(): Promise<number> {
    return Number((await whenNotBusy(() => this.#settings())).databases);
  }

  /** As Engine.dataMark. */
  async mark(): Promise<string> {
    const info = await whenNotBusy(() => this.redis.info('server', 'persistence', 'stats'));
    return MARKS.map((name) => new RegExp(`^${name}:(\\w*)`, 'm').exec(info)?.[1] ?? '').join(' ');
  }
}

/** What Redis is set to while it is given an RDB: its ceiling is meant for clients, and a frozen instance is filled too. */
function settingsFor({ longest }: Summary, before: Settings, isOurs: boolean): Settings {
  const needed = String(longest + MORE_THAN_THE_VALUE);
  const isLong = (name: string) => Number(before[name]) < Number(needed);
  return {
    'min-replicas-to-write': '0',
    ...(isOurs ? { maxmemory: '0' } : {}),
    ...Object.fromEntries(LENGTHS.filter(isLong).map((name) => [name, needed])),
  };
}
