/** Advances that take their time: watched, interrupted, killed, and bounded. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ApplicationThread } from '../../src/application/application-thread.js';
import { createHttpServer } from '../../src/control-plane/http/http-server.js';
import { connectTo, type ActionClient } from '../../src/index.js';
import { startSimulator } from '../../src/simulator.js';
import { frostgate, frostgateAt, Running } from '../support/cli.js';
import { LoadThreads } from '../../src/load/load-thread.js';
import { Loading } from '../../src/control-plane/loading.js';
import { FakeWorld } from '../support/fake-world.js';
import { until } from '../support/raw-client.js';
import { SimulatorProcess } from '../support/simulator-process.js';
import { temporaryDirectory } from '../support/simulator.js';

const run = promisify(execFile);
/** A hundred years of one instance: 876,600 hours, some seconds. */
const LONG = '36525d';

/** Nothing outside, and money for all the years; without daily backups each hour is a step, and nothing else is. */
async function longLived() {
  const sim = await startSimulator({ engine: 'fake' });
  await sim.setAccountBalance({ balance: 1_000_000_000 });
  await sim.createInstance();
  await sim.modifyBackupPolicy({ instance: 'r-1', enabled: 'off' });
  return sim;
}

function isAdvancing(client: ActionClient): Promise<void> {
  return until('the advance is under way', async () => {
    const { state, steps } = await client.getClock();
    return state === 'advancing' && (steps ?? 0) > 0;
  });
}

test('the clock tells how far an advance is, and what it does', async () => {
  await using sim = await longLived();
  const journey = sim.advanceClock({ by: LONG }).catch((error: unknown) => error);
  await isAdvancing(sim);
  const clock = await sim.getClock();
  expect(clock).toMatchObject({ state: 'advancing', doing: 'bill of r-1' });
  const doneMs = Date.parse(clock.now) - Date.UTC(2026, 0, 1);
  expect(clock.share).toBeCloseTo(doneMs / (36_525 * 86_400_000), 2);
  expect(clock.steps).toBe(doneMs / 3_600_000);
  expect(await sim.interruptClock()).toMatchObject({ interrupted: true, clock: { share: null } });
  expect(await journey).toMatchObject({ code: 'AdvanceInterrupted' });
});

test('Ctrl-C ends an advance at its next step: all until there is saved, and it says where the clock stands', async () => {
  await using sim = await longLived();
  const env = { FROSTGATE_URL: sim.apiUrl ?? '' };
  await using advance = new Running(['clock', 'advance', LONG], env);
  await isAdvancing(sim);
  advance.signal('SIGINT');
  expect(await advance.ended).toBe(1);
  const { now } = await sim.getClock();
  expect(advance.stderr).toContain(
    `was interrupted: the clock stands at ${now}, before bill of r-1`,
  );
  expect(advance.stdout).toBe('');
  const { next } = await sim.describeInstanceAttribute({ id: 'r-1' });
  expect(next).toEqual([
    { at: new Date(Date.parse(now) + 3_600_000).toISOString().replace('.000Z', 'Z'), what: 'bill' },
  ]);
  expect((await frostgate(['clock', 'advance', '1h'], env)).code).toBe(0);
});

test('a second Ctrl-C leaves at once; the first one was heard all the same', async () => {
  await using world = await FakeWorld.open({ balance: '1000000' });
  await world.create();
  await using api = await served(world);
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  // The freeze waits for the outside, and so does the end of the advance.
  world.onCall = () => held;
  await world.setBalance('0');
  await using advance = new Running(['clock', 'advance', '30d'], { FROSTGATE_URL: api.url });
  await until('it waits for the outside', async () => (await api.client.getClock()).steps === 26);
  advance.signal('SIGINT');
  await until('it was heard', () => advance.stderr.includes('Ctrl-C again leaves at once'));
  advance.signal('SIGINT');
  expect(await advance.ended).toBe(1);
  letGo();
  await until('the advance has ended', async () => (await api.client.getClock()).state === 'ready');
  expect((await api.client.getClock()).now).toBe('2026-01-02T01:00:00Z');
});

