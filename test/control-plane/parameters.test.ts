/** The settings that customers may change, within their rules, and that Redis is told of all that are its own. */
import { describe, expect, test } from 'vitest';
import { modifyConfig, PARAMETERS } from '../../src/control-plane/core/parameters.js';
import { FakeWorld } from '../support/fake-world.js';

async function worldWithInstance() {
  const world = await FakeWorld.open();
  await world.create();
  const set = (wanted: Readonly<Record<string, string>>, ownsSettings = true) =>
    world.controlPlane.changeInstance('r-1', (draft) => {
      modifyConfig(draft, 'r-1', wanted, ownsSettings);
    });
  return Object.assign(world, { set });
}

test("Redis is told the vendor's defaults from the beginning, and changes as they are made", async () => {
  await using world = await worldWithInstance();
  const settings = () => world.engine.backends.get('r-1')?.settings ?? {};
  expect(settings()).toMatchObject({
    'maxmemory-policy': 'volatile-lru',
    'slowlog-log-slower-than': '20000',
    'lazyfree-lazy-expire': 'yes',
    'client-output-buffer-limit pubsub': '33554432 8388608 60',
  });
  await world.set({ 'maxmemory-policy': 'noeviction', hz: '050' });
  expect(settings()).toMatchObject({ 'maxmemory-policy': 'noeviction', hz: '50' });
  await world.restart();
  expect(settings()).toMatchObject({ 'maxmemory-policy': 'noeviction', hz: '50' });
});

test('what the engine decides, and what means nothing here, is kept and shown, and Redis is not told', async () => {
  await using world = await worldWithInstance();
  await world.set({ appendonly: 'no', '#no_loose_sentinel-enabled': 'yes' });
  const settings = Object.keys(world.engine.backends.get('r-1')?.settings ?? {});
  expect(settings.filter((name) => name.startsWith('#') || name === 'appendonly')).toEqual([]);
  expect(world.controlPlane.instance('r-1').parameters).toEqual({
    appendonly: 'no',
    '#no_loose_sentinel-enabled': 'yes',
  });
  for (const name of ['appendonly', '#no_loose_sentinel-enabled']) {
    expect(PARAMETERS[name]?.description).toMatch(/^Has no effect here: /);
  }
});

test('what is not named stays; what is its default again is no change any more', async () => {
  await using world = await worldWithInstance();
  await world.set({ timeout: '60', hz: '20' });
  await world.set({ hz: '10' });
  expect(world.controlPlane.instance('r-1').parameters).toEqual({ timeout: '60' });
});

test('each change is told, with the clause that lets customers make it so and not otherwise', async () => {
  await using world = await worldWithInstance();
  const told = world.events().length;
  await world.set({ timeout: '60', 'notify-keyspace-events': '' });
  expect(world.timeline(told)).toBe(
    '\n01-01 00:00                3.1.3.9  parameters of r-1: timeout 60, notify-keyspace-events (empty)\n',
  );
});

describe('a default', () => {
  test.each(Object.entries(PARAMETERS))('of %s is within its own rule', (_, { rule, initial }) => {
    expect(rule.written(initial)).toBe(initial);
  });
});

describe('a value', () => {
  test.each([
    ['hz', '1', '1'],
    ['hz', '500', '500'],
    ['list-max-ziplist-size', '-5', '-5'],
    ['list-max-ziplist-size', '-0', '0'],
    ['client-output-buffer-limit pubsub', '1  2\t3', '1 2 3'],
    ['notify-keyspace-events', 'KEA', 'KEA'],
    ['#no_loose_disabled-commands', 'flushall,keys', 'flushall,keys'],
    ['#no_loose_disabled-commands', '', ''],
  ])('%s "%s" is taken', (name, value, written) => {
    expect(PARAMETERS[name]?.rule.written(value)).toBe(written);
  });

  test.each([
    ['hz', '0', '[1-500]'],
    ['hz', '501', '[1-500]'],
    ['hz', '10.5', '[1-500]'],
    ['hz', '', '[1-500]'],
    ['hz', '1e2', '[1-500]'],
    ['timeout', '-1', '[0-100000]'],
    ['stream-node-max-bytes', '9'.repeat(16), '[0-999999999999999]'],
    ['dynamic-hz', 'YES', '[yes|no]'],
    ['maxmemory-policy', 'lru', '[volatile-lru|'],
    ['client-output-buffer-limit pubsub', '1 2', String.raw`\d{1,15}`],
    ['client-output-buffer-limit pubsub', '1 2 3\nhz 1', String.raw`\d{1,15}`],
    ['notify-keyspace-events', 'KEA\r\n', '[KEg'],
    ['#no_loose_disabled-commands', 'FLUSHALL', 'flushall|flushdb|'],
    ['#no_loose_disabled-commands', 'flushall, keys', 'by comma'],
    ['#no_loose_disabled-commands', 'get', 'by comma'],
  ])('%s "%s" is refused with the rule', async (name, value, rule) => {
    await using world = await worldWithInstance();
    await expect(world.set({ timeout: '60', [name]: value })).rejects.toMatchObject({
      code: 'InvalidParametersFormat',
      message: expect.stringContaining(rule) as string,
    });
    expect(world.controlPlane.instance('r-1').parameters).toEqual({});
  });
});

test.each([
  'maxmemory',
  'requirepass',
  'min-replicas-to-write',
  'save',
  '__proto__',
  'constructor',
  '',
])('the setting "%s" is not among those that can be changed, and these are named', async (name) => {
  await using world = await worldWithInstance();
  await expect(world.set(Object.fromEntries([[name, '1']]))).rejects.toMatchObject({
    code: 'ParamNotSupportedForCurrentVersion',
    message: expect.stringContaining('Those that can: #no_loose_check-whitelist-always,') as string,
  });
});

test("somebody else's Redis keeps its settings: only what the proxy carries out can be changed", async () => {
  await using world = await worldWithInstance();
  await expect(world.set({ hz: '20' }, false)).rejects.toMatchObject({
    code: 'InstanceTypeNotSupport',
    details: { id: 'r-1', name: 'hz' },
  });
  await world.set({ '#no_loose_disabled-commands': 'keys' }, false);
  expect(world.dataPlane.endpoints.get('r-1')?.notOpen.keys).toBe(
    "ERR command 'keys' not support for your account",
  );
});
