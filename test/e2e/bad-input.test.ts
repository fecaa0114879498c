import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Simulator } from '../../src/index.js';
import { EVENT_TYPES } from '../../src/control-plane/core/event-types.js';
import { freeLoopbackPort } from '../../src/control-plane/engines/free-port.js';
import {
  BAD_SETTINGS,
  INSTANCES,
  invalid,
  missing,
  PASSWORD,
  type Bad,
} from '../support/bad-requests.js';
import { frostgateAt, upIn } from '../support/cli.js';
import {
  ask,
  redisOf,
  simulator,
  temporaryDirectory,
  worldOf,
  type Asked,
  type Refusal,
} from '../support/simulator.js';

/** A world in which there is something to lose: two accounts, one of them in arrears, data, some history. */
let sim: Simulator;

beforeAll(async () => {
  sim = await simulator();
  await sim.openAccount({ account: 'poor', balance: '0.3' });
  await sim.createInstance({ name: 'kept' });
  await sim.createInstance({ account: 'poor' });
  await sim.createAccount({ id: 'r-1', accountName: 'kept', password: PASSWORD });
  await sim.advanceClock({ by: '3h' });
  using redis = redisOf(await sim.describeInstanceAttribute({ id: 'r-1' }));
  await redis.set('greeting', 'hello');
});

afterAll(() => sim.close());

async function everything(): Promise<unknown> {
  using redis = redisOf(await sim.describeInstanceAttribute({ id: 'r-1' }));
  return { world: await worldOf(sim), greeting: await redis.get('greeting') };
}

const NO_DURATION = ['by: is not a duration', 'such as 8d, 1d12h or 90m'];
const NO_MONEY = ['amount: is not an amount of money', 'such as 100 or 0.21'];
const ACCOUNTS = 'Accounts there are: default, poor';
const NOT_MONEY = ['amount: must be text or a number', 'such as 100 or 0.21'];

