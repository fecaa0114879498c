/**
 * Files of backups in a directory, each whole or not there: written under another name, flushed to the disk, and then
 * renamed. What a crash leaves of one has that other name, and goes at the next start.
 */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { problemOf, SimulatorError } from '../core/errors.js';
import type { BackupStore, RdbSource, StoredRdb } from '../ports.js';
import { shiftedRdb } from '../rdb/shifted.js';
import { RdbError } from '../rdb/rdb-error.js';
import { RdbScanner } from '../rdb/scanner.js';
import { scan } from '../rdb/scan.js';
import { Summary } from '../rdb/summary.js';

const WHOLE = '.rdb';
const HALF = '.half';

export class BackupFiles implements BackupStore {
  private constructor(private readonly directory: string) {}

  /** Makes the directory where there is none, and removes what a crash left half. */
  static async open(directory: string): Promise<BackupFiles> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const names = await readdir(directory);
    const halves = names.filter((name) => name.endsWith(HALF));
    await Promise.all(halves.map((name) => rm(join(directory, name), { force: true })));
    return new BackupFiles(directory);
  }

  async put(fileId: string, rdb: Readable): Promise<StoredRdb> {
    const half = `${this.#fileOf(fileId)}${HALF}`;
    try {
      const stored = await this.#write(half, rdb);
      await rename(half, this.#fileOf(fileId));
      await this.#flushDirectory();
      return { fileId, ...stored };
    } catch (cause) {
      rdb.destroy();
      await rm(half, { force: true });
      await rm(this.#fileOf(fileId), { force: true });
      throw failureOf(cause);
    }
  }

  async check({ fileId, bytes, sha256 }: StoredRdb): Promise<RdbSource> {
    const file = this.#fileOf(fileId);
    const size = await stat(file).then(({ size }) => size, missing(file));
    const hash = createHash('sha256');
    if (size === bytes) await pipeline(createReadStream(file), hash).catch(unreadable(file));
    if (size !== bytes || hash.digest('hex') !== sha256) {
      const problem =
        size === bytes
          ? 'its bytes changed (sha256)'
          : `it has ${String(size)} bytes, and had ${String(bytes)}`;
      throw new SimulatorError('BackupCorrupt', { file, problem });
    }
    return { bytes, open: (start = 0) => createReadStream(file, { start }) };
  }

  has({ fileId, bytes }: Pick<StoredRdb, 'fileId' | 'bytes'>): boolean {
    const file = this.#fileOf(fileId);
    try {
      return statSync(file).size === bytes;
    } catch {
      return false; // gone, or not to be looked at: nobody can rely upon it
    }
  }

  async export(stored: StoredRdb, shiftMs: number, into: Writable): Promise<void> {
    try {
      const source = await this.check(stored);
      await pipeline(shiftedRdb(source.open(), shiftMs), into);
    } catch (error) {
      into.destroy();
      throw error;
    }
  }

  async remove(fileId: string): Promise<void> {
    await rm(this.#fileOf(fileId), { force: true });
  }

  async list(): Promise<readonly string[]> {
    const names = await readdir(this.directory);
    return names.filter((name) => name.endsWith(WHOLE)).map((name) => name.slice(0, -WHOLE.length));
  }

  /** Throws what went wrong, with a file that may be half. */
  async #write(half: string, rdb: Readable): Promise<Omit<StoredRdb, 'fileId'>> {
    const summary = new Summary();
    const hash = createHash('sha256');
    let bytes = 0;
    const file = await open(half, 'wx', 0o600);
    try {
      const scanner = RdbScanner.ofFile({ checks: true });
      const written = writing(file, rdb, (chunk) => {
        hash.update(chunk);
        bytes += chunk.length;
      });
      await scan(written, scanner, (event) => summary.take(event));
      await file.sync();
    } finally {
      await file.close();
    }
    const { keys, expires, databases, rdbVersion, redisVersion } = summary;
    const about = { keys, expires, databases, rdbVersion, redisVersion };
    return { bytes, sha256: hash.digest('hex'), ...about };
  }

  /** The new name survives a loss of power only then. */
  async #flushDirectory(): Promise<void> {
    const directory = await open(this.directory);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  #fileOf(fileId: string): string {
    if (!/^[\w-]+$/.test(fileId)) throw new Error(`"${fileId}" cannot be the name of a file`);
    return join(this.directory, `${fileId}${WHOLE}`);
  }
}

/** What comes, once it is written. */
async function* writing(
  file: FileHandle,
  rdb: Readable,
  wrote: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of rdb as AsyncIterable<Buffer>) {
    let written = 0;
    while (written < chunk.length) {
      written += (await file.write(chunk, written)).bytesWritten;
    }
    wrote(chunk);
    yield chunk;
  }
}

function failureOf(cause: unknown): SimulatorError {
  if (cause instanceof SimulatorError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const meaning = MEANINGS[String(code)];
  const problem = `${problemOf(cause)}${meaning === undefined ? '' : `: ${meaning}`}`;
  const wayOut =
    cause instanceof RdbError
      ? 'It cannot be used as it is: take another one'
      : 'Mend the cause and take another one';
  return new SimulatorError('BackupFailed', { problem, wayOut }, { cause });
}

/** Part of the problem, for that is what events and records tell. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full, make room on it',
  EDQUOT: 'the quota is used up, make room',
};

function missing(file: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new SimulatorError('BackupMissing', { file });
    }
    return unreadable(file)(error);
  };
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    throw new SimulatorError('BackupCorrupt', { file, problem: problemOf(error) });
  };
}
