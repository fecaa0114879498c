/** The package, as `npm pack` makes it, in an empty project: installed, typed, imported, and run. */
import { spawn } from 'node:child_process';
import { readdir, readFile, rename, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSTALL_MS, packedProject, type PackedProject } from '../support/packed-project.js';
import { until } from '../support/raw-client.js';

const ROOT = join(import.meta.dirname, '../..');
const BYTES_MAX = 5 * 2 ** 20;

let project: PackedProject;
beforeAll(async () => {
  project = await packedProject();
  // What its users have besides.
  await symlink(join(ROOT, 'node_modules/vitest'), join(project.path, 'node_modules/vitest'));
}, INSTALL_MS);
afterAll(() => project[Symbol.asyncDispose]());

test('it is small, and has nothing in it but what is used', async () => {
  expect((await stat(project.tarball)).size).toBeLessThan(BYTES_MAX);
  const files = await readdir(join(project.path, 'node_modules/frostgate'));
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

test('whose work is in the page, the font too, is told with the licences in full', async () => {
  const dashboard = join(project.path, 'node_modules/frostgate/dist/dashboard');
  const assets = await readdir(join(dashboard, 'assets'));
  expect(assets.filter((name) => name.endsWith('.woff2'))).toEqual([
    expect.stringMatching(/^inter-/),
  ]);
  const licences = await readFile(join(dashboard, 'licenses.md'), 'utf8');
  for (const work of ['preact', 'uplot', '@fontsource-variable/inter'])
    expect(licences).toMatch(new RegExp(`^## ${work} - \\d`, 'm'));
  expect(licences).toContain('The Inter Project Authors');
  expect(licences).toContain('SIL OPEN FONT LICENSE Version 1.1');
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
    await project.write('consumer.ts', source);
    const compilerOptions = {
      ...{ module, moduleResolution: resolution, target: 'es2022', noEmit: true },
      ...{ strict: true, exactOptionalPropertyTypes: true },
      lib: ['es2023', 'esnext.disposable'],
      types: [], // as TypeScript has it from version 6 on: the package asks for those that it needs
    };
    const settings = JSON.stringify({ compilerOptions, files: ['consumer.ts'] });
    await project.write('tsconfig.json', settings);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await project.run(process.execPath, tsc, '-p', '.');
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
  await project.write('use.mjs', script);
  const { stdout } = await project.run(process.execPath, 'use.mjs');
  expect(stdout).toBe('frozen\n');
});

test('a project of CommonJS modules requires it', async () => {
  const script = `
    const { startSimulator } = require('frostgate');
    const { startFrostgate } = require('frostgate/testing');
    console.log(typeof startSimulator, typeof startFrostgate);
  `;
  await project.write('require.cjs', script);
  const { stdout, stderr } = await project.run(process.execPath, '--no-warnings', 'require.cjs');
  expect(stderr).toBe('');
  expect(stdout).toBe('function function\n');
});

test('where npm ran no install scripts, what keeps nothing works, and what keeps something says what to do', async () => {
  const native = join(project.path, 'node_modules/better-sqlite3/build');
  await rename(native, `${native}-away`);
  try {
    const kept = await project.run('npx', 'frostgate', 'exec', '--', 'true');
    expect(kept).toMatchObject({ code: 0, stderr: '' });
    const up = await project.run('npx', 'frostgate', 'up', '--api-port', '0');
    expect(up.code).toBe(1);
    expect(up.stderr).toContain('npm rebuild better-sqlite3');
    expect(up.stderr).not.toContain('    at ');
  } finally {
    await rename(`${native}-away`, native);
  }
});

test('npx frostgate exec runs a command with a simulator, and npx frostgate up is the whole set-up', async () => {
  const command = ['frostgate', 'exec', '--', 'sh', '-c', 'echo $REDIS_URL'];
  const { stdout } = await project.run('npx', ...command);
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
    { cwd: project.path, env: project.env, stdio: ['ignore', 'pipe', 'inherit'] },
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
