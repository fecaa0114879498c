/** Files of backups in memory, for tests of the control plane. */
import { createHash } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { problemOf, SimulatorError } from '../../src/control-plane/core/errors.js';
import type { BackupStore, RdbSource, StoredRdb } from '../../src/control-plane/ports.js';
import { RdbScanner } from '../../src/control-plane/rdb/scanner.js';
import { scan } from '../../src/control-plane/rdb/scan.js';
import { shiftedRdb } from '../../src/control-plane/rdb/shifted.js';
import { Summary } from '../../src/control-plane/rdb/summary.js';

export class MemoryBackups implements BackupStore {
  readonly #files = new Map<string, Buffer>();

  async put(fileId: string, rdb: Readable): Promise<StoredRdb> {
    const summary = new Summary();
    const chunks: Buffer[] = [];
    try {
      const scanner = RdbScanner.ofFile({ checks: true });
      await scan(kept(rdb, chunks), scanner, (event) => summary.take(event));
    } catch (cause) {
      rdb.destroy();
      const details = { problem: problemOf(cause), wayOut: 'Take another one' };
      throw new SimulatorError('BackupFailed', details, { cause });
    }
    const bytes = Buffer.concat(chunks);
    this.#files.set(fileId, bytes);
    const { keys, expires, databases, rdbVersion, redisVersion } = summary;
    const about = { keys, expires, databases, rdbVersion, redisVersion };
    return { fileId, bytes: bytes.length, sha256: sha256Of(bytes), ...about };
  }

  check({ fileId, sha256 }: StoredRdb): Promise<RdbSource> {
    const bytes = this.#files.get(fileId);
    if (!bytes) return Promise.reject(new SimulatorError('BackupMissing', { file: fileId }));
    if (sha256Of(bytes) !== sha256) {
      const details = { file: fileId, problem: 'its bytes changed (sha256)' };
      return Promise.reject(new SimulatorError('BackupCorrupt', details));
    }
    const open = (from = 0) => Readable.from([bytes.subarray(from)], { objectMode: false });
    return Promise.resolve({ bytes: bytes.length, open });
  }

  has({ fileId, bytes }: Pick<StoredRdb, 'fileId' | 'bytes'>): boolean {
    return this.#files.get(fileId)?.length === bytes;
  }

  async export(stored: StoredRdb, shiftMs: number, into: Writable): Promise<void> {
    try {
      await pipeline(shiftedRdb((await this.check(stored)).open(), shiftMs), into);
    } catch (error) {
      into.destroy();
      throw error;
    }
  }

  remove(fileId: string): Promise<void> {
    this.#files.delete(fileId);
    return Promise.resolve();
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.#files.keys()]);
  }

  /** Another byte in the middle of a file, as a disk might do it. */
  spoil(fileId: string): void {
    const bytes = Buffer.from(this.#files.get(fileId) ?? []);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    this.#files.set(fileId, bytes);
  }
}

async function* kept(rdb: Readable, chunks: Buffer[]): AsyncGenerator<Buffer> {
  for await (const chunk of rdb as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    yield chunk;
  }
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
