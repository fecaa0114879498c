/** The sample application, as the API shows it: what becomes of its commands is what becomes of a client's. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Application } from '../../src/application/application.js';
import type { Simulator } from '../../src/index.js';
import { frostgate, Running } from '../support/cli.js';
import { redisOf, simulator } from '../support/simulator.js';

type Sample = Awaited<ReturnType<Simulator['describeApplication']>>['samples'][number];

/** The first sample that is so, from now on. */
async function sampleOf(sim: Simulator, is: (sample: Sample) => boolean): Promise<Sample> {
  let after = (await sim.describeApplication({ id: 'r-1' })).samples.at(-1)?.seq ?? 0;
  let found: Sample | undefined;
  await expect
    .poll(
      async () => {
        const { samples } = await sim.describeApplication({ id: 'r-1', after });
        after = samples.at(-1)?.seq ?? after;
        found = samples.find(is);
        return found !== undefined;
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  return found as Sample;
}

test('its writes are kept, then refused, then lost, and its reads tell what was kept', async () => {
  await using sim = await simulator();
  const instance = await sim.createInstance();
  using redis = redisOf(instance);
  await sim.startApplication({ id: 'r-1' });
  const good = await sampleOf(sim, (one) => one.writesPerSecond > 0 && one.readsPerSecond > 0);
  expect(good).toMatchObject({ connected: true, refusal: null, refusedPerSecond: 0 });
  expect(Number(await redis.get('demo:visits'))).toBeGreaterThan(0);

  await sim.setAccountBalance({ balance: 0 });
  await sim.advanceClock({ by: '26h' });
  const kept = Number(await redis.get('demo:visits'));
  const frozen = await sampleOf(sim, (one) => one.refusedPerSecond > 0 && one.readsPerSecond > 0);
  expect(frozen.refusal).toBe("NOWRITE You can't write against a non-write redis");
  const still = await sampleOf(sim, (one) => one.writesPerSecond === 0);
  expect(still.visits).toBe(kept);

  await sim.topUpAccount({ amount: 100 });
  await sampleOf(sim, (one) => one.writesPerSecond > 0 && one.refusal === null);

  await sim.destroyInstance({ id: 'r-1' });
  const gone = await sampleOf(sim, (one) => one.lostPerSecond > 0 && one.readsPerSecond === 0);
  expect(gone).toMatchObject({ connected: false, writesPerSecond: 0, refusal: null });
});

test('it logs in where clients have to, and is refused where its password is wrong', async () => {
  await using sim = await simulator();
  const password = 'Geheim_123';
  await sim.createInstance({ password });
  await sim.startApplication({ id: 'r-1', password });
  await sampleOf(sim, (one) => one.writesPerSecond > 0);
  await sim.startApplication({ id: 'r-1', password: 'another' });
  const wrong = await sampleOf(sim, (one) => one.refusal?.startsWith('WRONGPASS') === true);
  expect(wrong).toMatchObject({ writesPerSecond: 0, readsPerSecond: 0 });
  expect(JSON.stringify(await sim.describeApplication({ id: 'r-1' }))).not.toContain('another');
});

test('it ends when it is told to, and when another instance has the port of its own', async () => {
  await using sim = await simulator();
  const { port } = await sim.createInstance();
  await sim.startApplication({ id: 'r-1' });
  expect((await sim.stopApplication({ id: 'r-1' })).running).toBe(false);
  await sim.startApplication({ id: 'r-1' });
  await sim.destroyInstance({ id: 'r-1' });
  const other = await sim.createInstance({ port: port ?? 0 });
  expect((await sim.describeApplication({ id: 'r-1' })).running).toBe(false);
  using redis = redisOf(other);
  expect(await redis.get('demo:visits')).toBe(null);
  await expect(sim.startApplication({ id: 'r-1' })).rejects.toMatchObject({
    code: 'IncorrectDBInstanceState',
  });
});

test('frostgate demo tells the story and how the application fares, and leaves nothing', async () => {
  const args = ['--once', '--speed', '1d', '--wait', '0s', '--api-port', '0'];
  const { code, stdout, stderr } = await frostgate(['demo', 'paid-while-frozen', ...args], {
    FROSTGATE_ENGINE: 'process',
  });
  expect(`${stderr}${String(code)}`).toBe('0');
  expect(stdout).toMatch(/Look at it: http:\/\/127\.0\.0\.1:\d+/);
  expect(stdout).toContain('Somebody pays what is owed');
  expect(stdout).toMatch(/shop is \w+ {2}writes \d+\/s {2}reads \d+\/s {2}refused \d+\/s/);
  expect(stdout).toContain('The story is over.');
});

test('frostgate demo that is ended in the middle of its story does not tell of a step that failed', async () => {
  const args = ['demo', 'paid-in-time', '--wait', '0s', '--speed', '1h', '--api-port', '0'];
  await using demo = new Running(args, { FROSTGATE_ENGINE: 'process' });
  await demo.says(/The second hour cannot be charged/);
  demo.signal('SIGINT');
  expect(await demo.ended).toBe(0);
  expect(demo.stdout).not.toMatch(/ x line \d+/);
});

test('frostgate demo is beside a simulator that has its usual port', async () => {
  await using taken = await occupied(7480);
  await using demo = new Running(['demo', 'paid-in-time'], { FROSTGATE_ENGINE: 'process' });
  const [, port] = await demo.says(/Look at it: http:\/\/127\.0\.0\.1:(\d+)/);
  expect(Number(port)).not.toBe(taken.port);
  demo.signal('SIGINT');
  expect(await demo.ended).toBe(0);
});

/** By somebody: us, or whoever has it already. */
async function occupied(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer();
  const settled = new Promise((resolve) =>
    server.once('error', resolve).listen(port, '127.0.0.1', () => resolve(null)),
  );
  await settled;
  const close = () =>
    new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
  return { port, [Symbol.asyncDispose]: close };
}

test('where commands are lost there is no connection, also before its end has been noticed', async () => {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const application = new Application({
    ...{ instanceId: 'r-1', host: '127.0.0.1', port },
    ...{ password: null, commandsPerSecond: 2_000 },
  });
  const [socket] = await accepted;
  // Every command is answered, with a number.
  socket.on('data', (bytes) => {
    const count = bytes.toString().match(/\*\d+\r\n/g)?.length ?? 0;
    socket.write(':1\r\n'.repeat(count));
  });
  try {
    await expect.poll(() => application.sample().connected).toBe(true);
    socket.end();
    // After each turn of the event loop, so that the first one that is lost is seen.
    let sample = application.sample();
    while (sample.lostPerSecond === 0) {
      await setImmediate();
      sample = application.sample();
    }
    expect(sample.connected).toBe(false);
  } finally {
    application.close();
    socket.destroy();
    server.close();
  }
});
