/** Violations, outages, maintenance and the rest, from the API and the command line to what an application meets. */
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import type { Simulator } from '../../src/index.js';
import { filesWith } from '../support/files.js';
import { frostgateAt } from '../support/cli.js';
import { command, RawClient, until } from '../support/raw-client.js';
import { simulator, temporaryDirectory } from '../support/simulator.js';

const DISABLED = "DISABLE You can't write or read against a disable instance";
const READONLY = "READONLY You can't write against a read only instance";
const FAILURE = 'ERR redis temporary failure';

interface Reachable {
  readonly port: number | null;
}

/** An application that is set up once and does not try again. */
function application({ port }: Reachable): Redis {
  const redis = new Redis({ host: '127.0.0.1', port: port ?? 0, retryStrategy: () => null });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
}

async function firstAnswer({ port }: Reachable, ...words: string[]): Promise<string> {
  await using client = await RawClient.connect(port ?? 0);
  client.send(command(...words));
  return await client.takeLine();
}

async function told(sim: Simulator, type: 'notice-sent' | 'outage-ended'): Promise<string[]> {
  const { events } = await sim.listEvents({ type });
  return events.map(({ clause, text }) => `${clause ?? ''} ${text}`);
}

test('an instance that is suspended for a violation refuses everything, on every path, and shows why', async () => {
  await using sim = await simulator();
  const instance = await sim.createInstance();
  const redis = application(instance);
  await redis.set('a', '1');
  const { id: violation } = await sim.reportViolation({ instance: instance.id, kind: 'spam' });
  await expect(redis.get('a')).rejects.toThrow(DISABLED);
  await expect(redis.set('a', '2')).rejects.toThrow(DISABLED);
  await expect(redis.eval("return redis.call('GET', 'a')", 0)).rejects.toThrow(DISABLED);
  const { suspensions } = await sim.describeInstanceAttribute({ id: instance.id });
  expect(suspensions).toEqual([
    {
      reason: 'spam or unsolicited advertisements',
      clause: '3.1.3.12',
      since: '2026-01-01T00:00:00Z',
      liftedBy: `violation lift ${violation}`,
    },
  ]);
  await sim.liftViolation({ violation });
  expect(await redis.get('a')).toBe('1');
});

test('an outage ends the connections of clients and turns new ones away, and leaves the data alone', async () => {
  await using sim = await simulator();
  const instance = await sim.createInstance();
  const redis = application(instance);
  await redis.set('a', '1');
  await sim.beginOutage({ instance: instance.id, cause: 'provider', for: '2h' });
  await until('its connection has ended', () => redis.status === 'end');
  expect(await firstAnswer(instance, 'GET', 'a')).toBe(`-${FAILURE}`);
  const shown = await sim.describeInstanceAttribute({ id: instance.id });
  expect(shown).toMatchObject({ reads: FAILURE, writes: FAILURE, outages: ['out-1 provider'] });
  await sim.advanceClock({ by: '2h' });
  expect(await told(sim, 'outage-ended')).toEqual(['3.2.9 out-1 of r-1 is repaired']);
  expect(await application(instance).get('a')).toBe('1');
  const { months, intervals, longest } = await sim.getAvailability({ id: instance.id });
  expect(longest).toBe('2h');
  expect(months).toEqual([{ month: '2026-01', inService: '2h', unavailable: '2h', percentage: 0 }]);
  expect(intervals).toMatchObject([{ cause: 'provider', counted: '2h' }]);
});

test('maintenance disconnects all clients once, and refuses writes for thirty seconds', async () => {
  await using sim = await simulator();
  const instance = await sim.createInstance();
  const before = application(instance);
  await before.set('a', '1');
  await sim.scheduleMaintenance({ instance: instance.id });
  await sim.advanceClock({ by: '18h' });
  await until('its connection has ended', () => before.status === 'end');
  const after = application(instance);
  expect(await after.get('a')).toBe('1');
  await expect(after.set('a', '2')).rejects.toThrow(READONLY);
  await expect(after.eval("return redis.call('SET', 'a', '2')", 0)).rejects.toThrow();
  await sim.advanceClock({ by: '30s' });
  expect(await after.set('a', '2')).toBe('OK');
});