const BAD: readonly Bad[] = [
  ...BAD_SETTINGS,
  missing('GET /v1/instances/r-9', 'InstanceNotFound', '"r-9"', INSTANCES),
  missing('DELETE /v1/instances/r-9', 'InstanceNotFound', '"r-9"', INSTANCES),
  missing('GET /v1/instances/R-1', 'InstanceNotFound', '"R-1"', INSTANCES),
  missing('GET /v1/instances/..', 'InstanceNotFound', '".."', INSTANCES),
  missing('GET /v1/instances/%2e%2e%2fr-1', 'InstanceNotFound', '"../r-1"', INSTANCES),
  missing('GET /v1/instances/__proto__', 'InstanceNotFound', '"__proto__"', INSTANCES),
  missing('GET /v1/events?instance=r-9', 'InstanceNotFound', '"r-9"', INSTANCES),
  missing('GET /v1/accounts/nobody', 'AccountNotFound', '"nobody"', ACCOUNTS),
  missing('GET /v1/accounts/nobody/ledger', 'AccountNotFound', '"nobody"', ACCOUNTS),
  {
    ...missing('POST /v1/accounts/nobody/top-up', 'AccountNotFound', '"nobody"', ACCOUNTS),
    body: { amount: 1 },
  },
  {
    ...missing('PUT /v1/accounts/nobody/balance', 'AccountNotFound', '"nobody"', ACCOUNTS),
    body: { balance: 0 },
  },
  {
    ...missing('POST /v1/instances', 'AccountNotFound', '"nobody"', ACCOUNTS),
    body: { account: 'nobody' },
  },
  {
    request: 'POST /v1/instances',
    body: { account: 'poor' },
    status: 402,
    code: 'InsufficientBalance',
    says: ['account "poor" has -0.33 CNY', 'needs at least one hour: 0.21 CNY', 'Top it up first'],
  },
  {
    request: 'POST /v1/instances',
    body: { instanceClass: 'redis.master.huge' },
    status: 400,
    code: 'UnknownInstanceClass',
    says: ['"redis.master.huge"', 'Classes there are:', 'redis.master.small.default'],
  },
  {
    request: 'POST /v1/instances',
    body: { instanceClass: 'constructor' },
    status: 400,
    code: 'UnknownInstanceClass',
    says: ['"constructor"'],
  },
  {
    request: 'POST /v1/accounts',
    body: { account: 'poor' },
    status: 409,
    code: 'AccountExists',
    says: ['"poor"', 'open one by another name'],
  },
  ...['', ' ', 'a b', '../poor', '-poor', 'ä', 'x'.repeat(65), '__proto__'].map((account) =>
    invalid('POST /v1/accounts', { account }, `account: `, `got "${account}"`),
  ),

  ...['8 days?', '', '8', '-1d', '1 h', 'd', '1e3d', '1d-1h', '1D', 'PT1H', '1,5h'].map((by) =>
    invalid('POST /v1/clock/advance', { by }, ...NO_DURATION, `got "${by}"`),
  ),
  invalid('POST /v1/clock/advance', { by: '101y' }, ...NO_DURATION, 'got "101y"'),
  invalid('POST /v1/clock/advance', { by: '36526d' }, 'by: is longer than 100 years', '"36526d"'),
  invalid('POST /v1/clock/advance', { by: 8 }, 'by: must be text, got 8', 'How far: 2h, 8d'),
  invalid('POST /v1/clock/advance', { by: null }, 'by: must be text, got null', 'How far'),
  invalid('POST /v1/clock/advance', {}, 'by: is required, got nothing', 'How far'),
  invalid('POST /v1/clock/advance', undefined, 'by: is required, got nothing', 'How far'),
  ...['tomorrow', '', '2026-12-01T00:00:00', '2026-13-01', '12/01/2026', '1798761600000'].map(
    (to) =>
      invalid(
        'POST /v1/clock/set',
        { to },
        'to: is not an instant',
        `got "${to}"`,
        'with its zone',
      ),
  ),
  {
    request: 'POST /v1/clock/set',
    body: { to: '2026-01-01T02:59:59.999Z' },
    status: 400,
    code: 'ClockBackwards',
    says: [
      'it is 2026-01-01T03:00:00Z',
      '2026-01-01T02:59:59.999Z is before that',
      'data directory',
    ],
  },
  ...[0, -1, 1_000_001].map((rate) =>
    invalid(
      'POST /v1/clock/run',
      { rate },
      'rate: must be ',
      `got ${String(rate)}`,
      'at most 1000000',
    ),
  ),
  invalid('POST /v1/clock/run', { rate: 'fast' }, 'rate: must be a number, got "fast"'),

  ...[-5, '-5', '-0', '-0.01'].map((amount) =>
    invalid(
      'POST /v1/accounts/default/top-up',
      { amount },
      'amount: must not be negative',
      `got ${JSON.stringify(amount)}`,
    ),
  ),
  ...['five', '', ' ', '1,000', '1e3', '0x10', 'Infinity', '.5', '5.', '١'].map((amount) =>
    invalid('POST /v1/accounts/default/top-up', { amount }, ...NO_MONEY, `got "${amount}"`),
  ),
  invalid('POST /v1/accounts/default/top-up', { amount: 1e21 }, ...NO_MONEY, 'got 1e+21'),
  invalid('POST /v1/accounts/default/top-up', { amount: 0 }, 'amount: must be more than nothing'),
  invalid('POST /v1/accounts/default/top-up', { amount: '0.1234567' }, 'more than 6 decimals'),
  invalid('POST /v1/accounts/default/top-up', { amount: '9'.repeat(20) }, 'amount: is more than'),
  ...[null, true, {}, [], [5]].map((amount) =>
    invalid(
      'POST /v1/accounts/default/top-up',
      { amount },
      ...NOT_MONEY,
      `got ${JSON.stringify(amount)}`,
    ),
  ),
  invalid('POST /v1/accounts/default/top-up', {}, 'amount: is required, got nothing'),
  invalid('PUT /v1/accounts/default/balance', { balance: '-1' }, 'balance: must not be negative'),
  invalid('PUT /v1/accounts/default/balance', { balance: 'all' }, 'balance: is not an amount'),
  invalid('POST /v1/accounts', { account: 'new', balance: -1 }, 'balance: must not be negative'),

  invalid('POST /v1/instances', { port: -1 }, 'port: must be >= 0, got -1', 'next free one'),
  invalid('POST /v1/instances', { port: 65_536 }, 'port: must be <= 65535, got 65536'),
  ...[6400.5, '6400x', '', true, null, [6400]].map((port) =>
    invalid(
      'POST /v1/instances',
      { port },
      `port: must be a whole number, got ${JSON.stringify(port)}`,
    ),
  ),
  invalid('POST /v1/instances', { host: '' }, 'host: must not be empty, got ""', 'listen on'),
  invalid('POST /v1/instances', { name: 5 }, 'name: must be text, got 5', 'A name for people'),
  invalid('POST /v1/instances', { name: 'x'.repeat(81) }, 'name: must not have more than 80'),
  invalid(
    'POST /v1/instances',
    { wireProfile: 'mine' },
    'wireProfile: must be one of apsaradb, apsaradb-2018, redis, got "mine"',
  ),
  {
    request: 'POST /v1/instances',
    body: { terms: 'mine' },
    status: 400,
    code: 'UnknownTerms',
    says: ['"mine"', 'tos, cn-site, intl-site', 'terms check FILE'],
  },
  invalid('GET /v1/instances?all=maybe', undefined, 'all: must be true or false, got "maybe"'),

  invalid('GET /v1/events?limit=0', undefined, 'limit: must be >= 1, got "0"', 'up to 10000'),
  invalid('GET /v1/events?limit=10001', undefined, 'limit: must be <= 10000, got "10001"'),
  invalid('GET /v1/events?limit=ten', undefined, 'limit: must be a whole number, got "ten"'),
  invalid('GET /v1/events?limit=1.5', undefined, 'limit: must be a whole number, got "1.5"'),
  invalid(
    'GET /v1/events?limit=1&limit=2',
    undefined,
    'limit: must be a whole number, got ["1","2"]',
  ),
  invalid('GET /v1/events?after=-1', undefined, 'after: must be >= 0, got "-1"'),
  invalid('GET /v1/accounts/default/ledger?after=x', undefined, 'after: must be a whole number'),
  invalid('GET /v1/events?type=nope', undefined, `type: must be one of ${EVENT_TYPES.join(', ')}`),
  invalid('GET /v1/events?instance=', undefined, 'instance: must not be empty'),

  ...['{', '{"by":"1h"', "{'by':'1h'}", 'by=1h', '\u0000', '{"by":"1h"}{}'].map((body) => ({
    request: 'POST /v1/clock/advance',
    body,
    status: 400,
    code: 'BodyNotJson',
    says: ['the body of the request is not JSON', 'Send an object with content-type'],
  })),
  ...['null', '[]', '"1h"', '5', 'true'].map((body) => ({
    request: 'POST /v1/clock/advance',
    body,
    status: 400,
    code: 'BodyNotJson',
    says: ['it is JSON, but not an object', 'Send an object with content-type'],
  })),
  {
    request: 'POST /v1/clock/advance',
    body: JSON.stringify({ by: 'x'.repeat(1024 * 1024) }),
    status: 413,
    code: 'BodyTooLarge',
    says: ['larger than 1048576 bytes', 'send the fields of one action'],
  },
  {
    request: 'POST /v1/clock/advance',
    body: { by: '1h', to: '2026-12-01' },
    status: 400,
    code: 'UnknownField',
    says: ['unknown field "to" in AdvanceClock', 'Fields it takes: by'],
  },
  {
    request: 'POST /v1/clock/freeze',
    body: { hard: true },
    status: 400,
    code: 'UnknownField',
    says: ['unknown field "hard" in FreezeClock', 'Fields it takes: none'],
  },
  ...['{"__proto__":{"by":"1h"}}', '{"constructor":"1h"}', '{"toString":"1h"}'].map((body) => ({
    request: 'POST /v1/clock/advance',
    body,
    status: 400,
    code: 'UnknownField',
    says: ['in AdvanceClock', 'Fields it takes: by'],
  })),
  {
    request: 'GET /v1/events?since=5',
    status: 400,
    code: 'UnknownField',
    says: ['unknown field "since" in ListEvents', 'after, limit, instance, type'],
  },
  missing('GET /v1/nowhere', 'RouteNotFound', 'GET /v1/nowhere', '/v1/openapi.json'),
  missing('GET /nowhere', 'RouteNotFound', 'GET /nowhere', '/v1/openapi.json'),
  missing('POST /v1/status', 'RouteNotFound', 'POST /v1/status', '/v1/openapi.json'),
  missing('PATCH /v1/instances/r-1', 'RouteNotFound', 'PATCH /v1/instances/r-1'),
  missing('DELETE /v1/instances', 'RouteNotFound', 'DELETE /v1/instances'),
  {
    request: 'GET /v1/instances/%zz',
    status: 400,
    code: 'PathNotReadable',
    says: ['/v1/instances/%zz', 'Encode what is not a letter or digit'],
  },
];

