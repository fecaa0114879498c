/** One suite for every place that files of backups can be in; then what only a directory can do. */
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  readdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SimulatorError } from '../../src/control-plane/core/errors.js';
import type { BackupStore } from '../../src/control-plane/ports.js';
import { BackupFiles } from '../../src/control-plane/stores/backup-files.js';
import { rdbFrom } from '../../src/control-plane/engines/rdb-dump.js';
import { contentOf } from '../support/content.js';
import { EVERYTHING } from '../support/everything.js';
import { MemoryBackups } from '../support/memory-backups.js';
import { readRdb } from '../support/rdb.js';
import { RealRedis } from '../support/real-redis.js';
import { until } from '../support/raw-client.js';
import { redisWith } from '../support/redis-with.js';

const HOUR_MS = 3_600_000;

let source: RealRedis;
/** What a real Redis wrote. */
let rdb: Buffer;
let directory: string;

beforeAll(async () => {
  source = await RealRedis.start();
  await source.control.eval(EVERYTHING, 0, '90000');
  await source.control.config('SET', 'repl-diskless-sync-delay', '0');
  rdb = await buffer(await rdbFrom(source.address));
});
afterAll(() => source[Symbol.asyncDispose]());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'frostgate-backups-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface StoreUnderTest {
  readonly kind: string;
  readonly open: () => Promise<BackupStore>;
  readonly spoil: (store: BackupStore, fileId: string) => void;
}

const STORES: readonly StoreUnderTest[] = [
  {
    kind: 'memory',
    open: () => Promise.resolve(new MemoryBackups()),
    spoil: (store, fileId) => {
      if (store instanceof MemoryBackups) store.spoil(fileId);
    },
  },
  {
    kind: 'directory',
    open: () => BackupFiles.open(directory),
    spoil: (_, fileId) => {
      const file = join(directory, `${fileId}.rdb`);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(file, bytes);
    },
  },
];

/** In pieces, as they come over a network. */
function inPieces(bytes: Buffer, size = 10_000): Readable {
  const count = Math.ceil(bytes.length / size);
  return Readable.from(
    Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size)),
  );
}

describe.each(STORES)('backups in $kind', ({ open, spoil }) => {
  test('are the bytes that were put, with what is to be known of them', async () => {
    const store = await open();
    const stored = await store.put('f-1', inPieces(rdb));
    const { keys, version } = readRdb([rdb]);
    expect(stored).toEqual({
      fileId: 'f-1',
      bytes: rdb.length,
      sha256: createHash('sha256').update(rdb).digest('hex'),
      keys: keys.length,
      expires: keys.filter(({ expiresAt }) => expiresAt !== null).length,
      databases: 1,
      rdbVersion: version,
      redisVersion: /redis_version:(\S+)/.exec(await source.control.info('server'))?.[1],
    });
    const checked = await store.check(stored);
    expect(checked.bytes).toBe(rdb.length);
    expect((await buffer(checked.open())).equals(rdb)).toBe(true);
    expect((await buffer(checked.open(1000))).equals(rdb.subarray(1000))).toBe(true);
    expect(await store.list()).toEqual(['f-1']);
  });

  test('are taken whole or not at all: cut, spoilt, and what is no RDB', async () => {
    const store = await open();
    const spoilt = Buffer.from(rdb);
    spoilt[rdb.length - 30] = (spoilt[rdb.length - 30] ?? 0) ^ 0xff;
    const wrongSum = Buffer.from(rdb);
    wrongSum[rdb.length - 1] = (wrongSum[rdb.length - 1] ?? 0) ^ 1;
    const cases: readonly [Readable, RegExp][] = [
      [
        inPieces(rdb.subarray(0, -16)),
        /no backup came of it: it ends after \d+ bytes, and is not whole/,
      ],
      [inPieces(rdb.subarray(0, 5)), /it ends after 5 bytes/],
      [inPieces(Buffer.alloc(0)), /it is empty/],
      [inPieces(spoilt), /\(at byte \d+\)/],
      [inPieces(wrongSum), /its checksum is not that of its bytes/],
      [inPieces(Buffer.concat([rdb, Buffer.from('*')])), /there is more after its end/],
      [inPieces(Buffer.from('PK\u0003\u0004 something zipped')), /it is no RDB: it begins with/],
      [Readable.from(brokenOff(rdb)), /the line went dead/],
    ];
    for (const [bytes, problem] of cases) {
      const put = store.put('f-1', bytes);
      await expect(put).rejects.toThrow(problem);
      await expect(put).rejects.toMatchObject({ code: 'BackupFailed' });
      expect(bytes.destroyed).toBe(true);
    }
    expect(await store.list()).toEqual([]);
  });

  test('that changed or are gone are not given out, and say which file it is', async () => {
    const store = await open();
    const stored = await store.put('f-1', inPieces(rdb));
    const other = await store.put('f-2', inPieces(rdb));
    spoil(store, 'f-1');
    await expect(store.check(stored)).rejects.toThrow(
      /f-1.* is not what was written: its bytes changed/,
    );
    const into = new PassThrough();
    await expect(store.export(stored, 0, into)).rejects.toMatchObject({ code: 'BackupCorrupt' });
    expect(into.destroyed).toBe(true);
    expect((await store.check(other)).bytes).toBe(rdb.length);
    await store.remove('f-1');
    await store.remove('f-1');
    await expect(store.check(stored)).rejects.toThrow(/f-1.* is gone/);
    expect(await store.list()).toEqual(['f-2']);
  });

  test('are copied out for a plain redis-server, as they are and with every end moved', async () => {
    const store = await open();
    const stored = await store.put('f-1', inPieces(rdb));
    const before = await contentOf(source.control);
    expect((await exported(store, stored, 0)).equals(rdb)).toBe(true);
    for (const shiftMs of [HOUR_MS, -HOUR_MS]) {
      const bytes = await exported(store, stored, shiftMs);
      await using redis = await redisWith(bytes);
      const moved = before.keys.map(([database, key, type, value, expiry, encoding]) => {
        const end = Number(expiry) < 0 ? expiry : Number(expiry) + shiftMs;
        return [database, key, type, value, end, encoding];
      });
      expect((await contentOf(redis.control)).keys).toEqual(moved);
    }
  });
});

