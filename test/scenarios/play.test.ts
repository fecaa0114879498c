/** Scenarios as people play them: the command line, a simulator of its own or one that runs, real Redis. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shippedScenarios } from '../../src/cli/scenario-file.js';
import { frostgate, frostgateAt } from '../support/cli.js';
import { processesIn, simulator, temporaryDirectory } from '../support/simulator.js';

const PROCESS = { FROSTGATE_ENGINE: 'process' };

interface Played {
  readonly ok: boolean;
  readonly virtual: string;
  readonly steps: readonly { readonly line: number; readonly word: string; readonly ok: boolean }[];
}

test.each(shippedScenarios())('%s comes out as it says', async (name) => {
  const { code, stdout, stderr } = await frostgate(['play', name, '--json'], PROCESS);
  expect(`${stderr}${String(code)}`).toBe('0');
  const { ok, steps } = JSON.parse(stdout) as Played;
  expect(ok).toBe(true);
  expect(steps.every((one) => one.ok)).toBe(true);
});

test('the first step that is not as it should be ends the story, with its line and exit code 1', async () => {
  await using dir = await temporaryDirectory();
  const file = join(dir.path, 'story.yaml');
  await writeFile(
    file,
    [
      'title: A story',
      'steps:',
      '  - create: shop',
      '  - redis: SET a 1',
      '  - redis: INCR a',
      '    gives: 3',
      '  - owe',
    ].join('\n'),
  );
  const told = await frostgate(['play', file], PROCESS);
  expect(told.code).toBe(1);
  expect(told.stdout).toContain('x line 5: redis: the answer should be 3, and is 2');
  expect(told.stdout).toContain('not as it should be: 3 steps');
  const asJson = await frostgate(['play', file, '--json'], PROCESS);
  expect(asJson.code).toBe(1);
  const { ok, steps } = JSON.parse(asJson.stdout) as Played;
  expect([ok, steps.map((one) => [one.line, one.word, one.ok])]).toEqual([
    false,
    [
      [3, 'create', true],
      [4, 'redis', true],
      [5, 'redis', false],
    ],
  ]);
});

test.each([
  ['  - owe:\n    as: x', '5: steps.2.as: "x" cannot stand beside owe'],
  ['  - pay: 1\n  - advance: x', '5: steps.3.advance: is not a duration'],
])('a file with a mistake is not played at all, and the exit code is 2: %s', async (step, told) => {
  await using dir = await temporaryDirectory();
  const file = join(dir.path, 'story.yaml');
  await writeFile(file, `title: A story\nsteps:\n  - create: shop\n${step}\n`);
  for (const args of [[], ['--check'], ['--live']]) {
    const { code, stdout, stderr } = await frostgate(['play', file, ...args], PROCESS);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.replaceAll(file, 'FILE')).toContain(`FILE:${told}`);
  }
});

test('a file that is not there is named, with those that are shipped', async () => {
  const { code, stderr } = await frostgate(['play', 'nowhere.yaml']);
  expect(code).toBe(2);
  expect(stderr).toContain('"nowhere.yaml"');
  expect(stderr).toContain('arrears-to-deletion');
});

test('a scenario is checked without a simulator', async () => {
  const { code, stdout } = await frostgate(['play', 'paid-in-time', '--check']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/paid-in-time\.yaml: nothing is wrong\n$/);
});

test('what was expected to be refused and is not ends the story; refusals of the API are named by their code', async () => {
  await using dir = await temporaryDirectory();
  const file = join(dir.path, 'story.yaml');
  const steps = [
    '  - do: DestroyInstance',
    '    with: { id: r-77 }',
    '    fails: InstanceNotFound',
    '  - create: shop',
    '    fails: InsufficientBalance',
  ];
  await writeFile(file, ['title: A story', 'steps:', ...steps].join('\n'));
  const { code, stdout } = await frostgate(['play', file], PROCESS);
  expect(code).toBe(1);
  expect(stdout).toContain('do: refused, as expected: no instance "r-77"');
  expect(stdout).toContain(
    'x line 6: create: it should be refused: InsufficientBalance; and was not',
  );
});

test('what an action answers is kept by a name, and later steps have its fields', async () => {
  await using dir = await temporaryDirectory();
  const file = join(dir.path, 'story.yaml');
  const steps = [
    '  - create: shop',
    '  - do: ReportViolation',
    '    with: { instance: $shop, kind: spam }',
    '    as: case',
    '    gives: { instanceId: $shop, state: in-force }',
    '  - redis: SET a 1',
    '    fails: DISABLE',
    '  - do: LiftViolation',
    '    with: { violation: $case.id }',
    '  - redis: SET a 1',
    '    gives: OK',
  ];
  await writeFile(file, ['title: A story', 'steps:', ...steps].join('\n'));
  const { code, stdout } = await frostgate(['play', file], PROCESS);
  expect(`${stdout}${String(code)}`).toContain('all as it should be: 5 steps');
});

test('--live plays in the simulator that runs, with an account of its own, twice too', async () => {
  await using sim = await simulator();
  const other = await sim.createInstance({ name: 'other' });
  const run = frostgateAt(sim.apiUrl);
  for (const account of ['paid-in-time', 'paid-in-time-2']) {
    const { code, stdout, stderr } = await run('play', 'paid-in-time', '--live', '--json');
    expect(`${stderr}${String(code)}`).toBe('0');
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, virtual: '2d1h' });
    expect((await sim.listAccounts()).accounts.map(({ id }) => id)).toContain(account);
  }
  // Nobody else has paid for it, but for their own hours.
  const paid = (await sim.listLedger({ account: 'default' })).entries;
  expect(new Set(paid.map(({ instanceId }) => instanceId))).toEqual(new Set([null, other.id]));
});

test('at a pace, time is seen to pass, and the story comes out the same', async () => {
  await using sim = await simulator();
  const run = frostgateAt(sim.apiUrl);
  const seen = new Set<string>();
  const looking = setInterval(() => void sim.getClock().then(({ now }) => seen.add(now)), 20);
  const { code, stdout } = await run('play', 'paid-in-time', '--live', '--speed', '1d', '--json');
  clearInterval(looking);
  expect([code, (JSON.parse(stdout) as Played).ok]).toEqual([0, true]);
  expect(seen.size).toBeGreaterThan(5);
});

test.each(shippedScenarios())('%s comes out the same at another time of the year', async (name) => {
  await using sim = await simulator({ clockStart: Date.UTC(2027, 1, 10, 17, 30) });
  const { code, stdout, stderr } = await frostgateAt(sim.apiUrl)('play', name, '--live', '--json');
  expect(`${stderr}${String(code)}`, stdout).toBe('0');
});

test('nothing is left of a simulator of its own: no process, no file', async () => {
  await using dir = await temporaryDirectory();
  const { code } = await frostgate(['play', 'paid-in-time'], { ...PROCESS, TMPDIR: dir.path });
  expect([code, processesIn(dir.path), await readdir(dir.path)]).toEqual([0, [], []]);
});