test('every bad request is refused with its code, names thing, value and way out, and changes nothing', async () => {
  const before = await everything();
  for (const { request, body, status, code, says } of BAD) {
    const [method = '', path = ''] = request.split(' ');
    const asked: Asked = { method, ...(body === undefined ? {} : { body }) };
    const answer = await ask(sim.apiUrl, path, asked);
    const shown = `${request} ${JSON.stringify(body ?? '').slice(0, 80)}`;
    expect.soft(answer.status, shown).toBe(status);
    const { error } = answer.body as Refusal;
    expect.soft(error.code, shown).toBe(code);
    for (const part of says) expect.soft(error.message, shown).toContain(part);
    expect.soft(error.message, shown).not.toMatch(/undefined|\[object|\{\w+\}/);
  }
  expect(await everything()).toEqual(before);
});

test('the refusals of the list are of many kinds', () => {
  expect(BAD.length).toBeGreaterThan(100);
  expect(new Set(BAD.map(({ code }) => code)).size).toBeGreaterThan(11);
});

test('a value is shown, but not all of a long one', async () => {
  const asked = { method: 'POST', body: { by: 'x'.repeat(5_000) } };
  const { body } = await ask(sim.apiUrl, '/v1/clock/advance', asked);
  expect((body as Refusal).error.message.length).toBeLessThan(400);
});

test('a port that is given and busy is refused; what is left is a record, and money is untouched', async () => {
  await using other = await simulator();
  const first = await other.createInstance();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const foreign = (server.address() as AddressInfo).port;
  for (const port of [foreign, first.port ?? 0]) {
    const before = await worldOf(other);
    const asked = { method: 'POST', body: { port } };
    const { status, body } = await ask(other.apiUrl, '/v1/instances', asked);
    expect(status).toBe(409);
    const { error } = body as Refusal;
    expect(error.code).toBe('PortBusy');
    expect(error.message).toContain(`port ${String(port)} on 127.0.0.1 is in use`);
    expect(error.message).toContain('give another port, or give none');
    const after = await worldOf(other);
    expect(after).toMatchObject({
      accounts: (before as { accounts: object[] }).accounts,
      ledgers: (before as { ledgers: object[] }).ledgers,
      status: (before as { status: object }).status,
    });
  }
  server.close();
  const { instances } = await other.describeInstances({ all: true });
  expect(instances.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'r-1 active',
    'r-2 deleted',
    'r-3 deleted',
  ]);
  using redis = redisOf(first);
  expect(await redis.set('greeting', 'hello')).toBe('OK');
});

