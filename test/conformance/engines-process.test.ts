/** What is true of the process engine alone: whose child Redis is, and who ends it. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ProcessEngine } from '../../src/control-plane/engines/process.js';
import { findRedisBinary, type RedisBinary } from '../../src/control-plane/engines/redis-binary.js';
import { startEngineChild } from '../support/engine-child.js';
import { connectTo, isAlive, pidOf, specOf } from '../support/backends.js';
import { until } from '../support/raw-client.js';

const CONTEXT = { simulatorId: 'process-tests', secret: 's', log: () => undefined };

describe('a simulator that is killed with SIGKILL', () => {
  test('leaves no Redis behind, but the data, which the next one finds', async () => {
    await using place = await temporaryDirectory();
    const engine = `new (await import(engines + '/process.js')).ProcessEngine({
      context: { simulatorId: 'process-tests', secret: 's', log() {} }, binary,
      directory: ${JSON.stringify(place.directory)}, persistent: true })`;
    await using child = await startEngineChild(engine);
    const pid = await pidOf(child.backend);
    {
      using redis = connectTo(child.backend);
      await redis.set('key', 'value');
    }
    await child.kill();
    await until('its Redis is gone', () => !isAlive(pid));

    const next = new ProcessEngine({
      context: CONTEXT,
      binary: await localBinary(),
      directory: place.directory,
      persistent: true,
    });
    try {
      using redis = connectTo(await next.up(specOf('r-1')));
      expect(await redis.get('key')).toBe('value');
    } finally {
      await next.close();
    }
  });

  test('leaves no directory either, where nothing was to be kept', async () => {
    await using place = await temporaryDirectory();
    const directory = join(place.directory, 'engine');
    const engine = `new (await import(engines + '/process.js')).ProcessEngine({
      context: { simulatorId: 'process-tests', secret: 's', log() {} }, binary,
      directory: ${JSON.stringify(directory)}, persistent: false })`;
    await using child = await startEngineChild(engine);
    const pid = await pidOf(child.backend);
    expect(existsSync(directory)).toBe(true);
    await child.kill();
    await until('Redis and its directory are gone', () => !isAlive(pid) && !existsSync(directory));
  });
});

test('a signal to all of our process group is not for Redis, which we end in order; to Linux it is of our session', async () => {
  await using place = await temporaryDirectory();
  const engine = new ProcessEngine({
    context: CONTEXT,
    binary: await localBinary(),
    directory: place.directory,
    persistent: false,
  });
  try {
    const pid = await pidOf(await engine.up(specOf('r-1')));
    const [ours, its] = [await groupOf(process.pid), await groupOf(pid)];
    expect(its).toEqual({ group: pid, session: ours.session });
    expect(its.group).not.toBe(ours.group);
  } finally {
    await engine.close();
  }
});

test('where there is no perl, Redis has a session of its own, and a signal to our group is not for it either', async () => {
  await using place = await temporaryDirectory();
  // Nothing is found there; Redis itself was before.
  const engine = `(process.env.PATH = ${JSON.stringify(place.directory)},
    new (await import(engines + '/process.js')).ProcessEngine({
      context: { simulatorId: 'process-tests', secret: 's', log() {} }, binary,
      directory: ${JSON.stringify(place.directory)}, persistent: true }))`;
  await using child = await startEngineChild(engine);
  const pid = await pidOf(child.backend);
  expect(await groupOf(pid)).toEqual({ group: pid, session: pid });
});

/** By Linux (proc(5)): the fifth and the sixth field, behind a name in parentheses that may have anything in it. */
async function groupOf(pid: number): Promise<{ readonly group: number; readonly session: number }> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { group: Number(group), session: Number(session) };
}

test('a Redis that outlived its simulator is ended before its data is used again', async () => {
  await using place = await temporaryDirectory();
  const options = {
    context: CONTEXT,
    binary: await localBinary(),
    directory: place.directory,
    persistent: true,
  };
  // Two engines on one directory stand for a simulator that died and one that came after.
  const [dead, next] = [new ProcessEngine(options), new ProcessEngine(options)];
  try {
    const old = await pidOf(await dead.up(specOf('r-1')));
    const backend = await next.up(specOf('r-1'));
    expect(isAlive(old)).toBe(false);
    using redis = connectTo(backend);
    expect(await redis.ping()).toBe('PONG');
  } finally {
    await next.close();
    await dead.close();
  }
});

