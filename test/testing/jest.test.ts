/** `useFrostgate` of jest: it takes the hooks that are globals. Here they are those of vitest. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { useFrostgate } from '../../src/testing/jest.js';

let problem: unknown;
try {
  useFrostgate();
} catch (error) {
  problem = error;
}
test('without such globals it says where to look', () => {
  expect(String(problem)).toContain('frostgate/testing/vitest');
});

Object.assign(globalThis, { beforeAll, afterEach, afterAll });
const frostgate = useFrostgate({
  join: null,
  engine: 'process',
  prepare: async (world) => {
    await world.createInstance({ name: 'prepared' });
  },
});

test('what was prepared is there, and a test does what it wants', async () => {
  const { instances } = await frostgate().client.describeInstances();
  expect(instances).toMatchObject([{ name: 'prepared' }]);
  await frostgate().advance('9d');
  await frostgate().createInstance();
});

test('and the next one begins where it began', async () => {
  const { instances } = await frostgate().client.describeInstances();
  expect(instances).toMatchObject([{ name: 'prepared' }]);
  expect(await frostgate().now()).toEqual(new Date('2026-01-01T00:00:00Z'));
});