test('whoever waits is told how far it is: lines for people, JSON where it is asked for, and else nothing', async () => {
  await using sim = await longLived();
  const env = { FROSTGATE_URL: sim.apiUrl ?? '' };
  const advance = async (...more: readonly string[]) => {
    await using running = new Running(['clock', 'advance', LONG, ...more], env);
    await isAdvancing(sim);
    if (!more.includes('--json') || more.includes('--progress')) await running.errs(/\n/);
    else await new Promise((resolve) => setTimeout(resolve, 1_500)); // longer than until the first line
    await sim.interruptClock();
    await running.ended;
    return running.stderr.split('\n');
  };
  expect((await advance())[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:00:00 {2}\d+\.\d % {2}bill of r-1$/);
  const [first = ''] = await advance('--json', '--progress');
  const told = JSON.parse(first) as object;
  expect(Object.keys(told)).toEqual(['now', 'target', 'share', 'steps', 'doing']);
  expect(told).toMatchObject({ doing: 'bill of r-1' });
  const [only = '', ...rest] = await advance('--json');
  expect(JSON.parse(only)).toMatchObject({ error: { code: 'AdvanceInterrupted' } });
  expect(rest).toEqual(['']);
});

test('on a terminal there is one line, drawn again and again, and wiped in the end', async () => {
  await using sim = await longLived();
  const script = `"${process.execPath}" bin/frostgate.js clock advance ${LONG}`;
  const { stdout } = await run('script', ['-qec', script, '/dev/null'], {
    env: { ...process.env, FROSTGATE_URL: sim.apiUrl ?? '' },
  });
  const drawn = stdout.split('\r\u001b[K');
  expect(drawn.length).toBeGreaterThan(2);
  expect(drawn[1]).toMatch(/^\d{4}-\d\d-\d\d \d\d:00:00 {2}\d+\.\d % {2}bill of r-1$/);
  expect(drawn.at(-1)).toMatch(/^\d.* r-1 876600 x charged 0\.21 CNY/);
});

test('a client that goes away does not end an advance: what was asked for is done', async () => {
  await using sim = await longLived();
  await using advance = new Running(['clock', 'advance', '3650d'], {
    FROSTGATE_URL: sim.apiUrl ?? '',
  });
  await isAdvancing(sim);
  advance.signal('SIGKILL');
  await advance.ended;
  await until('the advance is over', async () => (await sim.getClock()).state === 'ready');
  expect((await sim.getClock()).now).toBe('2035-12-30T00:00:00Z');
});

test('after a kill -9 in the middle of a long advance the ledger is the balance, and the clock stands at a step', async () => {
  await using directory = await temporaryDirectory();
  const where = ['--data-dir', directory.path, '--engine', 'process', '--ports', '26700-26799'];
  const args = [...where, '--api-port', '0', '--rate', '0', '--clock-start', '2026-01-01'];
  await using victim = new SimulatorProcess([...args, '--opening-balance', '1000000000']);
  const client = await victim.client();
  for (let i = 0; i < 3; i += 1) await client.createInstance();
  void client.advanceClock({ by: LONG }).catch(() => undefined); // nobody is left to answer
  await isAdvancing(client);
  await victim.end('SIGKILL');
  await using survivor = new SimulatorProcess(args);
  const again = await survivor.client();
  const { now, state } = await again.getClock();
  expect(state).toBe('ready');
  const hours = (Date.parse(now) - Date.UTC(2026, 0, 1)) / 3_600_000;
  expect(hours).toBeGreaterThan(0);
  expect(Number.isInteger(hours)).toBe(true);
  // What was due at that instant is done by the start: three charges for each hour that went by.
  const { balance } = await again.getAccount();
  expect(Number(balance)).toBeCloseTo(1_000_000_000 - 3 * hours * 0.21, 2);
  let [charges, micro] = [0, 0n];
  for (let after: number | null = 0; after !== null;) {
    const page = await again.listLedger({ after, limit: 10_000 });
    for (const { kind, amount } of page.entries) {
      charges += kind === 'charge' ? 1 : 0;
      micro += BigInt(Math.round(Number(amount) * 1e6));
    }
    after = page.next;
  }
  expect(charges).toBe(3 * hours);
  expect(micro).toBe(BigInt(balance.replace('.', '').padEnd(balance.indexOf('.') + 6, '0')));
});

test('an advance that takes too many steps names the deadline that it stopped before', async () => {
  await using world = await FakeWorld.open({ balance: '1000', stepsMax: 100 });
  await world.create();
  await using api = await served(world);
  const told = (at: string, deadline: string) =>
    `an advance to 2026-01-11T00:00:00Z takes more than 100 steps, it stopped at ${at} before bill of r-1 at ${deadline}. Advance in shorter stretches`;
  await expect(api.client.advanceClock({ by: '10d' })).rejects.toMatchObject({
    code: 'TooManySteps',
    message: told('2026-01-05T04:00:00Z', '2026-01-05T05:00:00Z'),
  });
  const { code, stderr } = await frostgateAt(api.url)('clock', 'set', '2026-01-11');
  const expected = told('2026-01-09T08:00:00Z', '2026-01-09T09:00:00Z');
  expect([code, stderr]).toEqual([1, `error: ${expected}\n`]);
});

/** A world of tests, behind the API that everything else has. */
async function served(world: FakeWorld) {
  const { controlPlane, store } = world;
  const about = { version: '0', engine: 'fake', engineReason: '', dataDirectory: null };
  const app = await createHttpServer({
    context: {
      controlPlane,
      store,
      applications: new ApplicationThread(() => undefined), // a thread begins with the first of them
      loading: new Loading(new LoadThreads(() => undefined), controlPlane),
      about: { ...about, endpointHost: '127.0.0.1', securityIps: [], ownsSettings: true },
    },
    events: controlPlane.events,
    rules: { allowedHosts: [], token: null },
    log: pino({ level: 'silent' }),
    pageFolder: '',
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    client: connectTo({ url, token: undefined }),
    [Symbol.asyncDispose]: () => app.close(),
  };
}
