/** What a linter cannot say: the arrows of ARCHITECTURE.md, and the habits that keep the house easy to see. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { STATES } from '../src/control-plane/core/lifecycle.js';

const ROOT = join(import.meta.dirname, '..');
const LINES_MAX = 300;

interface Import {
  readonly from: string;
  /** A path in src/, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const typeScriptIn = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `${folder}/${file}`)
    .sort();
const sources = typeScriptIn('src');
const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

function importsOf(file: string): Import[] {
  const found = textOf(file).matchAll(
    /(?:^|\n)(import|export)( type)?\b[^;'"]*?from '([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g,
  );
  return [...found].map(([, , type, from, dynamic, bare]) => {
    const name = from ?? dynamic ?? bare ?? '';
    const to = name.startsWith('.') ? sourceOf(normalize(join(dirname(file), name))) : name;
    return { from: file, to, typeOnly: type !== undefined };
  });
}

/** Imports name what is built: a .js that a .ts or a .tsx becomes. */
function sourceOf(path: string): string {
  const source = path.replace(/\.js$/, '.ts');
  return existsSync(join(ROOT, source)) ? source : `${source}x`;
}

const imports = sources.flatMap(importsOf);
const within = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
const inServer = within('src/server');
const inControlPlane = within('src/control-plane');
const inCli = within('src/cli');
const inTesting = within('src/testing');
const inPage = within('src/dashboard');
const inApplication = within('src/application');
const inScenarios = within('src/scenarios');
const API_TYPES = 'src/control-plane/actions';
const isOurs = within('src');
const OPEN_TO_TESTING: readonly string[] = [
  'src/client.ts',
  'src/config.ts',
  'src/control-plane/core/errors.ts',
  'src/simulator.ts',
  'src/version.ts',
];

/** An export of the package. */
interface Door {
  readonly default?: string;
}

interface Arrow {
  readonly rule: string;
  /** True for an import that breaks it. */
  readonly broken: (one: Import) => boolean;
}

const ARROWS: readonly Arrow[] = [
  {
    rule: 'the core imports nothing but itself, not even node:*',
    broken: ({ from, to }) =>
      within('src/control-plane/core')(from) && !within('src/control-plane/core')(to),
  },
  {
    rule: 'framing (server/resp) imports nothing but itself',
    broken: ({ from, to }) => within('src/server/resp')(from) && !within('src/server/resp')(to),
  },
  {
    rule: 'the form of an RDB (control-plane/rdb) imports nothing but itself, not even node:*',
    broken: ({ from, to }) =>
      within('src/control-plane/rdb')(from) && !within('src/control-plane/rdb')(to),
  },
  {
    rule: 'the data plane knows nothing of the control plane',
    broken: ({ from, to }) => inServer(from) && isOurs(to) && !inServer(to),
  },
  {
    rule: "the control plane takes types from the data plane's door, and nothing else",
    broken: ({ from, to, typeOnly }) =>
      inControlPlane(from) && inServer(to) && !(to === 'src/server/index.ts' && typeOnly),
  },
  {
    rule: 'nothing but its own folder and the composition root knows an engine or a store',
    broken: ({ from, to }) =>
      ['src/control-plane/engines', 'src/control-plane/stores'].some(
        (folder) => within(folder)(to) && !within(folder)(from) && from !== 'src/simulator.ts',
      ) && !(from === 'src/cli/up.ts' && to === 'src/control-plane/engines/install-redis.ts'),
  },
  {
    rule: 'only the composition root puts the two rooms together',
    broken: ({ from, to }) =>
      inServer(to) && !inServer(from) && !inControlPlane(from) && from !== 'src/simulator.ts',
  },
  {
    rule: 'the control plane knows nothing of the command line, the client or the simulator',
    broken: ({ from, to }) =>
      inControlPlane(from) && isOurs(to) && !inControlPlane(to) && !inServer(to),
  },
  {
    rule: 'of the command line, only `up`, `exec`, and what `play` and `demo` play in run a simulator: the rest are clients of the API',
    broken: ({ from, to }) =>
      inCli(from) &&
      to === 'src/simulator.ts' &&
      !['src/cli/up.ts', 'src/cli/exec.ts', 'src/cli/own-simulator.ts'].includes(from),
  },
  {
    rule: 'the test library has what its users have: a simulator, the client, the types of the API',
    broken: ({ from, to, typeOnly }) =>
      inTesting(from) && isOurs(to) && !inTesting(to) && !typeOnly && !OPEN_TO_TESTING.includes(to),
  },
  {
    rule: 'the page has types of the API, and nothing else of the rest',
    broken: ({ from, to, typeOnly }) =>
      inPage(from) && isOurs(to) && !inPage(to) && !(within(API_TYPES)(to) && typeOnly),
  },
  {
    rule: 'nothing needs the page: it is built by itself',
    broken: ({ from, to }) => inPage(to) && !inPage(from),
  },
  {
    rule: 'the sample application is a client that knows nothing of the simulator, but for what it is told',
    broken: ({ from, to, typeOnly }) =>
      inApplication(from) &&
      isOurs(to) &&
      !inApplication(to) &&
      !(to === 'src/control-plane/applications.ts' && typeOnly),
  },
  {
    rule: 'scenarios have the table of actions and the words of the core, and no way to the simulator but the client',
    broken: ({ from, to, typeOnly }) =>
      inScenarios(from) &&
      isOurs(to) &&
      !inScenarios(to) &&
      !typeOnly &&
      !within('src/control-plane/core')(to) &&
      !within(API_TYPES)(to),
  },
  {
    rule: 'nothing needs the test library',
    broken: ({ from, to }) => inTesting(to) && !inTesting(from),
  },
];

