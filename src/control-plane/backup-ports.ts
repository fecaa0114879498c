/** What is given and taken for backups, and where their files are. */
import type { Readable, Writable } from 'node:stream';

/** An RDB that a Redis is sending. */
export interface Dump {
  /** Ends when it is whole, and fails when it cannot become so; who does not want it any more destroys it. */
  readonly rdb: Readable;
  /** Of the Redis that wrote it. */
  readonly version: string;
}

/** An RDB that was checked and is whole. */
export interface RdbSource {
  readonly bytes: number;
  /** Its bytes from that one on; may be called several times, also at the same time. */
  open(from?: number): Readable;
}

/** What a backend was given. */
export interface Loaded {
  /** Keys of all databases that are there now. */
  readonly keys: number;
  /** Modules that keep data beside the keys, by name: that data can be exported, and not be loaded. */
  readonly leftOut: readonly string[];
}

/** Where the files of backups are. */
export interface BackupStore {
  /**
   * Takes an RDB whole or not at all, also after a crash; reads along, and takes only what `load` can give back. A
   * `fileId` has letters, digits and "-". Throws BackupFailed with the reason: incomplete, not an RDB, checksum, disk full …
   */
  put(fileId: string, rdb: Readable): Promise<StoredRdb>;
  /** The same bytes: compared with size and sha256 before anybody uses them. Throws BackupMissing, BackupCorrupt. */
  check(stored: StoredRdb): Promise<RdbSource>;
  /** It is there, as long as it was; its bytes are not looked at. Asked often, so it must not take long. */
  has(stored: Pick<StoredRdb, 'fileId' | 'bytes'>): boolean;
  /**
   * A copy for people: every expiry `shiftMs` later, a valid RDB that a plain redis-server loads. Resolves when `into`
   * has all of it and is ended; destroys `into` otherwise. Throws BackupMissing, BackupCorrupt, or what `into` failed with.
   */
  export(stored: StoredRdb, shiftMs: number, into: Writable): Promise<void>;
  /** Nothing to do where there is none. */
  remove(fileId: string): Promise<void>;
  /** Ids of the files that are there whole. */
  list(): Promise<readonly string[]>;
}

/** What is known of a file: kept with the backup that it is of. */
export interface StoredRdb {
  readonly fileId: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Of all databases, those included that were over and not yet gone. */
  readonly keys: number;
  /** How many of them have an expiry, or are hashes with fields that have one. */
  readonly expires: number;
  readonly rdbVersion: number;
  /** How many databases it needs; undefined: nobody looked, as of files from before there was this. */
  readonly databases?: number;
  /** What the file says of the Redis that wrote it; null: nothing. */
  readonly redisVersion: string | null;
}