test('a slow network makes everything slower, and is over when it is ended', async () => {
  await using sim = await simulator();
  const instance = await sim.createInstance();
  const redis = application(instance);
  await redis.set('a', '1');
  await sim.beginOutage({ instance: instance.id, cause: 'network', latency: '50ms' });
  const began = performance.now();
  expect(await redis.get('a')).toBe('1');
  expect(performance.now() - began).toBeGreaterThanOrEqual(95);
  await sim.endOutage();
  expect(await redis.get('a')).toBe('1');
  expect((await sim.getAvailability({ id: instance.id })).longest).toBe('0s');
});

test('a story of cases can be told by the command line alone', async () => {
  await using sim = await simulator();
  const run = frostgateAt(sim.apiUrl);
  const said = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    expect(`${stderr}${String(code)}`).toBe('0');
    return stdout.trimEnd();
  };
  await said('instance', 'create');
  await said('contact', 'add', 'Ada', 'ada@example.com');
  await said('complaint', 'file', 'r-1', '--by', 'a press agency', '--about', 'copied texts');
  await said('complaint', 'answer', 'cp-1', '--text', 'they are ours');
  await said('complaint', 'close', 'cp-1', 'upheld');
  await said('contact', 'modify', 'ct-1', '--reachable', 'no');
  await said('attack', 'report', 'r-1');
  expect(await said('instance', 'show', 'r-1')).toContain('ended by: attack end at-1');
  await said('attack', 'end', 'at-1');
  await said('account', 'suspend', '--reason', 'a risk to others');
  await said('account', 'resume');
  await said('outage', 'begin', '--cause', 'force-majeure', '--for', '1h');
  await said('workorder', 'open', 'slow', '--text', 'Why?', '--instance', 'r-1');
  await said('notice', 'send', 'data-breach', '--text', 'A list of names.');
  await said('maintenance', 'window', 'r-1', '02:00Z', '04:00Z');
  await said('maintenance', 'schedule', 'r-1');
  await said('clock', 'advance', '3h');
  expect(await said('maintenance', 'list')).toContain('done');
  expect(await said('workorder', 'show', 'w-1')).toMatchInlineSnapshot(`
    "w-1 slow: answered
    2026-01-01T00:00:00Z  customer: Why?
    2026-01-01T00:30:00Z  vendor: The engineer on duty has your work order and is looking into it."
  `);
  expect(await said('instance', 'availability', 'r-1')).toMatchInlineSnapshot(`
    "FROM                  UNTIL                 CAUSE          CLAUSE    COUNTED  WHY
    2026-01-01T00:00:00Z  2026-01-01T01:00:00Z  force-majeure  9         0s       force majeure, for which nobody is liable
    2026-01-01T00:00:00Z  2026-01-01T03:00:00Z  measure        3.1.3.12  0s       a complaint was upheld

    MONTH    IN SERVICE  UNAVAILABLE  AVAILABLE
    2026-01  3h          0s           100 %

    unavailable by the vendor's fault for 0s without a break, 3d needed: 3d are missing to cancel it"
  `);
  expect(await said('notice', 'list')).toMatchInlineSnapshot(`
    "ID   KIND         ACCOUNT ID  INSTANCE ID  TO      SENT AT               EFFECTIVE AT  STATE
    n-1  complaint    default     r-1          Ada     2026-01-01T00:00:00Z  -             sent
    n-2  measure      default     r-1          nobody  2026-01-01T00:00:00Z  -             sent
    n-3  measure      default     -            nobody  2026-01-01T00:00:00Z  -             sent
    n-4  data-breach  default     -            nobody  2026-01-01T00:00:00Z  -             sent
    n-5  maintenance  default     r-1          nobody  2026-01-01T00:00:00Z  -             sent"
  `);
  const early = await run('instance', 'cancel', 'r-1');
  expect([early.code, early.stderr.trimEnd()]).toMatchInlineSnapshot(`
    [
      1,
      "error: instance "r-1" was unavailable by the vendor's fault for 0s without a break; it can be cancelled from 3d on (clause 8.3): 3d are missing. "instance availability r-1" shows what counts",
    ]
  `);
  const unfounded = await run('claim', 'file', 'r-1', '--amount', '1');
  expect([unfounded.code, unfounded.stderr.trimEnd()]).toMatchInlineSnapshot(`
    [
      1,
      "error: there is nothing to claim for instance "r-1": it was not unavailable by the vendor's fault, there was only force majeure, for which nobody is liable (clause 9); a complaint was upheld (clause 3.1.3.12). "instance availability r-1" shows what counts",
    ]
  `);
}, 120_000);