test('its files are for its own user only, and none has the password in it', async () => {
  await using place = await temporaryDirectory();
  const engine = new ProcessEngine({
    context: CONTEXT,
    binary: await localBinary(),
    directory: place.directory,
    persistent: true,
  });
  try {
    const { password } = await engine.up(specOf('r-1'));
    const config = await readFile(join(place.directory, 'r-1', 'redis.conf'), 'utf8');
    expect(config).not.toContain(password);
    expect(config).toContain('bind 127.0.0.1');
  } finally {
    await engine.close();
  }
});

test('a server that does not start is an error that names engine, instance, problem and log', async () => {
  await using place = await temporaryDirectory();
  const file = await scriptIn(place.directory, 'echo broken; exit 7');
  const engine = new ProcessEngine({
    context: CONTEXT,
    binary: { file, name: 'redis-server', version: '7.0.0' },
    directory: join(place.directory, 'instances'),
    persistent: true,
  });
  try {
    await expect(engine.up(specOf('r-1'))).rejects.toMatchObject({
      code: 'EngineFailed',
      message: expect.stringMatching(
        /process engine could not start .*"r-1": it ended with 7.*redis\.log/,
      ) as string,
    });
    await engine.remove('r-1');
    expect(await engine.list()).toEqual([]);
  } finally {
    await engine.close();
  }
});

test('a Redis that may have fewer files open than the door lets clients in takes as many as it can, and that is said once', async () => {
  await using place = await temporaryDirectory();
  const { file, ...rest } = await localBinary();
  const log: string[] = [];
  const engine = new ProcessEngine({
    context: { ...CONTEXT, log: (line) => log.push(line) },
    binary: { ...rest, file: await scriptIn(place.directory, `ulimit -n 300; exec ${file} "$@"`) },
    directory: join(place.directory, 'instances'),
    persistent: true,
  });
  try {
    using redis = connectTo(await engine.up(specOf('r-1', { connections: 10_000 })));
    expect(await redis.ping()).toBe('PONG');
    const said = (connections: number): unknown =>
      expect.stringMatching(
        new RegExp(`^r-1: Redis takes \\d+ of ${String(connections)} clients.*ulimit -n`),
      );
    expect(log).toEqual([said(10_000)]);
    await engine.up(specOf('r-1', { connections: 10_000 }));
    expect(log).toEqual([said(10_000)]);
    await engine.up(specOf('r-1', { connections: 5_000 }));
    expect(log).toEqual([said(10_000), said(5_000)]);
  } finally {
    await engine.close();
  }
});

describe('the search for a server binary', () => {
  test.each([
    ['Redis server v=6.2.14 sha=00000000:0 malloc=libc', 'version 6.2.14, and 7.0 or later'],
    ['Hello, I am an editor', 'is no redis-server: it says "Hello, I am an editor"'],
  ])('passes over what says "%s"', async (says, complaint) => {
    await using place = await temporaryDirectory();
    const file = await scriptIn(place.directory, `echo "${says}"`);
    expect(await findRedisBinary(file, '')).toContain(complaint);
  });

  test('takes a Valkey as well, and says which it is', async () => {
    await using place = await temporaryDirectory();
    const file = await scriptIn(place.directory, 'echo "Valkey server v=8.1.1 sha=00000000:0"');
    expect(await findRedisBinary(file, '')).toEqual({
      file,
      name: 'valkey-server',
      version: '8.1.1',
    });
  });

  test('says so when the file that was given does not run', async () => {
    expect(await findRedisBinary('/nowhere/redis-server', '')).toContain('does not run');
  });
});

async function localBinary(): Promise<RedisBinary> {
  const binary = await findRedisBinary(undefined, process.env.PATH ?? '');
  if (typeof binary === 'string') throw new Error(binary);
  return binary;
}

async function scriptIn(directory: string, body: string): Promise<string> {
  const file = join(directory, 'some-server');
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'frostgate-process-'));
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
