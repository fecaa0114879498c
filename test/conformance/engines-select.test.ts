/** Which engine is taken, and how its choice is explained. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_DOCKER_IMAGE } from '../../src/control-plane/engines/docker.js';
import { selectEngine, type EngineOptions } from '../../src/control-plane/engines/select-engine.js';
import { whyNoDocker } from '../support/docker.js';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'frostgate-select-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function select(changed: Partial<EngineOptions>) {
  const { engine, reason } = await selectEngine({
    kind: 'auto',
    context: { simulatorId: 'select-tests', secret: 's', log: () => undefined },
    directory: join(directory, 'instances'),
    persistent: true,
    path: process.env.PATH ?? '',
    dockerImage: DEFAULT_DOCKER_IMAGE,
    external: [],
    flushExternal: [],
    ...changed,
  });
  await engine.close();
  return { kind: engine.kind, summary: engine.summary, reason };
}

test('an engine that is asked for by name is taken, and no other in its place', async () => {
  expect(await select({ kind: 'process' })).toMatchObject({ kind: 'process', reason: 'asked for' });
  expect(await select({ kind: 'fake' })).toMatchObject({ kind: 'fake' });
  const external = ['redis://127.0.0.1:6379'];
  expect(await select({ kind: 'external', external })).toMatchObject({ kind: 'external' });
});

test('the summary names the server, its version and its file', async () => {
  const { summary } = await select({ kind: 'process' });
  expect(summary).toMatch(/^(redis|valkey)-server \d+\.\d+\.\d+ \(\/.*\)$/);
});

test('auto takes what it is given addresses of', async () => {
  expect(await select({ external: ['redis://127.0.0.1:6379'] })).toEqual({
    kind: 'external',
    summary: 'Redis at 127.0.0.1:6379',
    reason: 'addresses of external servers are given',
  });
});

test('auto takes the server binary it is given', async () => {
  const redisServer = await server('Valkey server v=8.1.1 sha=00000000:0');
  expect(await select({ redisServer })).toEqual({
    kind: 'process',
    summary: `valkey-server 8.1.1 (${redisServer})`,
    reason: 'a server binary is given',
  });
});

test('auto takes Docker where it answers, else what is on PATH, and says why', async () => {
  const { kind, reason } = await select({});
  if ((await whyNoDocker()) === null) {
    expect(kind).toBe('docker');
    expect(reason).toMatch(/^Docker answers \(/);
  } else {
    expect(kind).toBe('process');
    expect(reason).toMatch(/^found here; Docker/);
  }
});

test('auto passes Docker over that has not the image and cannot get it', async () => {
  const dockerImage = 'localhost:1/frostgate/no-such-image:1';
  const { kind, reason } = await select({ dockerImage });
  expect(kind).toBe('process');
  expect(reason).toMatch(/^found here; Docker /);
});

test('a server that is too old is refused with its version and the ways out', async () => {
  const redisServer = await server('Redis server v=6.0.16 sha=00000000:0');
  await expect(select({ kind: 'process', redisServer })).rejects.toMatchObject({
    code: 'EngineNotAvailable',
    message: expect.stringMatching(/version 6\.0\.16, and 7\.0 or later.*Ways out: /) as string,
  });
});

test('the external engine without an address is refused', async () => {
  await expect(select({ kind: 'external' })).rejects.toMatchObject({
    code: 'InvalidInput',
    message: expect.stringContaining('Give --external redis://host:port') as string,
  });
});

async function server(says: string): Promise<string> {
  const file = join(directory, 'some-server');
  await writeFile(file, `#!/bin/sh\necho "${says}"\n`);
  await chmod(file, 0o755);
  return file;
}
