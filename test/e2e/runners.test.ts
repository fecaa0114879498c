/** The test runners themselves, with the package in a project of theirs: two workers at a time, and nothing left behind. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { INSTALL_MS, packedProject, type PackedProject } from '../support/packed-project.js';
import { processesIn } from '../support/simulator.js';

let project: PackedProject;
beforeAll(async () => {
  project = await packedProject('jest@30', 'vitest@4');
  await project.write('meet.js', MEET);
}, INSTALL_MS);
afterEach(async () => {
  for (const name of await readdir(project.path)) {
    if (name.startsWith('here-')) await rm(join(project.path, name));
  }
});
afterAll(() => project[Symbol.asyncDispose]());

/** Resolves when the other file has come as far, so that both are at work at the same time; and never where they are not. */
const MEET = `
  import { existsSync, writeFileSync } from 'node:fs';
  export async function meet(own, other, where) {
    writeFileSync('here-' + own + where, '');
    while (!existsSync('here-' + other + where)) await new Promise((done) => setTimeout(done, 5));
  }
`;

/** What both files do: freeze an instance while the other one has one, and see the world as it was in the next test. */
const JEST = (own: string, other: string) => `
  import { useFrostgate } from 'frostgate/testing/jest';
  import { meet } from './meet.js';
  const frostgate = useFrostgate({
    prepare: async (world) => void (await world.createInstance({ name: '${own}' })),
  });
  const names = async () => (await frostgate().client.describeInstances()).instances.map((one) => one.name);
  test('alone', async () => {
    await meet('${own}', '${other}', 1);
    const instance = await frostgate().createInstance({ name: 'added' });
    await instance.freeze();
    await meet('${own}', '${other}', 2);
    expect(await instance.state()).toBe('frozen');
    expect(await names()).toEqual(['${own}', 'added']);
    expect((await frostgate().now()).toISOString()).toBe('2026-01-02T01:00:00.000Z');
  }, 60000);
  test('as it was', async () => {
    expect(await names()).toEqual(['${own}']);
    expect((await frostgate().now()).toISOString()).toBe('2026-01-01T00:00:00.000Z');
  }, 60000);
`;

const VITEST = (own: string, other: string, isShared: boolean) => `
  import { expect, inject } from 'vitest';
  import { test } from 'frostgate/testing/vitest';
  import { meet } from './meet.js';
  test('an instance of its own', async ({ instance, frostgate }) => {
    expect(frostgate.isShared).toBe(${String(isShared)});
    if (${String(isShared)}) expect(inject('frostgate').url).toBe(frostgate.api.url);
    await meet('${own}', '${other}', 1);
    const { instances } = await frostgate.client.describeInstances();
    expect(instances).toHaveLength(${isShared ? '2' : '1'});
    await meet('${own}', '${other}', 2);
    if ('${own}' === 'a') await instance.freeze();
    await meet('${own}', '${other}', 3);
    expect(await instance.state()).toBe('${own}' === 'a' ? 'frozen' : 'active');
    await meet('${own}', '${other}', 4);
  }, 60000);
`;

interface Told {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

async function expectPassed(count: number, program: string, ...args: string[]): Promise<void> {
  const { stdout, stderr } = await project.run(process.execPath, ...program.split(' '), ...args);
  const line = stdout.split('\n').find((text) => text.startsWith('{')) ?? '{}';
  const { numPassedTests, numFailedTests } = JSON.parse(line) as Partial<Told>;
  expect([numPassedTests, numFailedTests], `${stdout}${stderr}`).toEqual([count, 0]);
  expect(processesIn(project.path)).toEqual([]);
  expect((await readdir(project.tmp)).filter((name) => name.startsWith('frostgate'))).toEqual([]);
}

test('jest: files at the same time have a simulator each, and each test begins where the first did', async () => {
  await project.write('a.test.js', JEST('a', 'b'));
  await project.write('b.test.js', JEST('b', 'a'));
  const jest = '--experimental-vm-modules node_modules/jest/bin/jest.js --json';
  await expectPassed(4, jest, '--maxWorkers=2', '--transform={}', 'a.test.js', 'b.test.js');
});

const CONFIG = (setup: string) =>
  `export default { test: { ${setup} include: ['*.spec.js'], maxWorkers: 2 } };`;
const RUN = 'node_modules/vitest/vitest.mjs run --reporter=json';

test('vitest: workers have a simulator each', async () => {
  await project.write('vitest.config.js', CONFIG(''));
  await project.write('a.spec.js', VITEST('a', 'b', false));
  await project.write('b.spec.js', VITEST('b', 'a', false));
  await expectPassed(2, RUN);
});

test('vitest with a globalSetup: all workers join one, and what is frozen for one test is not for another', async () => {
  await project.write('vitest.config.js', CONFIG("globalSetup: 'frostgate/testing/vitest-setup',"));
  await project.write('a.spec.js', VITEST('a', 'b', true));
  await project.write('b.spec.js', VITEST('b', 'a', true));
  await expectPassed(2, RUN);
});
