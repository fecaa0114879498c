/** Every example in README.md and docs/ is run, or stands below with the reason why not here. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { BIN, frostgate, frostgateAt } from './support/cli.js';
import { examples, ROOT } from './support/doc-examples.js';
import { isSetting, needsImage, runProgram, wholeProgram } from './support/doc-programs.js';
import { simulator, temporaryDirectory } from './support/simulator.js';

const run = promisify(execFile);
const ALL = examples();
const of = (...languages: string[]) =>
  ALL.filter(({ language }) => languages.includes(language)).map(
    (one) => [one.where, one] as const,
  );

/** Lines that are not run here, and where they are, or what they need. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^npm start/, 'test/e2e/readme.test.ts runs what it starts'],
  [/^npm (pack|install)/, 'test/e2e/package.test.ts, test/e2e/runners.test.ts'],
  [/^npm run bench/, 'it measures, for minutes'],
  [/^redis-cli -p 6400/, 'test/e2e/readme.test.ts'],
  [/^docker /, 'test/e2e/container.test.ts, test/conformance/engines-docker.test.ts'],
  [/frostgate (up|exec) /, 'test/e2e/package.test.ts, test/conformance/engines-external.test.ts'],
  [/frostgate (demo|play) /, 'test/scenarios, test/e2e/application.test.ts'],
  [/ --follow /, 'it never ends by itself: test/e2e/meters-cli.test.ts, test/e2e/cli.test.ts'],
  [/^curl -N /, 'it never ends by itself: test/e2e/http.test.ts'],
];
/** What must be there before, in the same words. */
const BEFORE: Readonly<Record<string, string>> = {
  'docs/backups.md': 'frostgate clock advance 2d',
};
/** README's story has a test of its own, with what each line answers. */
const isStory = (text: string) => text.includes('redis-cli') && text.includes('account top-up');

const commandsOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/^\$ /, ''))
    .filter((line) => /^(npx |npm |frostgate |curl |redis-cli |docker |eval )/.test(line));

const shown = of('sh', '').filter(([, { text }]) => commandsOf(text).length > 0 && !isStory(text));
test.each(shown)('the commands of %s do what they should', async (where, { text }) => {
  const lines = commandsOf(text).filter((line) => !ELSEWHERE.some(([which]) => which.test(line)));
  if (lines.length === 0) return;
  await using sim = await simulator();
  await using directory = await temporaryDirectory();
  await sim.createInstance();
  const script = [
    'set -e',
    `frostgate() { "${process.execPath}" "${BIN}" "$@"; }`,
    'npx() { "$@"; }',
    'curl() { command curl --silent --fail-with-body "$@"; }',
    BEFORE[where.split(':')[0] ?? ''] ?? '',
    ...lines.map((line) =>
      line.replace(/(localhost|127\.0\.0\.1):7480/, new URL(sim.apiUrl ?? '').host),
    ),
  ];
  const env = { PATH: process.env.PATH, FROSTGATE_URL: sim.apiUrl ?? '' };
  // It rejects where one of them fails, with what was said.
  await run('sh', ['-c', script.join('\n')], { cwd: directory.path, env });
});

test('the programs of README and docs have the types that they should have', () => {
  const programs = new Map(
    of('ts').map(([where, { text }]) => {
      const name = join(ROOT, 'test', `${where.replace(/\W/g, '-')}.ts`);
      return [name, wholeProgram(text)];
    }),
  );
  expect(programs.size).toBeGreaterThan(4);
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: ['node'] },
    ...{ target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'] },
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  };
  const host = ts.createCompilerHost(options);
  const disk = { ...host };
  host.fileExists = (name) => programs.has(name) || disk.fileExists(name);
  host.readFile = (name) => programs.get(name) ?? disk.readFile(name);
  host.getSourceFile = (name, version, ...more) => {
    const text = programs.get(name);
    return text === undefined
      ? disk.getSourceFile(name, version, ...more)
      : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...programs.keys()], options, host);
  const mistakes = ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => programs.has(file?.fileName ?? ''));
  expect(
    mistakes.map(
      ({ file, messageText }) =>
        `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    ),
  ).toEqual([]);
});

test.each([
  ['overdue -> frozen', ['account set-balance 0', 'clock advance 2h', 'clock advance 23h']],
  ['r-1 requested', ['clock advance 25h', 'timeline r-1']],
])('what docs/cli.md shows of "%s" is what the program prints', async (words, commands) => {
  const shownThere = ALL.find(
    ({ where, text }) => where.startsWith('docs/cli.md') && text.includes(words),
  );
  await using sim = await simulator();
  await sim.createInstance();
  const run = frostgateAt(sim.apiUrl);
  let last = '';
  for (const command of commands) last = (await run(...command.split(' '))).stdout;
  expect(last).toBe(shownThere?.text);
});

const settings = of('ts').filter(([, { text }]) => isSetting(text));
const programs = of('ts').filter(([, { text }]) => !isSetting(text) && !needsImage(text));
test.each(programs)('the program of %s runs in an empty project', async (_, { text }) => {
  await runProgram(text);
});

test.each(settings)(
  'with the setting of %s, tests of the docs join one simulator',
  async (_, one) => {
    const [, joining] = programs.findLast(([, { text }]) => text.includes('testing/vitest')) ?? [];
    const asks = "test('joined', ({ frostgate }) => void expect(frostgate.isShared).toBe(true));";
    await runProgram(`${joining?.text ?? ''}${asks}\n`, one.text);
  },
);

test.each(of('yaml'))('the scenario of %s comes out as it says', async (_, { text }) => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'story.yaml');
  const steps = text.replace(/^/gm, '  ').trimEnd();
  const before = 'title: A part\nsteps:\n  - create: shop\n';
  await writeFile(file, text.includes('title:') ? text : `${before}${steps}\n`);
  const { code, stdout, stderr } = await frostgate(['play', file], { FROSTGATE_ENGINE: 'process' });
  expect(code, `${stdout}${stderr}`).toBe(0);
});

test.each(of('json'))('the file of %s is accepted', async (_, { text }) => {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'own.json');
  await writeFile(file, text);
  const noun = /schemas\/(\w+)\.schema/.exec(text)?.[1] ?? '';
  expect(await frostgate([noun, 'check', file])).toMatchObject({ code: 0, stderr: '' });
});

test('whatever has another language is told here', () => {
  const languages = new Set(ALL.map(({ language }) => language));
  expect([...languages].sort()).toEqual(['', 'json', 'sh', 'ts', 'yaml']);
});
