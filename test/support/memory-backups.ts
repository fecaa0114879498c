/** Files of backups in memory, for tests of the control plane. */
import { createHash } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { problemOf, SimulatorError } from '../../src/control-plane/core/errors.js';
import type { BackupStore, RdbSource, StoredRdb } from '../../src/control-plane/ports.js';

export class MemoryBackups implements BackupStore {
  readonly #files = new Map<string, Buffer>();

  async put(fileId: string, rdb: Readable): Promise<StoredRdb> {
    try {
      const bytes = await buffer(rdb);
      const data = JSON.parse(bytes.toString()) as [string, string, number?][];
      this.#files.set(fileId, bytes);
      return {
        fileId,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        keys: data.length,
        expires: data.filter(([, , expiry]) => expiry !== undefined).length,
        rdbVersion: 10,
        redisVersion: '7.0.15',
      };
    } catch (cause) {
      const details = { problem: problemOf(cause), wayOut: 'Take another one' };
      throw new SimulatorError('BackupFailed', details, { cause });
    }
  }

  check({ fileId, sha256 }: StoredRdb): Promise<RdbSource> {
    const bytes = this.#files.get(fileId);
    if (!bytes) return Promise.reject(new SimulatorError('BackupMissing', { file: fileId }));
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      const details = { file: fileId, problem: 'its sha256 is another one' };
      return Promise.reject(new SimulatorError('BackupCorrupt', details));
    }
    return Promise.resolve({
      bytes: bytes.length,
      open: (from = 0) => Readable.from([bytes.subarray(from)]),
    });
  }

  async export(stored: StoredRdb, _shiftMs: number, into: Writable): Promise<void> {
    const source = await this.check(stored);
    await pipeline(source.open(), into);
  }

  remove(fileId: string): Promise<void> {
    this.#files.delete(fileId);
    return Promise.resolve();
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.#files.keys()]);
  }

  /** Changes a byte of a file, as a disk might. */
  spoil(fileId: string): void {
    const bytes = this.#files.get(fileId);
    if (bytes) this.#files.set(fileId, Buffer.concat([bytes, Buffer.from('!')]));
  }
}
