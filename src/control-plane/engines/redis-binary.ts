/** Finds a `redis-server` or `valkey-server` that is new enough. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { problemOf } from '../core/errors.js';

const run = promisify(execFile);
const NAMES = ['redis-server', 'valkey-server'];
const OLDEST_MAJOR = 7;
/** Where package managers put servers, in case PATH of a plain user leaves it out. */
const FURTHER_PLACES = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin'];

export interface RedisBinary {
  readonly file: string;
  readonly name: string;
  readonly version: string;
}

/** The given binary, or the first one found. Returns what was tried and why it would not do, instead, where none will. */
export async function findRedisBinary(
  given: string | undefined,
  path: string,
): Promise<RedisBinary | string> {
  if (given !== undefined) return inspect(given);
  const places = [...new Set([...path.split(delimiter).filter(Boolean), ...FURTHER_PLACES])];
  const problems: string[] = [];
  for (const name of NAMES) {
    for (const place of places) {
      const file = join(place, name);
      if (!(await isExecutable(file))) continue;
      const found = await inspect(file);
      if (typeof found !== 'string') return found;
      problems.push(found);
    }
  }
  return problems.join('; ') || `no ${NAMES.join(' or ')} on PATH`;
}

/** `Redis server v=7.0.15 sha=...` or `Valkey server v=8.1.1 sha=...` */
async function inspect(file: string): Promise<RedisBinary | string> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 10_000 });
    const match = /^(Redis|Valkey) server v=(\S+)/i.exec(stdout.trim());
    const version = match?.[2] ?? '';
    if (!match) return `${file} is no redis-server: it says "${stdout.trim().slice(0, 80)}"`;
    if (!(Number.parseInt(version, 10) >= OLDEST_MAJOR)) {
      return `${file} is version ${version}, and 7.0 or later is needed`;
    }
    return { file, name: `${(match[1] ?? '').toLowerCase()}-server`, version };
  } catch (error) {
    return `${file} does not run: ${problemOf(error)}`;
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
