/** Tests of the program itself run what `npm run build` makes; it is made anew where it is older than its sources. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const ROOT = new URL('../../', import.meta.url).pathname;
const run = promisify(execFile);

/** One worker builds, the others wait for it. */
export async function ensureBuilt(): Promise<void> {
  const lock = `${ROOT}node_modules/.frostgate-build`;
  for (;;) {
    if (await isFresh()) return;
    try {
      await mkdir(lock);
    } catch {
      await delay(100);
      continue;
    }
    try {
      if (!(await isFresh())) await run('npm', ['run', 'build'], { cwd: ROOT });
    } finally {
      await rmdir(lock);
    }
  }
}

async function isFresh(): Promise<boolean> {
  const [newest, built] = await Promise.all([newestIn(`${ROOT}src`), newestIn(`${ROOT}dist`)]);
  return built > newest;
}

async function newestIn(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  const files = entries.filter((entry) => entry.isFile());
  const times = await Promise.all(
    files.map(async (file) => (await stat(`${file.parentPath}/${file.name}`)).mtimeMs),
  );
  return Math.max(0, ...times);
}
