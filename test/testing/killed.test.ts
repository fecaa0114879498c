/** A test's process that is killed has no time to tidy up: what is left then is nothing all the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { RawClient, until } from '../support/raw-client.js';
import { processesIn, temporaryDirectory } from '../support/simulator.js';

const LIBRARY = join(import.meta.dirname, '../../dist/testing/index.js');
const SCRIPT = `
  const { startFrostgate } = await import(process.argv[1]);
  const frostgate = await startFrostgate({ join: null, engine: 'process' });
  const instances = [await frostgate.createInstance(), await frostgate.createInstance()];
  await frostgate.checkpoint();
  await instances[0].backup();
  console.log(JSON.stringify([frostgate.api.url, ...instances.map((one) => one.url)]));
`;

test('kill -9 of a process that uses the library leaves no server, no port and no file', async () => {
  await using directory = await temporaryDirectory();
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT, LIBRARY], {
    env: { PATH: process.env.PATH, TMPDIR: directory.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('it has its instances', () => said.endsWith('\n') || child.exitCode !== null, 60_000);
  const ports = (JSON.parse(said) as string[]).map((url) => Number(new URL(url).port));
  expect(ports).toHaveLength(3);
  const redis = new Redis(ports[1] ?? 0);
  expect(await redis.set('key', 'value')).toBe('OK');
  redis.disconnect();
  expect(processesIn(directory.path).length).toBeGreaterThanOrEqual(2);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await until('its servers are gone', () => processesIn(directory.path).length === 0, 60_000);
  await until(
    'its files are gone',
    async () => (await readdir(directory.path)).length === 0,
    60_000,
  );
  for (const port of ports) await expect(RawClient.connect(port)).rejects.toThrow('ECONNREFUSED');
});
