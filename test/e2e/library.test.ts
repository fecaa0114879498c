import { readdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { connectTo, ERRORS, SimulatorError, startSimulator } from '../../src/index.js';
import { RawClient, until } from '../support/raw-client.js';
import {
  ask,
  processesIn,
  redisOf,
  simulator,
  temporaryDirectory,
  worldOf,
} from '../support/simulator.js';

/** Temporary files of this test go into a directory of its own, so that whatever is left is seen. */
async function ownTemporaryDirectory() {
  const before = process.env.TMPDIR;
  const directory = await temporaryDirectory();
  process.env.TMPDIR = directory.path;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  return directory;
}

test('a simulator of a test stands at the first moment of 2026 until it is told to go on', async () => {
  await using sim = await simulator();
  expect(await sim.getClock()).toMatchObject({
    now: '2026-01-01T00:00:00Z',
    mode: 'frozen',
    rate: 0,
    state: 'ready',
  });
  await sim.createInstance();
  expect((await sim.getClock()).now).toBe('2026-01-01T00:00:00Z');
  await sim.advanceClock({ by: '90m' });
  expect((await sim.getClock()).now).toBe('2026-01-01T01:30:00Z');
});

test('an instance is a real Redis on a port that the system chose', async () => {
  await using sim = await simulator();
  const [one, two] = [await sim.createInstance({ name: 'one' }), await sim.createInstance()];
  expect(one).toMatchObject({ id: 'r-1', name: 'one', state: 'active', status: 'Normal' });
  expect(one.url).toBe(`redis://127.0.0.1:${String(one.port)}`);
  expect(two.port).not.toBe(one.port);
  using redis = redisOf(one);
  expect(await redis.set('greeting', 'hello')).toBe('OK');
  expect(await redis.info('server')).toContain('redis_version:');
  using other = redisOf(two);
  expect(await other.get('greeting')).toBeNull();
});

test('two simulators in one process do not meet: ports, accounts, clocks and data are their own', async () => {
  await using left = await simulator();
  await using right = await simulator();
  expect(left.apiUrl).not.toBe(right.apiUrl);
  const [mine, theirs] = [await left.createInstance(), await right.createInstance()];
  expect(mine.id).toBe(theirs.id);
  expect(mine.port).not.toBe(theirs.port);

  const before = await worldOf(right);
  using redis = redisOf(mine);
  using other = redisOf(theirs);
  await redis.set('greeting', 'hello');
  await left.openAccount({ account: 'shop', balance: 5 });
  await left.setAccountBalance({ balance: 0 });
  await left.advanceClock({ by: '26h' });
  await expect(redis.set('greeting', 'x')).rejects.toThrow('NOWRITE');
  expect(await worldOf(right)).toEqual(before);
  expect(await other.get('greeting')).toBeNull();
  expect(await other.set('greeting', 'x')).toBe('OK');

  await left.close();
  expect(await other.get('greeting')).toBe('x');
  expect(await right.getHealth()).toMatchObject({ status: 'ok' });
});

test('`await using` ends a simulator and leaves nothing behind: no process, no file, no port', async () => {
  await using directory = await ownTemporaryDirectory();
  let port: number;
  {
    await using sim = await simulator();
    port = (await sim.createInstance()).port ?? 0;
    using redis = redisOf({ port });
    await redis.set('greeting', 'hello');
    expect(processesIn(directory.path).length).toBeGreaterThan(0);
    expect(readdirSync(directory.path)).toHaveLength(1);
  }
  await expect(RawClient.connect(port)).rejects.toThrow('ECONNREFUSED');
  await until('all processes ended', () => processesIn(directory.path).length === 0);
  expect(readdirSync(directory.path)).toEqual([]);
});

test('closing twice, at the same time or one after the other, is closing once', async () => {
  const sim = await simulator();
  await sim.createInstance();
  await Promise.all([sim.close(), sim.close()]);
  await sim.close();
  await sim[Symbol.asyncDispose]();
  await expect(ask(sim.apiUrl, '/v1/health')).rejects.toThrow('ECONNREFUSED');
});

test('a simulator that cannot start leaves nothing behind and says why', async () => {
  await using directory = await ownTemporaryDirectory();
  await using other = await simulator();
  const apiPort = Number(new URL(other.apiUrl ?? '').port);
  const refused = simulator({ apiPort });
  await expect(refused).rejects.toThrow(
    new RegExp(`cannot listen on 127.0.0.1:${String(apiPort)}: .*EADDRINUSE.*--api-port`),
  );
  await expect(refused).rejects.toMatchObject({ code: 'ListenFailed' });
  await expect(simulator({ redisServer: '/nowhere/redis-server' })).rejects.toMatchObject({
    code: 'EngineNotAvailable',
  });
  await other.close();
  await until('all processes ended', () => processesIn(directory.path).length === 0);
  expect(readdirSync(directory.path)).toEqual([]);
});

test('without an API port there is no API, and everything else works', async () => {
  await using sim = await simulator({ apiPort: null });
  expect(sim.apiUrl).toBeNull();
  expect(await sim.getHealth()).toMatchObject({ status: 'ok' });
});

test('a simulator with a data directory comes back with everything it had', async () => {
  await using directory = await temporaryDirectory();
  const options = { dataDir: directory.path, clockStart: Date.UTC(2030, 0, 1) };
  let before: unknown;
  let port: number | null;
  {
    await using sim = await simulator(options);
    const made = await sim.createInstance({ name: 'kept' });
    port = made.port;
    using redis = redisOf(made);
    await redis.set('greeting', 'hello');
    await sim.advanceClock({ by: '3h' });
    before = await worldOf(sim);
  }
  await using again = await simulator(options);
  expect(await worldOf(again)).toEqual(before);
  using redis = redisOf({ port });
  expect(await redis.get('greeting')).toBe('hello');
});

test('what is refused is thrown as a SimulatorError with a code, whether near or far', async () => {
  await using sim = await simulator();
  const far = connectTo({ url: sim.apiUrl ?? '', token: undefined });
  for (const client of [sim, far]) {
    const refused = client.describeInstanceAttribute({ id: 'r-9' });
    await expect(refused).rejects.toBeInstanceOf(SimulatorError);
    await expect(refused).rejects.toMatchObject({
      name: 'SimulatorError',
      code: 'InstanceNotFound',
      status: ERRORS.InstanceNotFound.status,
      details: { id: 'r-9', known: 'none yet' },
      message: 'no instance "r-9". Instances there are: none yet',
    });
    await expect(client.advanceClock({ by: '8 days?' })).rejects.toMatchObject({
      code: 'InvalidInput',
      details: { field: 'by', value: '"8 days?"' },
    });
  }
});

test('a client says which simulator does not answer, and how to start one', async () => {
  const sim = await startSimulator({ engine: 'fake' });
  const far = connectTo({ url: sim.apiUrl ?? '', token: undefined });
  await sim.close();
  await expect(far.getClock()).rejects.toMatchObject({ code: 'NotReachable', status: 503 });
  await expect(far.getClock()).rejects.toThrow(`no simulator answers at ${String(sim.apiUrl)} (`);
  await expect(far.getClock()).rejects.toThrow('npx frostgate up');
});

test('methods take what the action takes, and fields with a default may be left out', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  expect(await sim.getAccount()).toMatchObject({ id: 'default', balance: '100.00' });
  expect(await sim.topUpAccount({ amount: '0.5' })).toMatchObject({ balance: '100.50' });
  // @ts-expect-error -- an amount has to be given
  await expect(sim.topUpAccount({})).rejects.toMatchObject({ code: 'InvalidInput' });
  // @ts-expect-error -- there is no such field
  await expect(sim.topUpAccount({ amount: 1, sum: 2 })).rejects.toMatchObject({
    code: 'UnknownField',
  });
  // @ts-expect-error -- a profile is one of the table
  await expect(sim.createInstance({ wireProfile: 'mine' })).rejects.toMatchObject({
    code: 'InvalidInput',
  });
});
