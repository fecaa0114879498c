/** `frostgate`, as it is started by its name: bin/frostgate.js, which is a script of the shell too. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VERSION } from '../../src/version.js';

const LAUNCHER = join(import.meta.dirname, '../../bin/frostgate.js');
/** The Node that runs the tests comes first. */
const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'frostgate launcher '));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('it starts from wherever it is linked to, as npm links it', async () => {
  const linked = await link();
  expect(await run(linked, ['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n` });
});

test('what it is told arrives as it was said, and how it ends is told', async () => {
  const linked = await link();
  const { code, stdout } = await run(linked, ['terms', 'check', 'a "file" with $spaces', '--json']);
  expect(code).not.toBe(0);
  expect(stdout).toContain(String.raw`a \"file\" with $spaces`);
  expect((await run(linked, ['no-such-command'])).code).toBe(2);
});

test('Node runs without helper threads of V8, and with what NODE_OPTIONS says', async () => {
  const said = `data:text/javascript,console.log(process.execArgv.join())`;
  const { stdout } = await run(LAUNCHER, ['--version'], { NODE_OPTIONS: `--import=${said}` });
  expect(stdout).toBe(`--single-threaded\n${VERSION}\n`);
});

/** As in node_modules/.bin: a link to a link, which are relative. */
async function link(): Promise<string> {
  await mkdir(join(directory, 'bin'));
  await symlink(LAUNCHER, join(directory, 'first'));
  await symlink('../first', join(directory, 'bin/frostgate'));
  return join(directory, 'bin/frostgate');
}

function run(program: string, args: readonly string[], more: Record<string, string> = {}) {
  const env = { ...process.env, ...{ NO_COLOR: '1', PATH }, ...more };
  return new Promise<{ code: number; stdout: string }>((resolve) => {
    execFile(program, args, { cwd: directory, env }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ code, stdout: code === 0 ? stdout : stdout + stderr });
    });
  });
}
