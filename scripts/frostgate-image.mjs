/**
 * Makes a local stand-in for the image of the Dockerfile, from this machine's Node.js and redis-server, what was
 * built here, and the packages it needs. For machines that can pull no image. Does nothing where one of that name is there.
 *
 *   node scripts/frostgate-image.mjs NAME
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const name = process.argv[2];
if (!name) {
  console.error('usage: node scripts/frostgate-image.mjs NAME');
  process.exit(2);
}
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
if (spawnSync('docker', ['image', 'inspect', name], { stdio: 'ignore' }).status === 0) {
  console.log(`The image ${name} is there.`);
  process.exit(0);
}
const image = mkdtempSync(join(tmpdir(), 'frostgate-image-'));
try {
  // `env` is what finds node for the command's first line; a process that keeps children needs sh.
  const programs = ['sh', 'env', 'redis-server', 'redis-cli'].map((program) => [
    which(program),
    `/usr/bin/${program}`,
  ]);
  programs.push([process.execPath, '/usr/bin/node']);
  for (const [file, place] of programs) put(file, place);
  put(which('sh'), '/bin/sh');
  for (const library of librariesOf(programs.map(([file]) => file))) put(library, library);
  const needed = text('npm', ['ls', '--omit=dev', '--all', '--parseable'], ROOT).split('\n');
  const packages = needed.filter((path) => path.includes('node_modules'));
  for (const path of ['package.json', 'LICENSE', 'bin', 'dist'])
    put(join(ROOT, path), `/frostgate/${path}`);
  for (const path of packages) put(path, `/frostgate/${relative(ROOT, path)}`);
  mkdirSync(join(image, 'usr/local/bin'), { recursive: true });
  symlinkSync('/frostgate/bin/frostgate.js', join(image, 'usr/local/bin/frostgate'));
  for (const directory of ['data', 'tmp', 'etc'])
    mkdirSync(join(image, directory), { recursive: true, mode: 0o777 });
  importImage();
} finally {
  rmSync(image, { recursive: true, force: true });
}

/** The same settings as in the Dockerfile, which is where they come from. */
function importImage() {
  const lines = execFileSync('cat', [join(ROOT, 'Dockerfile')], { encoding: 'utf8' })
    .replace(/\\\n/g, ' ')
    .split('\n');
  const last = lines.findLastIndex((line) => line.startsWith('FROM '));
  const settings = lines
    .slice(last)
    .filter((line) => /^(ENV|VOLUME|EXPOSE|ENTRYPOINT|CMD|WORKDIR) /.test(line));
  const changes = ['ENV PATH=/usr/local/bin:/usr/bin:/bin', ...settings].flatMap((line) => [
    '--change',
    line,
  ]);
  const archive = execFileSync('tar', ['-C', image, '-c', '.'], { maxBuffer: 2 ** 31 - 1 });
  execFileSync('docker', ['import', ...changes, '-', name], {
    input: archive,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  console.log(`Made a stand-in for ${name}.`);
}

function put(from, to) {
  const target = join(image, to);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(from, target, { recursive: true, dereference: true, force: true });
}

function librariesOf(files) {
  const native = join(ROOT, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node');
  const lines = [...files, native].flatMap((file) => text('ldd', [file]).split('\n'));
  return new Set(lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []));
}

function which(program) {
  return text('sh', ['-c', `readlink -f "$(command -v ${program})"`]).trim();
}

/** What a program says; one that is not a dynamic executable has no libraries. */
function text(program, args, cwd) {
  return spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 }).stdout ?? '';
}
