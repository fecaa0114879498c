/** What `npm start` and `npm test` need first: the packages of package-lock.json, and dist/ made from src/. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Written after a build without errors: tsc leaves files after one with errors too. */
const BUILT = join(ROOT, 'dist', '.built');
const OLDEST_NODE = [20, 19];

/** Installs and builds what is missing or out of date, saying so. Ends the process where that fails. */
export function prepare() {
  checkNode();
  if (!packagesAreThere()) npm('Installing packages (npm ci)', 'ci', '--no-fund', '--no-audit');
  if (newest(join(ROOT, 'src')) > timeOf(BUILT)) {
    npm('Building (npm run build)', 'run', '--silent', 'build');
    writeFileSync(BUILT, '');
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  console.error(
    `Frostgate needs Node ${OLDEST_NODE.join('.')} or later; this is ${process.version}`,
  );
  process.exit(1);
}

/** npm leaves a lock file of what it has installed; packages for other platforms are not in it. */
function packagesAreThere() {
  const wanted = packagesIn('package-lock.json');
  const installed = packagesIn('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = installed[path];
    if (path === '' || (!found && optional)) return true;
    return found?.version === version && found?.integrity === integrity;
  });
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch {
    return undefined; // not there, or not whole
  }
}

/** Time of the last change in a folder; a file that was removed changes its folder's. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function npm(what, ...args) {
  console.error(what);
  const shell = process.platform === 'win32'; // npm is a .cmd file there
  // Its own output goes to stderr: stdout is for what was asked for, e.g. --json.
  const { status } = spawnSync('npm', args, { cwd: ROOT, stdio: ['ignore', 2, 2], shell });
  if (status === 0) return;
  console.error(`That failed: npm ${args.join(' ')}`);
  process.exit(1);
}

// `npm pack` runs it by itself: a package without what is built would be an empty one.
if (process.argv[1] === fileURLToPath(import.meta.url)) prepare();
