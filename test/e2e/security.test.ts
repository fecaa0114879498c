import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { connectTo, startSimulator } from '../../src/index.js';
import { frostgate, frostgateAt } from '../support/cli.js';
import { passwordOf } from '../../src/control-plane/engines/engine-context.js';
import {
  ask,
  redisOf,
  shownByPs,
  simulator,
  temporaryDirectory,
  worldOf,
  type Refusal,
} from '../support/simulator.js';

const FOREIGN = 'attacker.example';

function portOf(url: string | null): string {
  return new URL(url ?? '').port;
}

test.each([
  ['a name that a web page made point here', FOREIGN],
  ['that name with our port', (port: string) => `${FOREIGN}:${port}`],
  ['a name that begins like ours', `localhost.${FOREIGN}`],
  ['a name that ends like ours', `not-localhost`],
  ['an address that is not loopback', '192.0.2.1'],
  ['a user name like ours', (port: string) => `127.0.0.1@${FOREIGN}:${port}`],
])('a request for a foreign host is refused: %s', async (_, host) => {
  await using sim = await startSimulator({ engine: 'fake' });
  const value = typeof host === 'string' ? host : host(portOf(sim.apiUrl));
  const before = await worldOf(sim);
  for (const [method, path] of [
    ['GET', '/v1/status'],
    ['POST', '/v1/reset'],
    ['GET', '/v1/events/stream'],
    ['GET', '/v1/openapi.json'],
    ['GET', '/v1/health'],
    ['GET', '/nowhere'],
  ] as const) {
    const { status, body } = await ask(sim.apiUrl, path, { method, headers: { host: value } });
    expect(status).toBe(403);
    const { error } = body as Refusal;
    expect(error.code).toBe('HostNotAllowed');
    expect(error.message).toContain(`"${value}"`);
    expect(error.message).toContain('--allowed-host');
  }
  expect(await worldOf(sim)).toEqual(before);
});

test('the names of this machine are its own, and further ones can be allowed', async () => {
  await using sim = await startSimulator({ engine: 'fake', allowedHosts: ['Frost.example'] });
  const port = portOf(sim.apiUrl);
  for (const host of [
    '127.0.0.1',
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    'LOCALHOST',
    '[::1]',
    'frost.example',
    `FROST.example:${port}`,
  ]) {
    expect((await ask(sim.apiUrl, '/v1/status', { headers: { host } })).status).toBe(200);
  }
  const refused = await ask(sim.apiUrl, '/v1/status', { headers: { host: FOREIGN } });
  expect((refused.body as Refusal).error.details.known).toContain('frost.example');
});

test.each([
  `http://${FOREIGN}`,
  'http://localhost:3000',
  'null',
  'https://127.0.0.1:PORT',
  'http://127.0.0.1:PORT.attacker.example',
])('a web page from somewhere else can do nothing: Origin %s', async (origin) => {
  await using sim = await startSimulator({ engine: 'fake' });
  const before = await worldOf(sim);
  const headers = { origin: origin.replace('PORT', portOf(sim.apiUrl)) };
  // What a page may send without asking first: a form, or fetch() with text.
  const asked = { method: 'POST', headers: { ...headers, 'content-type': 'text/plain' } };
  for (const path of ['/v1/reset', '/v1/instances', '/v1/clock/advance?by=9d']) {
    const { status, body, headers: answer } = await ask(sim.apiUrl, path, asked);
    expect(status).toBe(403);
    expect(body).toMatchObject({
      error: { code: 'OriginNotAllowed', details: { value: headers.origin } },
    });
    expect(answer['access-control-allow-origin']).toBeUndefined();
  }
  expect(await worldOf(sim)).toEqual(before);
});

test("the simulator's own page may call it, and so may whoever sends no Origin", async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  const host = `localhost:${portOf(sim.apiUrl)}`;
  const headers = { host, origin: `http://${host}` };
  expect((await ask(sim.apiUrl, '/v1/reset', { method: 'POST', headers })).status).toBe(200);
  expect((await ask(sim.apiUrl, '/v1/reset', { method: 'POST' })).status).toBe(200);
});

test('an API that others can reach wants a token, which is made once and kept to its owner', async () => {
  await using directory = await temporaryDirectory();
  const options = { dataDir: directory.path, apiHost: '0.0.0.0', clockStart: 0, rate: 0 };
  const file = join(directory.path, 'token');
  let token: string;
  {
    await using sim = await simulator(options);
    token = sim.token ?? '';
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(readFileSync(file, 'utf8').trim()).toBe(token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(directory.path).mode & 0o077).toBe(0);
    expect(sim.apiUrl).toBe(`http://127.0.0.1:${portOf(sim.apiUrl)}`);
    await expectClosed(sim.apiUrl, token);
  }
  await using again = await simulator(options);
  expect(again.token).toBe(token);
  const far = connectTo({ url: again.apiUrl ?? '', token });
  expect(await far.getClock()).toMatchObject({ mode: 'frozen' });
  const stranger = connectTo({ url: again.apiUrl ?? '', token: 'guess' });
  await expect(stranger.reset()).rejects.toMatchObject({ code: 'TokenRequired' });
});