test('where nobody gave a port, a busy one is passed over, and a full range says so', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const from = (server.address() as AddressInfo).port;
  await using other = await simulator({ ports: { from, to: from + 1 } });
  const made = await other.createInstance().catch((error: unknown) => error);
  // The next port may belong to somebody else by now.
  if (!(made instanceof Error)) expect(made).toMatchObject({ port: from + 1 });
  await expect(other.createInstance()).rejects.toMatchObject({ code: 'NoFreePort' });
  await expect(other.createInstance()).rejects.toThrow(
    `no free port between ${String(from)} and ${String(from + 1)} on 127.0.0.1. Free one, or give a port`,
  );
  server.close();
});

test('an address that this machine does not have is refused', async () => {
  await using other = await simulator();
  const refused = other.createInstance({ host: '192.0.2.1' });
  await expect(refused).rejects.toMatchObject({ code: 'ListenFailed' });
  await expect(refused).rejects.toThrow(/cannot listen on 192\.0\.2\.1:.*EADDRNOTAVAIL.*--host/);
});

test('a data directory of a newer version is refused, and left as it is', async () => {
  await using directory = await temporaryDirectory();
  const dataDir = directory.path;
  const from = await freeLoopbackPort();
  {
    await using first = await simulator({ dataDir });
    await first.createInstance();
  }
  const file = join(dataDir, 'state.db');
  const database = new Database(file);
  database.pragma('user_version = 99');
  database.close();
  const before = readFileSync(file);
  await expect(simulator({ dataDir })).rejects.toMatchObject({
    code: 'DataDirectoryNewer',
    status: 409,
    details: { dir: dataDir, found: '99' },
  });
  await using up = upIn(dataDir, `${String(from)}-${String(from)}`);
  expect(await up.ended).toBe(1);
  expect(up.stderr).toContain(
    `error: the data directory ${dataDir} was written by a newer Frostgate (schema 99, this one knows `,
  );
  expect(up.stderr).toContain('Update Frostgate, or give another directory with --data-dir');
  expect(up.stderr).not.toMatch(/\n\s+at /);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a data directory in use is refused with its user, who does not notice', async () => {
  await using directory = await temporaryDirectory();
  const dataDir = directory.path;
  const from = await freeLoopbackPort();
  await using first = await simulator({ dataDir });
  using redis = redisOf(await first.createInstance());
  const before = await worldOf(first);
  await expect(simulator({ dataDir })).rejects.toMatchObject({
    code: 'DataDirectoryInUse',
    status: 409,
  });
  await using up = upIn(dataDir, `${String(from)}-${String(from)}`);
  expect(await up.ended).toBe(1);
  expect(up.stderr).toContain(
    `error: the data directory ${dataDir} is in use by another simulator (process ${String(process.pid)}). Stop that one, or give another directory with --data-dir`,
  );
  expect(await worldOf(first)).toEqual(before);
  expect(await redis.set('greeting', 'hello')).toBe('OK');
});