test('no key, value or password is in an event, a notice, an error, the log or the state (6)', async () => {
  await using data = await temporaryDirectory();
  const [key, value] = ['customer-key-7f3a', 'customer-value-7f3a'];
  const [password, wrong] = ['Password-7f3a-1', 'Wrong-7f3a-2'];
  const answers: unknown[] = [];
  {
    await using sim = await simulator({ dataDir: data.path });
    const { id, port } = await sim.createInstance({ password, name: 'confidential' });
    await sim.addContact({ name: 'Ada', how: 'ada@example.com' });
    await using client = await RawClient.connect(port ?? 0);
    const line = async (...words: string[]) => {
      client.send(command(...words));
      return client.takeLine();
    };
    expect(await line('AUTH', wrong)).toMatch(/^-WRONGPASS/);
    expect(await line('AUTH', password)).toBe('+OK');
    expect(await line('SET', key, value)).toBe('+OK');
    await line('EVAL', `return redis.call('HGET', '${key}', '${value}')`, '0');
    await line('NOSUCH', key, value);
    await line('CONFIG', 'SET', key, value);
    await sim.beginOutage({ instance: id, cause: 'network', latency: '5ms', for: '1h' });
    client.send(command('GET', key));
    expect(await client.takeLines(2)).toEqual(['$19', value]);
    await sim.reportViolation({ instance: id, kind: 'abuse' });
    expect(await line('SET', key, value)).toBe(`-${DISABLED}`);
    await sim.liftViolation({ violation: 'v-1' });
    await sim.beginOutage({ instance: id, cause: 'provider' });
    await sim.openWorkOrder({ subject: 'it is slow', instance: id });
    await sim.fileComplaint({ instance: id, by: 'somebody', about: 'something' });
    await sim.scheduleMaintenance({ instance: id });
    for (const newPassword of [`${wrong}${' '.repeat(3)}`, 'short-7f3a']) {
      answers.push(
        await sim.modifyInstanceAttribute({ id, newPassword }).catch((error: unknown) => error),
      );
    }
    await sim
      .resetAccountPassword({ id, accountName: 'nobody', password: wrong })
      .catch((error: unknown) => answers.push(error));
    await sim.advanceClock({ by: '40d' });
    answers.push(await sim.listEvents({ limit: 10_000 }), await sim.listNotices());
    answers.push(await sim.listWorkOrders(), await sim.listComplaints(), await sim.getStatus());
  }
  const shown = answers.map((one) =>
    one instanceof Error ? `${one.stack ?? ''} ${JSON.stringify(one)}` : JSON.stringify(one),
  );
  expect(shown.join('\n')).toContain('provider');
  expect(shown.join('\n')).not.toMatch(/7f3a/);
  // What is below instances/ is the customer's data itself, until it is deleted.
  const marked = await filesWith(data.path, [key, value, password, wrong, 'short-7f3a']);
  expect(marked.filter((file) => !file.startsWith(`${data.path}/instances/`))).toEqual([]);
  expect(await filesWith(data.path, ['confidential'])).not.toEqual([]);
});
