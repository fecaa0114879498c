/** The image of the Dockerfile, for tests: built where it can be, run by `docker` and by Compose. */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { whyNoDocker } from './docker.js';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Its packages are fetched and compiled where Docker has not kept them from an earlier build (ms). */
export const BUILD_MS = 900_000;

/** What a command of Docker's says; throws where it fails. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', args, { cwd: ROOT, maxBuffer: 2 ** 26 });
  return stdout.trim();
}

/** Why the image cannot be built here, or null. Nothing is pulled for a test. */
export async function whyNoImage(): Promise<string | null> {
  const whyNot = await whyNoDocker();
  if (whyNot !== null) return whyNot;
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  for (const [, name = ''] of dockerfile.matchAll(/^FROM (\S+)/gm)) {
    if (spawnSync('docker', ['image', 'inspect', name]).status === 0) continue;
    return `Docker has no image ${name}: docker pull ${name}, or node scripts/base-images.mjs`;
  }
  return null;
}

/** By the Dockerfile as it stands. The network is the machine's: a daemon without rules of its own has no other one. */
export async function buildImage(name: string): Promise<void> {
  await docker('build', '--network', 'host', '-t', name, '.');
}

/** Each Compose that is here, by its version: as people type it, and the one that somebody names besides. */
export const COMPOSES: ReadonlyMap<string, readonly string[]> = new Map(
  [['docker', 'compose'], ['docker-compose'], [process.env.FROSTGATE_TEST_COMPOSE ?? '']].flatMap(
    (words) => {
      const [program = '', ...args] = words;
      const { status, stdout } = spawnSync(program || 'false', [...args, 'version', '--short']);
      return status === 0 ? [[stdout.toString().trim(), words] as const] : [];
    },
  ),
);

/** docker-compose.yml with what a shell would export; a project of its own. */
export function composeWith(compose: readonly string[], env: Readonly<Record<string, string>>) {
  const [program = '', ...first] = compose;
  const options = { cwd: ROOT, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  return async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(program, [...first, ...args], options);
    return stdout.trim();
  };
}

/** The first of so many ports in a row that nobody has. */
export async function freePorts(count: number): Promise<number> {
  for (let first = 23_000; first < 32_000; first += count) {
    const ports = Array.from({ length: count }, (_, at) => first + at);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`there are no ${String(count)} free ports in a row`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