test.each(ARROWS)('$rule', ({ broken }) => {
  expect(imports.filter(broken).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('the arrows are looked for where there are some', () => {
  expect(imports.length).toBeGreaterThan(100);
  expect(imports.filter(({ typeOnly }) => typeOnly).length).toBeGreaterThan(20);
});

/** Where the system and a browser come in. */
const DOORS = ['src/cli/main.ts', 'src/dashboard/main.tsx'];

test('every file is used by another one, or is a door', () => {
  const { exports } = JSON.parse(textOf('package.json')) as { exports: Record<string, Door> };
  const opened = Object.values(exports).flatMap((door) => door.default ?? []);
  const ofPackage = opened.map((file) => file.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));
  // A thread is started by the name of its file.
  const threads = sources.filter((file) => file.endsWith('-worker.ts'));
  const doors = [...ofPackage, ...DOORS, ...threads];
  const used = new Set(imports.map(({ to }) => to));
  expect(sources.filter((file) => !used.has(file) && !doors.includes(file))).toEqual([]);
});

test(`no source file has more than ${String(LINES_MAX)} lines`, () => {
  const long = sources.filter((file) => textOf(file).split('\n').length > LINES_MAX);
  expect(long).toEqual([]);
});

test('only config.ts reads the environment', () => {
  const readers = sources.filter((file) => /process\.env\b/.test(withoutComments(textOf(file))));
  expect(readers).toEqual(['src/config.ts']);
});

test("nobody asks for a state by name outside the core: others read the state's facts", () => {
  const asking = new RegExp(
    `\\bstate\\s*[!=]==\\s*'(${STATES.join('|')})'|case '(${STATES.join('|')})'`,
  );
  const askers = sources.filter(
    (file) => !within('src/control-plane/core')(file) && asking.test(withoutComments(textOf(file))),
  );
  expect(askers).toEqual([]);
});

test('only the reconciler tells an engine and the data plane what to do', () => {
  const verbs = /\b(engine|dataPlane)\.(up|remove|apply|settle|list)\(/;
  const callers = sources.filter(
    (file) => inControlPlane(file) && verbs.test(withoutComments(textOf(file))),
  );
  expect(callers).toEqual(['src/control-plane/reconciler.ts']);
});

test('only what makes data follow the time ages it, and tells the data plane that time moves', () => {
  const verbs = /\b(engine|dataPlane)\.(age|witness|expiryOf|setTimes|beginShift|endShift)\(/;
  const callers = sources.filter(
    (file) => inControlPlane(file) && verbs.test(withoutComments(textOf(file))),
  );
  expect(callers).toEqual([
    'src/control-plane/bring-along.ts',
    'src/control-plane/data-clock.ts',
    'src/control-plane/data-standings.ts',
    'src/control-plane/stillness.ts',
  ]);
});

test('every source file begins by saying what it is for', () => {
  // The name says it where a file is a handful of lines.
  const silent = sources.filter((file) => {
    const text = textOf(file);
    return text.split('\n').length > 25 && !/^(#!.*\n)?\/\*\*/.test(text);
  });
  expect(silent).toEqual([]);
});

test('no test is left out by hand or runs alone', () => {
  const tests = typeScriptIn('test').filter((file) => file !== 'test/tidy.test.ts');
  expect(
    tests.filter((file) => /\b(it|test|describe)\.(only|skip|todo)\(/.test(textOf(file))),
  ).toEqual([]);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}
