/** The programs of README.md and docs/, made whole, and an empty project that has the package to run them in. */
import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { ROOT } from './doc-examples.js';
import { temporaryDirectory } from './simulator.js';

const run = promisify(execFile);
const BEGIN =
  "import { startFrostgate } from 'frostgate/testing';\nconst frostgate = await startFrostgate();\n";
const END = '\nawait frostgate.close();\n';
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

const RUN_BY_VITEST = /'frostgate\/testing\/vitest'/;
const RUN_BY_NODE_TEST = /'node:test'/;

/** A setting of vitest's, no program. */
export const isSetting = (text: string) => text.includes('export default');
/** It needs the image of the Dockerfile: test/e2e/container.test.ts runs it. */
export const needsImage = (text: string) => text.includes("'frostgate/testcontainers'");

/** Those that go on from a page's first one begin with a simulator. */
export function wholeProgram(text: string): string {
  return /^(import|export) /m.test(text) ? text : `${BEGIN}${text}${END}`;
}

/**
 * An empty project in which the program stands, with the package and with vitest as they are here, and how its user would run it.
 * `env` is what the user's shell has besides. It rejects with what was said where the program fails.
 */
export async function runProgram(text: string, setting?: string, env: NodeJS.ProcessEnv = {}) {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const modules = join(path, 'node_modules');
  await mkdir(modules);
  await symlink(ROOT, join(modules, 'frostgate'));
  await symlink(join(ROOT, 'node_modules/vitest'), join(modules, 'vitest'));
  await writeFile(join(path, 'package.json'), '{"type":"module","private":true}');
  if (setting) await writeFile(join(path, 'vitest.config.js'), setting);
  const target = ts.ScriptTarget.ES2022;
  const compilerOptions = { target, module: ts.ModuleKind.ES2022 };
  const { outputText } = ts.transpileModule(wholeProgram(text), { compilerOptions });
  await writeFile(join(path, 'program.test.js'), outputText);
  const { PATH, HOME } = process.env; // not what tells a test runner that it runs within another one
  const plain = { PATH, HOME, FROSTGATE_ENGINE: 'process', TMPDIR: path, ...env };
  const args = RUN_BY_VITEST.test(text)
    ? [VITEST, 'run', '--root', path]
    : [...(RUN_BY_NODE_TEST.test(text) ? ['--test'] : []), 'program.test.js'];
  return await run(process.execPath, args, { cwd: path, env: plain });
}
