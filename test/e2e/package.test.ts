/** The package, as `npm pack` makes it, in an empty project: installed, typed, imported, and run. */
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/raw-client.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const BYTES_MAX = 5 * 2 ** 20;
/** Installing is most of it, and a machine that has nothing in npm's cache has to fetch everything. */
const INSTALL_MS = 300_000;

let project = '';
let tarball = '';
const npm = (...args: string[]) =>
  run('npm', [...args, '--no-audit', '--no-fund'], { cwd: project, maxBuffer: 2 ** 24 });
const env = () => ({ ...process.env, FROSTGATE_ENGINE: 'process', TMPDIR: project });

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'frostgate-package-'));
  // Built already, as for all tests.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', project], { cwd: ROOT });
  const packed = (await readdir(project)).find((name) => name.endsWith('.tgz')) ?? '';
  tarball = join(project, packed);
  await writeFile(join(project, 'package.json'), '{"type":"module","private":true}');
  // What is native is not compiled again: it is the one that the repository's own installation has made.
  await npm('install', '--prefer-offline', '--ignore-scripts', tarball);
  const native = 'node_modules/better-sqlite3/build';
  await cp(join(ROOT, native), join(project, native), { recursive: true });
  // What its users have besides.
  await symlink(join(ROOT, 'node_modules/vitest'), join(project, 'node_modules/vitest'));
}, INSTALL_MS);
afterAll(() => rm(project, { recursive: true, force: true }));

test('it is small, and has nothing in it but what is used', async () => {
  expect((await stat(tarball)).size).toBeLessThan(BYTES_MAX);
  const files = await readdir(join(project, 'node_modules/frostgate'));
  expect(files.sort()).toEqual(
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'examples',
      'package.json',
      'schemas',
    ].sort(),
  );
});

test.each([
  ['node16', 'node16'],
  ['esnext', 'bundler'],
])(
  'its types are those of a strict project (module %s, resolution %s)',
  async (module, resolution) => {
    const source = `
    import { startSimulator, connectTo, SimulatorError, type InstanceView } from 'frostgate';
    import { startFrostgate, type TestInstance } from 'frostgate/testing';
    import { useFrostgate } from 'frostgate/testing/node';
    import { useFrostgate as useJest } from 'frostgate/testing/jest';
    import { test } from 'frostgate/testing/vitest';
    import setup from 'frostgate/testing/vitest-setup';

    await using simulator = await startSimulator({ apiPort: null });
    const view: InstanceView = await simulator.createInstance({ name: 'typed' });
    const port: number | null = view.port;
    // @ts-expect-error: there is no such field
    await simulator.createInstance({ nmae: 'typed' });
    const frostgate = await startFrostgate();
    const instance: TestInstance = await frostgate.createInstance();
    await instance.until('frozen');
    const state: string = await instance.state();
    test('typed', async ({ instance }) => void (await instance.freeze()));
    export { port, state, connectTo, SimulatorError, useFrostgate, useJest, setup };
  `;
    await writeFile(join(project, 'consumer.ts'), source);
    const options = ['--strict', '--noEmit', '--exactOptionalPropertyTypes', '--target', 'es2022'];
    const lib = ['--lib', 'es2023,esnext.disposable', '--types', 'node', '--skipLibCheck'];
    const how = ['--module', module, '--moduleResolution', resolution];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(
      process.execPath,
      [tsc, ...options, ...lib, ...how, 'consumer.ts'],
      {
        cwd: project,
      },
    ).catch((error: unknown) => error as { stdout: string });
    expect(stdout).toBe('');
  },
);

test('the library is imported, starts a simulator and ends', async () => {
  const script = `
    import { startFrostgate } from 'frostgate/testing';
    const frostgate = await startFrostgate();
    const instance = await frostgate.createInstance();
    await instance.freeze();
    console.log(await instance.state());
    await frostgate.close();
  `;
  await writeFile(join(project, 'use.mjs'), script);
  const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: project, env: env() });
  expect(stdout).toBe('frozen\n');
});

test('npx frostgate exec runs a command with a simulator, and npx frostgate up is the whole set-up', async () => {
  const { stdout } = await run('npx', ['frostgate', 'exec', '--', 'sh', '-c', 'echo $REDIS_URL'], {
    cwd: project,
    env: env(),
  });
  expect(stdout).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\n$/);
  const up = spawn(
    process.execPath,
    [
      'node_modules/.bin/frostgate',
      'up',
      '--demo',
      '--json',
      '--api-port',
      '0',
      '--ports',
      '21400-21499',
    ],
    { cwd: project, env: env(), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  up.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('it is up', () => said.endsWith('\n'), 30_000);
  const { instances } = JSON.parse(said) as { instances: { state: string }[] };
  expect(instances).toMatchObject([{ state: 'active' }]);
  const ended = new Promise((resolve) => up.on('exit', resolve));
  up.kill('SIGTERM');
  expect(await ended).toBe(0);
});