test('whoever may read the data directory needs no token on this machine, and none is sent elsewhere', async () => {
  await using directory = await temporaryDirectory();
  const options = { engine: 'fake' as const, dataDir: directory.path, apiHost: '0.0.0.0' };
  await using sim = await startSimulator(options);
  const port = new URL(sim.apiUrl ?? '').port;
  const own = { FROSTGATE_API_HOST: '0.0.0.0', FROSTGATE_API_PORT: port };
  const env = { ...own, FROSTGATE_DATA_DIR: directory.path };
  const named = { ...env, FROSTGATE_URL: `http://localhost:${port}/` };
  for (const reader of [env, named]) {
    expect(await frostgate(['status'], reader)).toMatchObject({ code: 0, stderr: '' });
  }
  const another = { ...named, FROSTGATE_API_PORT: String(Number(port) - 1) };
  for (const stranger of [another, { ...own, FROSTGATE_DATA_DIR: '/nowhere' }]) {
    const { code, stderr } = await frostgate(['status'], stranger);
    expect([code, stderr]).toEqual([1, expect.stringContaining('wants its token')]);
  }
});

test('a token that is given is the token, on loopback too', async () => {
  await using sim = await startSimulator({ engine: 'fake', token: 'of my own' });
  expect(sim.token).toBe('of my own');
  await expectClosed(sim.apiUrl, 'of my own');
});

test('without a data directory the token is a new one each time', async () => {
  await using one = await startSimulator({ engine: 'fake', apiHost: '0.0.0.0' });
  await using two = await startSimulator({ engine: 'fake', apiHost: '0.0.0.0' });
  expect(one.token).toMatch(/^[\w-]{32}$/);
  expect(two.token).not.toBe(one.token);
});

/** Closed to whoever has not the token, but for the question whether it lives. */
async function expectClosed(url: string | null, token: string): Promise<void> {
  for (const authorization of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    `Basic ${token}`,
    token,
  ]) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    for (const path of ['/v1/status', '/v1/events/stream', '/v1/openapi.json', '/nowhere']) {
      const { status, body, text } = await ask(url, path, { headers });
      expect(status).toBe(401);
      const { error } = body as Refusal;
      expect(error.code).toBe('TokenRequired');
      expect(error.message).toContain('FROSTGATE_TOKEN');
      expect(text).not.toContain(token);
    }
    expect((await ask(url, '/v1/health', { headers })).status).toBe(200);
  }
  const headers = { authorization: `Bearer ${token}` };
  expect((await ask(url, '/v1/status', { headers })).status).toBe(200);
  expect((await ask(url, '/nowhere', { headers })).status).toBe(404);
}

test("a backend's password is shown nowhere", async () => {
  await using directory = await temporaryDirectory();
  await using sim = await simulator({ dataDir: directory.path });
  const instance = await sim.createInstance();
  using redis = redisOf(instance);
  await redis.set('greeting', 'hello');
  await sim.setAccountBalance({ balance: 0 });
  await sim.advanceClock({ by: '26h' });

  const database = new Database(join(directory.path, 'state.db'), { readonly: true });
  const { value: secret } = database
    .prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'secret'")
    .get() ?? { value: '' };
  database.close();
  const context = { simulatorId: '', secret, log: () => undefined };
  const password = passwordOf(context, instance.id);
  const backend = join(directory.path, 'instances', 'process', instance.id);
  const socket = join(backend, 'redis.sock');
  // It is the password indeed, and Redis wants it.
  expect(await infoOf(socket, { username: 'default', password })).toContain('redis_version');
  await expect(infoOf(socket, {})).rejects.toThrow('NOAUTH');

  const answers = await Promise.all(
    ['status', 'instances', 'instances/r-1', 'accounts', 'events', 'health', 'openapi.json'].map(
      async (path) => (await ask(sim.apiUrl, `/v1/${path}`)).text,
    ),
  );
  const throughTheProxy = [
    await redis.config('GET', '*'),
    await redis.info('all'),
    await redis.client('LIST'),
    await redis.call('COMMAND', 'COUNT'),
  ];
  const files = readdirSync(directory.path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory.path, name))
    .filter((name) => statSync(name).isFile());
  expect(files.map((name) => name.slice(directory.path.length + 1))).toEqual(
    expect.arrayContaining(['simulator.log', 'owner', 'state.db']),
  );
  const places = [
    ...answers,
    JSON.stringify(throughTheProxy),
    shownByPs(),
    ...files.map((name) => readFileSync(name, 'latin1')),
  ];
  expect(JSON.stringify(throughTheProxy)).toContain('maxmemory-policy');
  expect(shownByPs()).toContain('redis-server');
  for (const place of places) {
    expect(place.includes(password)).toBe(false);
  }
  // The secret that passwords derive from is in the state alone, for its owner's eyes.
  const holders = files.filter((name) => readFileSync(name, 'latin1').includes(secret));
  for (const name of holders) {
    expect(name).toContain('state.db');
    expect(statSync(name).mode & 0o077).toBe(0);
  }
  expect(holders.length).toBeGreaterThan(0);
});

