/** Before all tests: the command line and the data plane's thread run what was built, so it must be what the sources are now. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export default function buildOnce(): void {
  const cwd = join(import.meta.dirname, '../..');
  execFileSync(process.execPath, ['scripts/prepare.mjs'], { cwd, stdio: 'inherit' });
}
