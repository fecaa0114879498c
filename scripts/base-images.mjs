/**
 * Makes local stand-ins for the images that the Dockerfile is built from, where none can be pulled: a small Debian by
 * debootstrap with the Node.js of this machine, and the same with a compiler. Debian's packages come from its mirror.
 * Images that are there, or can be pulled, are left as they are. It needs root.
 *
 *   node scripts/base-images.mjs && docker build --network host -t frostgate .
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { haveImage } from './images.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MIRROR = 'http://deb.debian.org/debian';
const SUITE = 'bookworm';
/** The smaller first: the other is made of it. */
const SLIM = 'node:20-bookworm-slim';
const FULL = 'node:20-bookworm';
const MAKERS = { [SLIM]: makeSlim, [FULL]: makeFull };

const wanted = [...readFileSync(join(ROOT, 'Dockerfile'), 'utf8').matchAll(/^FROM (\S+)/gm)].map(
  ([, name]) => name,
);
for (const name of wanted) {
  if (name in MAKERS) continue;
  console.error(
    `The Dockerfile is built from ${name}, for which scripts/base-images.mjs has no stand-in`,
  );
  process.exit(1);
}
for (const [name, make] of Object.entries(MAKERS)) {
  if (haveImage(name)) continue;
  try {
    make();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  console.log(`Made a stand-in for the image ${name}.`);
}

function makeSlim() {
  const root = mkdtempSync(join(tmpdir(), 'frostgate-base-'));
  try {
    quietly('debootstrap', ['--variant=minbase', SUITE, root, MIRROR]);
    putNode(join(root, 'usr/local'));
    const settings = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      npm_config_nodedir: '/usr/local',
      ...trusted(root),
    };
    const changes = [
      ...Object.entries(settings).map(([key, value]) => `ENV ${key}=${value}`),
      'LABEL dev.frostgate.stand-in="of debootstrap and the Node.js of the machine that made it"',
      'CMD ["node"]',
    ].flatMap((line) => ['--change', line]);
    const archive = `${root}.tar`;
    try {
      quietly('tar', ['-C', root, '--exclude=./var/cache/apt/archives/*.deb', '-cf', archive, '.']);
      quietly('docker', ['import', ...changes, archive, SLIM]);
    } finally {
      rmSync(archive, { force: true });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Node.js, npm, and the headers that native packages are compiled with. */
function putNode(to) {
  const from = dirname(dirname(process.execPath));
  cpSync(process.execPath, join(to, 'bin/node'), { dereference: true });
  cpSync(join(from, 'lib/node_modules/npm'), join(to, 'lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(to, 'bin/npm'));
  const headers = join(from, 'include/node');
  if (existsSync(headers)) cpSync(headers, join(to, 'include/node'), { recursive: true });
}

/** Where this machine's Node.js is told to trust more than it knows, that of the image is told, too: behind a proxy npm needs it. */
function trusted(root) {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  if (!file) return {};
  const place = '/usr/local/share/node-extra-ca.pem';
  cpSync(file, join(root, place), { dereference: true });
  return { NODE_EXTRA_CA_CERTS: place };
}

function makeFull() {
  const lines = [
    `FROM ${SLIM}`,
    'RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates g++ make python3',
  ];
  quietly('docker', ['build', '--network', 'host', '-t', FULL, '-'], lines.join('\n'));
}

/** What a program says is told only where it fails. Throws then, so that what was made so far is removed. */
function quietly(program, args, input) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return;
  if (error) throw new Error(`${program} cannot be run: ${error.message}`);
  throw new Error(`${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n'));
}
