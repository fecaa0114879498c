/** A plain redis-server that begins with a given RDB file, as a customer would load a backup. Nothing is left of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './raw-client.js';

export interface PlainRedis extends AsyncDisposable {
  readonly control: Redis;
}

export async function redisWith(rdb: Buffer): Promise<PlainRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'frostgate-plain-'));
  await writeFile(join(directory, 'dump.rdb'), rdb);
  const path = join(directory, 'redis.sock');
  const child = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', path, '--save', '', '--dir', directory],
    { stdio: 'ignore' },
  );
  const control = new Redis({ path, lazyConnect: true, retryStrategy: () => 20 });
  control.on('error', () => undefined);
  const end = async () => {
    control.disconnect();
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    control.connect().catch(() => undefined);
    await until('redis-server has loaded the file', () => {
      if (child.exitCode !== null) throw new Error('redis-server does not take the file');
      return control.status === 'ready';
    });
  } catch (error) {
    await end();
    throw error;
  }
  return { control, [Symbol.asyncDispose]: end };
}