async function exported(
  store: BackupStore,
  stored: Parameters<BackupStore['export']>[0],
  shiftMs: number,
): Promise<Buffer> {
  const into = new PassThrough();
  const [bytes] = await Promise.all([buffer(into), store.export(stored, shiftMs, into)]);
  return bytes;
}

async function* brokenOff(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, 50_000);
  await Promise.resolve();
  throw new Error('the line went dead');
}

describe('a directory of backups', () => {
  test('is for its user only, and knows its files again', async () => {
    const files = await BackupFiles.open(join(directory, 'backups'));
    const stored = await files.put('f-1', inPieces(rdb));
    const mode = (...path: string[]) => statSync(join(directory, ...path)).mode & 0o777;
    expect([mode('backups'), mode('backups', 'f-1.rdb')]).toEqual([0o700, 0o600]);
    const again = await BackupFiles.open(join(directory, 'backups'));
    expect(await again.list()).toEqual(['f-1']);
    expect((await again.check(stored)).bytes).toBe(rdb.length);
  });

  test('sees when a file was cut short', async () => {
    const files = await BackupFiles.open(directory);
    const stored = await files.put('f-1', inPieces(rdb));
    truncateSync(join(directory, 'f-1.rdb'), 100);
    await expect(files.check(stored)).rejects.toThrow(
      `it has 100 bytes, and had ${String(rdb.length)}`,
    );
  });

  test('has what can be seen of it whole, and nothing that cannot be looked at', async () => {
    const files = await BackupFiles.open(directory);
    const stored = await files.put('f-1', inPieces(rdb));
    expect(files.has(stored)).toBe(true);
    expect(files.has({ ...stored, bytes: 100 })).toBe(false);
    await files.remove('f-1');
    expect(files.has(stored)).toBe(false);
    // ELOOP; for root, nothing is forbidden.
    symlinkSync('f-1.rdb', join(directory, 'f-1.rdb'));
    expect(files.has(stored)).toBe(false);
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'no directory any more');
    expect(files.has(stored)).toBe(false);
  });

  test('takes no id that leads out of it', async () => {
    const files = await BackupFiles.open(directory);
    await expect(files.put('../f-1', inPieces(rdb))).rejects.toThrow(
      'cannot be the name of a file',
    );
    await expect(files.remove('a/b')).rejects.toThrow('cannot be the name of a file');
  });

  test('of a simulator that was killed in the middle of a backup has nothing half that looks whole', async () => {
    const ready = join(directory, 'ready');
    const script = `
      import { BackupFiles } from '${join(import.meta.dirname, '../../dist/control-plane/stores/backup-files.js')}';
      import { Readable } from 'node:stream';
      import { readFileSync, writeFileSync } from 'node:fs';
      const files = await BackupFiles.open(process.argv[1]);
      const rdb = readFileSync(process.argv[2]);
      await files.put('whole', Readable.from([rdb]));
      async function* slowly() {
        yield rdb.subarray(0, rdb.length - 10);
        writeFileSync(process.argv[3], '');
        await new Promise((resolve) => setTimeout(resolve, 1_000_000));
      }
      await files.put('half', Readable.from(slowly()));`;
    const file = join(directory, 'source');
    writeFileSync(file, rdb);
    const backups = join(directory, 'backups');
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', script, backups, file, ready],
      {
        stdio: 'inherit',
      },
    );
    await until('the second backup is under way', () => readdirSync(directory).includes('ready'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(backups).sort()).toEqual(['half.rdb.half', 'whole.rdb']);
    const files = await BackupFiles.open(backups);
    expect(await files.list()).toEqual(['whole']);
    expect(readdirSync(backups)).toEqual(['whole.rdb']);
  });

  test.skipIf(!canMount())(
    'on a full disk says so, leaves nothing, and takes the next one when there is room',
    async () => {
      const disk = join(directory, 'disk');
      mkdirSync(disk);
      const size = Math.ceil(rdb.length / 4096 / 2) * 4096;
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(size)}`, 'tmpfs', disk]);
      try {
        const files = await BackupFiles.open(disk);
        const put = files.put('f-1', inPieces(rdb));
        await expect(put).rejects.toThrow(/ENOSPC.*the disk is full, make room/s);
        await expect(put).rejects.toBeInstanceOf(SimulatorError);
        expect(readdirSync(disk)).toEqual([]);
        execFileSync('mount', ['-o', `remount,size=${String(4 * rdb.length)}`, disk]);
        await files.put('f-1', inPieces(rdb));
        expect(await files.list()).toEqual(['f-1']);
      } finally {
        execFileSync('umount', [disk]);
      }
    },
  );
});

/** Only root may make a disk that is full at once. */
function canMount(): boolean {
  return process.getuid?.() === 0 && process.platform === 'linux';
}
