/** The data of one Redis as a whole: what it is given away as, and what it is made to be. */
import type { Redis } from 'ioredis';
import type { BackendAddress } from '../../server/index.js';
import type { Dump, Loaded, RdbSource } from '../ports.js';

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

export class DataCopies {
  constructor(
    private readonly address: BackendAddress,
    private readonly redis: Redis,
    /** Nobody else changes settings meanwhile. */
    private readonly settle: <T>(work: () => Promise<T>) => Promise<T>,
  ) {}

  /** As Engine.dump. */
  dump(): Promise<Dump> {
    return Promise.reject(new Error(`not there yet: ${this.address.host}`));
  }

  /** As Engine.load. */
  load(rdb: RdbSource, shiftMs: number): Promise<Loaded> {
    return this.settle(() =>
      Promise.reject(new Error(`not there yet: ${String(rdb.bytes + shiftMs)}`)),
    );
  }

  /** As Engine.rdbVersion: functions are given away in the same form as keys, also where there are none. */
  async rdbVersion(): Promise<number> {
    const payload = (await this.redis.callBuffer('FUNCTION', 'DUMP')) as Buffer;
    return payload.readUInt16LE(payload.length - VERSION_FROM_END);
  }

  /** As Engine.dataMark. */
  async dataMark(): Promise<string> {
    const info = await this.redis.info('server', 'persistence', 'stats');
    return MARKS.map((name) => new RegExp(`^${name}:(\\w*)`, 'm').exec(info)?.[1] ?? '').join(' ');
  }
}
