/** `npm test`: installs and builds what is missing, a redis-server too, then runs all tests. Arguments go to vitest. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, ROOT } from './prepare.mjs';

const IMAGE = 'redis:7.2';

prepare();
await ensureRedis();
ensureImage();
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});
process.exit(status ?? 1);

/** The tests start Redis servers of their own, by the name `redis-server`. */
async function ensureRedis() {
  if (isThere()) return;
  const engines = join(ROOT, 'dist', 'control-plane', 'engines');
  const { installRedis } = await import(pathToFileURL(join(engines, 'install-redis.js')).href);
  if ((await installRedis((line) => console.error(line))) && isThere()) return;
  console.error(
    'The tests need redis-server 7.0 or later on PATH: apt-get install redis-server, brew install redis, or dnf install redis',
  );
  process.exit(1);
}

/** Where Docker answers, its engine is tested too, also where no image can be pulled. */
function ensureImage() {
  const answers = succeeds('docker', 'version', '--format', '{{.Server.Version}}');
  if (!answers || succeeds('docker', 'image', 'inspect', IMAGE)) return;
  console.error(`Docker has no image ${IMAGE}: pulling it (docker pull ${IMAGE})`);
  const script = join(ROOT, 'scripts', 'docker-image.mjs');
  spawnSync(process.execPath, [script, IMAGE], { stdio: ['ignore', 2, 2] });
}

function isThere() {
  return succeeds('redis-server', '--version');
}

function succeeds(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
