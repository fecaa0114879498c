/** src/ as plain JavaScript, for tests that start processes of their own: they need it without the test runner. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCE = join(ROOT, 'src');

export interface CompiledSource extends AsyncDisposable {
  /** `control-plane/engines/process.js` in it, and so on. */
  readonly directory: string;
}

/** Only taken apart from its types, not checked: that is `npm run typecheck`. */
export async function compileSource(): Promise<CompiledSource> {
  // Where imports of packages are found from.
  const place = join(ROOT, 'node_modules', '.cache');
  await mkdir(place, { recursive: true });
  const directory = await mkdtemp(join(place, 'frostgate-test-'));
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  const files = await readdir(SOURCE, { recursive: true, withFileTypes: true });
  for (const file of files.filter(({ name }) => name.endsWith('.ts'))) {
    const source = join(file.parentPath, file.name);
    const target = join(directory, relative(SOURCE, source).replace(/\.ts$/, '.js'));
    const { outputText } = ts.transpileModule(await readFile(source, 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    });
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