test('the passwords of an instance are shown nowhere, in whatever way they are given', async () => {
  await using directory = await temporaryDirectory();
  await using sim = await simulator({ dataDir: directory.path });
  const password = 'Geheim_1!#xyz';
  const asJson = { id: 'r-1', accountName: 'reader', password };
  await sim.createInstance({ password });
  await sim.createAccount(asJson);
  await sim.resetAccountPassword(asJson);
  await sim.modifyInstanceAttribute({ id: 'r-1', newPassword: password });
  const { apiUrl } = sim;
  const inQuery = `password=${encodeURIComponent(password)}`;
  const twisted = `{"password":"${password}"`;
  const asked: readonly [method: string, path: string, body?: unknown][] = [
    ['PUT', `/v1/instances/r-1/accounts/reader/password?${inQuery}`],
    ['PUT', `/v1/instances/r-1/accounts/reader/password?${inQuery}%C3%A4`],
    ['PUT', `/v1/instances/r-1/accounts/nobody/password?${inQuery}`],
    ['POST', `/v1/nowhere?${inQuery}`],
    ['POST', `/v1/%zz?${inQuery}`],
    ['POST', '/v1/instances', { password: [password] }],
    ['POST', '/v1/instances', { password: `${password}ä` }],
    ['POST', '/v1/instances', { password: password.repeat(3), unknown: password }],
    ['POST', '/v1/instances', twisted],
    ['POST', '/v1/instances', `${password}${twisted}`],
    ['POST', '/v1/instances', `{"password":${password}}`],
    ['POST', '/v1/instances/r-1/attribute', { newPassword: { is: password } }],
    ...['status', 'instances/r-1', 'instances/r-1/accounts', 'events', 'openapi.json'].map(
      (path): [string, string] => ['GET', `/v1/${path}`],
    ),
  ];
  const answers: string[] = [];
  for (const [method, path, body] of asked) {
    answers.push((await ask(apiUrl, path, { method, body })).text);
  }
  expect(answers.filter((text) => text.startsWith('{"error"'))).toHaveLength(11);
  const cli = await frostgateAt(apiUrl)('instance', 'create', '--password', `${password}ä`);
  expect(cli.code).toBe(2);
  const files = readdirSync(directory.path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory.path, name))
    .filter((name) => statSync(name).isFile());
  const places = [
    ...answers,
    cli.stderr,
    ...files.map((name) => readFileSync(name, 'latin1')),
    shownByPs(),
  ];
  for (const place of places) {
    expect(place).not.toContain(password);
    expect(place).not.toContain(encodeURIComponent(password));
  }
  expect(readFileSync(join(directory.path, 'simulator.log'), 'utf8')).toContain(
    '"url":"/v1/instances/r-1/accounts/reader/password"',
  );
});

async function infoOf(path: string, login: object): Promise<string> {
  const redis = new Redis({ path, ...login, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    return await redis.info('server');
  } finally {
    redis.disconnect();
  }
}

test('a client of the proxy cannot read or change how its backend lets others in', async () => {
  await using sim = await simulator();
  using redis = redisOf(await sim.createInstance());
  for (const command of [
    ['ACL', 'LIST'],
    ['ACL', 'SETUSER', 'default', 'nopass'],
    ['CONFIG', 'SET', 'requirepass', 'mine'],
    ['CONFIG', 'REWRITE'],
    ['DEBUG', 'SLEEP', '0'],
    ['SHUTDOWN', 'NOSAVE'],
  ] as const) {
    const [name, ...args] = command;
    await expect(redis.call(name, ...args)).rejects.toThrow(/^ERR unknown command/);
  }
  expect(await redis.ping()).toBe('PONG');
  expect(await sim.describeInstanceAttribute({ id: 'r-1' })).toMatchObject({ state: 'active' });
});
