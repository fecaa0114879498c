/** Every example runs, where its language is at hand. */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
const env = { ...process.env, FROSTGATE_ENGINE: 'process' };
const STORY = [
  'active:  OK',
  "frozen:  hello, NOWRITE You can't write against a non-write redis",
  'paid:    OK',
];

const EXAMPLES = [
  { file: 'shell/arrears.sh', needs: ['sh', 'curl', 'redis-cli'] },
  { file: 'python/arrears.py', needs: ['python3'] },
  // A source file is run by a JDK; a mere JRE has no compiler.
  { file: 'java/Arrears.java', needs: ['java', 'javac'] },
] as const;

const isThere = (program: string) => spawnSync(program, ['--version']).error === undefined;

for (const { file, needs } of EXAMPLES) {
  const missing = needs.filter((program) => !isThere(program));
  const leftOut = missing.length === 0 ? '' : `, LEFT OUT: no ${missing.join(', ')}`;
  describe.skipIf(missing.length > 0)(`examples/${file}${leftOut}`, () => {
    test('tells the story of arrears', async () => {
      const [program] = needs;
      const args = ['bin/frostgate.js', 'exec', '--', program, join('examples', file)];
      const { stdout } = await run(process.execPath, args, { cwd: ROOT, env });
      const lines = stdout.split('\n').map((line) => line.replace(/\.$/, ''));
      expect(lines.slice(0, 3)).toEqual(STORY);
    });
  });
}

test('examples/node-test passes with the test runner of Node.js', async () => {
  const args = ['--test', '--test-reporter=tap', 'examples/node-test/arrears.test.mjs'];
  // It is no test of another test runner's.
  const plain = { PATH: process.env.PATH, FROSTGATE_ENGINE: 'process' };
  const { stdout } = await run(process.execPath, args, { cwd: ROOT, env: plain });
  expect(stdout).toContain('# pass 2');
});
