/**
 * `npm start`: installs and builds what is missing, then runs `frostgate up`
 * with an instance to try, in this process, so that signals and the exit code
 * are its own. Further arguments: `npm start -- --engine process`. It is given
 * the flags of Node.js that bin/frostgate.js gives to itself.
 */
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { pathToFileURL } from 'node:url';
import { prepare, ROOT } from './prepare.mjs';

const LOOK_EVERY_MS = 500;

prepare();
if (process.env.npm_lifecycle_event !== undefined) endWithOurParent();
const program = join(ROOT, 'bin', 'frostgate.js');
const further = process.argv.slice(2);
process.argv = [process.execPath, program, 'up', '--demo', '--install-engine', ...further];
await import(pathToFileURL(program).href);

/** npm runs us in a shell and sends its SIGTERM on to that, which dies of it and tells nobody. */
function endWithOurParent() {
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  looking.unref();
}
