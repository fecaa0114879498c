/**
 * Makes a local stand-in for the image of the Docker engine, from the
 * redis-server of this machine and the libraries it needs. For machines that
 * can pull no image, such as the one that runs CI: tests of the Docker engine
 * then need no registry. Does nothing where an image of that name is there, or
 * can be pulled.
 *
 *   node scripts/docker-image.mjs [name]        (redis:7.2 by default)
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { haveImage } from './images.mjs';

const name = process.argv[2] ?? 'redis:7.2';

/** As the official image: arguments that begin with a dash are for redis-server. */
const ENTRYPOINT = `#!/bin/sh
case "\${1:-}" in -*|*.conf) set -- redis-server "$@" ;; esac
exec "$@"
`;

if (spawnSync('docker', ['version'], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) {
  process.exit(1);
}
if (haveImage(name)) process.exit(0);

const root = mkdtempSync(join(tmpdir(), 'frostgate-image-'));
try {
  const programs = ['redis-server', 'redis-cli'].map((program) => [which(program), program]);
  for (const [file, program] of programs) put(file, `/usr/local/bin/${program}`);
  const shell = which('sh');
  put(shell, '/bin/sh');
  for (const library of librariesOf([...programs.map(([file]) => file), shell])) {
    put(library, library);
  }
  writeFileSync(join(root, 'entrypoint.sh'), ENTRYPOINT);
  chmodSync(join(root, 'entrypoint.sh'), 0o755);
  for (const directory of ['data', 'tmp', 'etc']) mkdirSync(join(root, directory));
  chmodSync(join(root, 'tmp'), 0o1777);
  importImage();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}

function importImage() {
  const archive = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 1 << 30 });
  const changes = [
    'ENV PATH=/usr/local/bin:/usr/bin:/bin',
    'WORKDIR /data',
    'VOLUME /data',
    'EXPOSE 6379',
    'LABEL dev.frostgate.stand-in="from the redis-server of the machine that made it"',
    'ENTRYPOINT ["/entrypoint.sh"]',
    'CMD ["redis-server"]',
  ];
  execFileSync('docker', ['import', ...changes.flatMap((line) => ['--change', line]), '-', name], {
    input: archive,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const version = execFileSync('docker', ['run', '--rm', name, '--version'], { encoding: 'utf8' });
  console.log(`Made a stand-in for the image ${name}: ${version.trim()}`);
}

/** Copies what a link points to: the name in the image is the one that is used there. */
function put(file, place) {
  const target = join(root, place);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
  chmodSync(target, 0o755);
}

/** Every file that the dynamic linker would load, and the linker itself. */
function librariesOf(files) {
  const lines = files.flatMap((file) =>
    execFileSync('ldd', [file], { encoding: 'utf8' }).split('\n'),
  );
  const paths = lines.map((line) => /(?:=> |^\s*)(\/\S+) \(0x/.exec(line)?.[1]);
  return new Set(paths.filter((path) => path !== undefined));
}

function which(program) {
  const found = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
  if (found.status === 0) return found.stdout.trim();
  throw new Error(`There is no ${program} here to make an image of: apt-get install redis-server`);
}