test('a data directory that is a file is refused by its name, without a trace', async () => {
  await using directory = await temporaryDirectory();
  const from = await freeLoopbackPort();
  const file = join(directory.path, 'state.db');
  {
    await using first = await simulator({ dataDir: directory.path });
    await first.createInstance();
  }
  await using up = upIn(file, `${String(from)}-${String(from)}`);
  expect(await up.ended).toBe(1);
  expect(up.stderr).toMatch(/^error: /m);
  expect(up.stderr).toContain(file);
  expect(up.stderr).not.toMatch(/\n\s+at /);
});

test.each([
  ['instance show r-9', 1, 'no instance "r-9". Instances there are: r-1, r-2'],
  ['instance show ..', 1, 'no instance ".."'],
  ['account show nobody', 1, 'no account "nobody". Accounts there are: default, poor'],
  ['instance create --account nobody', 1, 'no account "nobody"'],
  ['instance create --account poor', 1, 'account "poor" has -0.33 CNY'],
  ['instance create --instance-class huge', 2, 'no instance class "huge". Classes there are'],
  [
    'instance create --terms mine',
    2,
    'there are no terms "mine". There are: tos, cn-site, intl-site',
  ],
  ['instance create --port 6400.5', 2, 'port: must be a whole number, got "6400.5"'],
  ['account top-up -5', 2, 'amount: must not be negative, got "-5"'],
  ['account set-balance many', 2, 'balance: is not an amount of money, got "many"'],
  ['clock advance 8days', 2, 'by: is not a duration, got "8days"'],
  ['clock set 2026-01-01', 2, 'the virtual clock only goes forward: it is 2026-01-01T03:00:00Z'],
  ['clock run --rate 0', 2, 'rate: must be > 0, got "0"'],
  ['events --limit 0', 2, 'limit: must be >= 1, got "0"'],
  ['events --type nope', 2, 'type: must be one of account-opened'],
  ['events --follow --instance r-9', 1, 'no instance "r-9"'],
])(
  'on the command line `%s` ends with %i, says why, and changes nothing',
  async (args, code, says) => {
    const before = await everything();
    const outcome = await frostgateAt(sim.apiUrl)(...args.split(' '));
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(`error: ${says}`);
    expect(await everything()).toEqual(before);
  },
);

test('an empty id is not taken for the list of all', async () => {
  for (const args of [
    ['instance', 'show', ''],
    ['account', 'show', ''],
    ['account', 'ledger', ''],
  ]) {
    const outcome = await frostgateAt(sim.apiUrl)(...args);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('must not be empty, got ""');
  }
  await expect(sim.describeInstanceAttribute({ id: '' })).rejects.toMatchObject({
    code: 'InvalidInput',
  });
});
