/** One Redis that does not answer while time moves: the others go on, and its own clients wait. */
import { expect, test } from 'vitest';
import { ProxyServer } from '../../src/server/index.js';
import { endpointSpec } from '../support/endpoint-spec.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command, RawClient, until } from '../support/raw-client.js';
import { RealRedis } from '../support/real-redis.js';

const STUCK = 'r-test';
const OTHER = 'r-other';
const ANSWERS_MS_MAX = 400;
const IDS = [STUCK, OTHER].map((instanceId) => ({ instanceId, volatile: true }));

const endOf = (instanceId: string) => ({ instanceId, time: null });

async function expectToFail(proxy: ProxyServer): Promise<void> {
  const problem =
    'Redis cannot be asked whether it has read everything: it has not answered for 0.4 s';
  expect(await proxy.beginShift(IDS)).toEqual({
    held: [STUCK, OTHER],
    failed: [{ instanceId: STUCK, problem }],
  });
}

test('a script that never ends and a Redis that is stopped do not hold up a shift, and their clients wait for its end', async () => {
  const proxy = new ProxyServer(() => undefined, ANSWERS_MS_MAX);
  await using proxied = await ProxiedRedis.start({}, proxy);
  await using redis = await RealRedis.start();
  const backend = { ...redis.address, commands: redis.commands };
  const { port } = await proxy.apply(endpointSpec({ instanceId: OTHER, backend }));
  await using other = await RawClient.connect(port);
  await using looping = await proxied.connect();
  await using client = await proxied.connect();
  for (const one of [other, looping, client]) await one.ask('PING\r\n');
  const { control } = proxied.redis;
  await control.config('SET', 'busy-reply-threshold', '50');

  looping.send(command('EVAL', 'while true do end', '0'));
  await until('it is busy', async () => {
    return control.ping().then(
      () => false,
      (error: unknown) => String(error).includes('BUSY'),
    );
  });
  await expectToFail(proxy);
  client.send('SET a 1\r\n');
  await control.call('SCRIPT', 'KILL');
  expect(await looping.takeLine()).toContain('-ERR');
  expect(await control.exists('a')).toBe(0);
  // Whoever asks again gets another answer.
  expect(await proxy.beginShift(IDS)).toEqual({ held: [STUCK, OTHER], failed: [] });
  await proxy.endShift([endOf(STUCK), endOf(OTHER)]);
  expect(await client.takeLine()).toBe('+OK');

  const asleep = control.call('DEBUG', 'SLEEP', '1.5'); // no answer at all, as from a container that is paused
  await expectToFail(proxy);
  other.send('SET b 1\r\n');
  await proxy.endShift([endOf(OTHER)]);
  expect(await other.takeLine()).toBe('+OK');
  client.send('INCR a\r\n');
  await asleep;
  expect(await control.get('a')).toBe('1');
  await proxy.endShift([endOf(STUCK)]);
  expect(await client.takeLine()).toBe(':2');
});
