/** An empty project with the package in it as `npm pack` makes it: what its users have. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Installing is most of it, and a machine that has nothing in npm's cache has to fetch everything (ms). */
export const INSTALL_MS = 300_000;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PackedProject extends AsyncDisposable {
  readonly path: string;
  /** For what is temporary: whatever a simulator leaves is here. */
  readonly tmp: string;
  readonly tarball: string;
  readonly env: NodeJS.ProcessEnv;
  /** Writes a file of it. */
  write(name: string, text: string): Promise<void>;
  /** Runs a program in it; resolves also where that fails. */
  run(program: string, ...args: string[]): Promise<Ended>;
}

/** `others` are installed as well: `jest@30`. */
export async function packedProject(...others: string[]): Promise<PackedProject> {
  const path = await mkdtemp(join(tmpdir(), 'frostgate-package-'));
  const options = { cwd: path, maxBuffer: 2 ** 24 };
  // Built already, as for all tests.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', path], { cwd: ROOT });
  const packed = (await readdir(path)).find((name) => name.endsWith('.tgz')) ?? '';
  const tarball = join(path, packed);
  await writeFile(join(path, 'package.json'), '{"type":"module","private":true}');
  // What is native is not compiled again: it is the one that the repository's own installation has made.
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...flags, tarball, ...others], options);
  const native = 'node_modules/better-sqlite3/build';
  await cp(join(ROOT, native), join(path, native), { recursive: true });
  const tmp = join(path, 'tmp');
  await mkdir(tmp);
  // Not ours, which tells test runners that they run within another one.
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, FROSTGATE_ENGINE: 'process', TMPDIR: tmp };
  return {
    ...{ path, tmp, tarball, env },
    write: (name, text) => writeFile(join(path, name), text),
    run: async (program, ...args) => {
      try {
        return { code: 0, ...(await run(program, args, { ...options, env })) };
      } catch (error) {
        return error as Ended;
      }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
