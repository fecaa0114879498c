import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import {
  connectTo,
  SimulatorError,
  startSimulator,
  type ActionClient,
  type EventView,
} from '../../src/index.js';
import { ACTIONS } from '../../src/control-plane/actions/index.js';
import { requiredFields } from '../../src/control-plane/actions/action.js';
import { EVENT_TYPES } from '../../src/control-plane/core/event-types.js';
import { fileFieldOf } from '../../src/control-plane/actions/file-field.js';
import { CASE_CALLS, CASE_IDS } from '../support/case-calls.js';
import { until } from '../support/raw-client.js';
import { ask, open, redisOf, type Refusal, simulator, worldOf } from '../support/simulator.js';

type Call = (client: ActionClient) => Promise<unknown>;

const PASSWORD = 'Geheim_123';

/** Every action at least once, those that are refused too. */
const CONVERSATION: readonly Call[] = [
  (client) => client.getHealth(),
  (client) => client.getStatus(),
  (client) => client.getClock(),
  (client) => client.createInstance({ name: 'demo', wireProfile: 'redis' }),
  (client) => client.createInstance({ account: 'nobody' }),
  (client) => client.openAccount({ account: 'shop', balance: '12.345' }),
  (client) => client.openAccount({ account: 'shop' }),
  (client) => client.createInstance({ account: 'shop', instanceClass: 'redis.master.mid.default' }),
  (client) => client.listAccounts(),
  (client) => client.describeInstances(),
  (client) => client.describeInstanceAttribute({ id: 'r-1' }),
  (client) => client.describeInstanceAttribute({ id: '../r-1 ?#%' }),
  (client) => client.modifyInstanceAttribute({ id: 'r-1', name: 'shown', newPassword: PASSWORD }),
  (client) => client.modifyInstanceAttribute({ id: 'r-1', newPassword: 'short' }),
  (client) => client.modifyInstanceVpcAuthMode({ id: 'r-1', vpcAuthMode: 'Open' }),
  (client) => client.createAccount({ id: 'r-1', accountName: 'reader', password: PASSWORD }),
  (client) => client.createAccount({ id: 'r-1', accountName: 'reader', password: PASSWORD }),
  (client) =>
    client.grantAccountPrivilege({ id: 'r-1', accountName: 'reader', privilege: 'RoleReadOnly' }),
  (client) => client.resetAccountPassword({ id: 'r-1', accountName: 'r-1', password: PASSWORD }),
  (client) =>
    client.modifyAccountDescription({ id: 'r-1', accountName: 'reader', description: 'reads' }),
  (client) => client.describeAccounts({ id: 'r-1' }),
  (client) => client.deleteAccount({ id: 'r-1', accountName: 'reader' }),
  (client) => client.deleteAccount({ id: 'r-1', accountName: 'reader/../x' }),
  (client) =>
    client.modifySecurityIps({ id: 'r-1', securityIps: '10.0.0.0/8', modifyMode: 'Append' }),
  (client) => client.modifySecurityIps({ id: 'r-1', securityIps: '10.0.0.0/40' }),
  (client) => client.describeSecurityIps({ id: 'r-1' }),
  (client) => client.modifyInstanceConfig({ id: 'r-1', config: { timeout: 60 } }),
  (client) => client.modifyInstanceConfig({ id: 'r-1', config: '{"port":"1"}' }),
  (client) => client.describeParameters({ id: 'r-1' }),
  (client) => client.startApplication({ id: 'r-1', commandsPerSecond: 0 }),
  (client) => client.startApplication({ id: 'r-99' }),
  (client) => client.describeApplication({ id: 'r-1' }),
  (client) => client.stopApplication({ id: 'r-1' }),
  (client) => client.modifyInstanceCeilings({ id: 'r-1', bandwidth: '5' }),
  (client) => client.modifyInstanceCeilings({ id: 'r-1', bandwidth: 'much' }),
  (client) => client.describeTraffic({ id: 'r-99' }),
  (client) => client.listClasses(),
  (client) => client.describeClass({ name: 'redis.master.mid.default' }),
  (client) => client.addClasses({ classes: { nothing: true } }),
  (client) => client.describeBackupPolicy({ instance: 'r-1' }),
  (client) => client.modifyBackupPolicy({ instance: 'r-1', preferredBackupTime: '04:00Z-05:00Z' }),
  (client) => client.modifyBackupPolicy({ instance: 'r-1', preferredBackupTime: '04:30Z-05:30Z' }),
  (client) => client.planBackupFailure({ instance: 'r-1', kind: 'fails', times: 2 }),
  (client) => client.listBackupFailures(),
  (client) => client.cancelBackupFailure({ failure: 'bf-1' }),
  (client) => client.createBackup({ instance: 'r-99' }),
  (client) => client.describeBackups(),
  (client) => client.describeBackup({ backup: 'bk-99' }),
  (client) => client.deleteBackup({ backup: 'bk-99' }),
  (client) => client.restoreInstance({ instance: 'r-1', backup: 'bk-99' }),
  (client) => client.describeMonitorItems(),
  (client) => client.describeHistoryMonitorValues({ id: 'r-99' }),
  (client) => client.injectReading({ id: 'r-1', values: 'CpuUsage=much', for: '1h' }),
  (client) => client.loadInstance({ id: 'r-99', bandwidth: '1MB/s', for: '1m' }),
  (client) => client.stopLoad({ id: 'r-99' }),
  (client) => client.listAbuse(),
  (client) => client.getAbuse({ abuse: 'ab-9' }),
  (client) => client.answerAbuse({ abuse: 'ab-9', text: 'it is over' }),
  (client) => client.takeCheckpoint(),
  (client) => client.listCheckpoints(),
  (client) => client.rollBack({ id: 'c-9' }),
  (client) => client.forgetCheckpoint({ id: 'c-1' }),
  ...CASE_CALLS,
  (client) => client.setAccountBalance({ balance: 0 }),
  (client) => client.advanceClock({ by: '26h' }),
  (client) => client.advanceClock({ by: 'soon' }),
  (client) => client.getAccount(),
  (client) => client.getAccount({ account: 'shop' }),
  (client) => client.topUpAccount({ amount: '3' }),
  (client) => client.topUpAccount({ account: 'shop', amount: 0.5 }),
  (client) => client.listLedger({ limit: 3 }),
  (client) => client.listLedger({ account: 'shop', after: 3 }),
  (client) => client.setClock({ to: '2026-02-01' }),
  (client) => client.setClock({ to: '2026-01-01' }),
  (client) => client.runClock({ rate: 1e-9 }),
  (client) => client.freezeClock(),
  (client) => client.lockDBInstanceWrite({ id: 'r-2', lockReason: 'a migration' }),
  (client) => client.lockDBInstanceWrite({ id: 'r-2', lockReason: '' }),
  (client) => client.unlockDBInstanceWrite({ id: 'r-2' }),
  (client) => client.listTerms(),
  (client) => client.describeTerms({ name: 'tos' }),
  (client) => client.describeTerms({ name: 'mine' }),
  (client) => client.addTerms({ terms: { extends: 'tos', name: 'mine' } }),
  (client) => client.addTerms({ terms: { extends: 'tos', name: 'tos', noticeBefore: 'x' } }),
  (client) => client.announceTerms({ name: 'mine', effective: '2d' }),
  (client) => client.announceTerms({ name: 'mine', effective: '45d' }),
  (client) => client.listAnnouncements(),
  (client) => client.describeInstancePlan({ id: 'r-2' }),
  (client) => client.deleteInstance({ id: 'r-2' }),
  (client) => client.describeRecycleBin(),
  (client) => client.rebuildInstance({ id: 'r-99' }),
  (client) => client.destroyInstance({ id: 'r-2' }),
  (client) => client.deleteInstance({ id: 'r-2' }),
  (client) => client.listPrices(),
  (client) => client.setPrice({ instanceClass: 'redis.master.mid.default', perMonth: 9 }),
  (client) => client.setPrice({ instanceClass: 'none', perMonth: 9 }),
  (client) => client.grantCredit({ amount: 1000, for: 'tests' }),
  (client) => client.createOrder({ period: 1 }),
  (client) => client.createOrder({ period: 11 }),
  (client) => client.cancelOrder({ order: 'o-1' }),
  (client) => client.createOrder({ period: 1, autoRenew: true }),
  (client) => client.payOrder({ order: 'o-2' }),
  (client) => client.payOrder({ order: 'o-2' }),
  (client) => client.getOrderDetail({ order: 'o-2' }),
  (client) => client.renewInstance({ id: 'r-3', period: 1 }),
  (client) => client.modifyInstanceSpec({ id: 'r-3', instanceClass: 'redis.master.mid.default' }),
  (client) => client.describePrice({ orderType: 'RENEW', id: 'r-3' }),
  (client) => client.modifyInstanceAutoRenewalAttribute({ id: 'r-3', autoRenew: false }),
  (client) => client.transformInstanceChargeType({ id: 'r-3', chargeType: 'PostPaid' }),
  (client) => client.deleteInstance({ id: 'none' }),
  (client) => client.endInstance({ id: 'r-3' }),
  (client) => client.endInstance({ id: 'r-3', agreed: true }),
  (client) => client.queryOrders({ instance: 'r-3' }),
  (client) => client.describeInstances({ all: true }),
  (client) => client.listEvents({ type: 'state-changed' }),
  (client) => client.listEvents({ after: 5, limit: 5, instance: 'r-1' }),
  (client) => client.listEvents(),
  (client) => client.listEvents({ type: 'charged,melted' }),
  (client) => client.listEvents({ clause: '7.2', to: '2026-01-02', order: 'desc', limit: 2 }),
  (client) => client.describeTimeline({ instance: 'r-1', limit: 3 }),
  (client) => client.interruptClock(),
  (client) => client.reset(),
  (client) => client.listEvents(),
];

const FILES = new Set(['exportBackup', 'importBackup']);

async function answersOf(client: ActionClient): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const call of CONVERSATION) {
    answers.push(await call(client).catch((error: unknown) => ({ thrown: error })));
  }
  return answers;
}

/** Ports are the system's choice. */
function withoutPorts(answers: unknown): unknown {
  const text = JSON.stringify(answers, (_, value: unknown) =>
    value instanceof SimulatorError
      ? { code: value.code, details: value.details, message: value.message }
      : value,
  );
  return JSON.parse(
    text.replace(/"port":\d+/g, '"port":0').replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:0'),
  );
}

test('every action answers over HTTP exactly as it does in process, refusals included', async () => {
  await using near = await simulator();
  await using other = await simulator();
  const far = connectTo({ url: other.apiUrl ?? '', token: undefined });
  const called = new Set<string>();
  const watched = new Proxy(far, {
    get: (client, name) => {
      called.add(String(name));
      return Reflect.get(client, name) as unknown;
    },
  });
  const [inProcess, overHttp] = await Promise.all([answersOf(near), answersOf(watched)]);
  expect(withoutPorts(overHttp)).toEqual(withoutPorts(inProcess));
  // Files stream: test/e2e/backups.test.ts carries them both ways.
  const expected = Object.keys(near).filter((name) => isAction(name) && !FILES.has(name));
  expect([...called].sort()).toEqual(expected.sort());
});

function isAction(name: string): boolean {
  return Object.hasOwn(ACTIONS, name.charAt(0).toUpperCase() + name.slice(1));
}

test('a curl user may leave out the body, the content type and the end of a path', async () => {
  await using sim = await simulator();
  const { apiUrl } = sim;
  const made = await ask(apiUrl, '/v1/instances/', { method: 'POST' });
  expect(made.status).toBe(200);
  expect(made.body).toMatchObject({ id: 'r-1', state: 'active' });
  const moved = await ask(apiUrl, '/v1/clock/advance?by=90m', { method: 'POST' });
  expect(moved.body).toMatchObject({ clock: { now: '2026-01-01T01:30:00Z' } });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const asked = { method: 'POST', headers, body: '{"amount":1}' };
  expect((await ask(apiUrl, '/v1/accounts/default/top-up', asked)).body).toMatchObject({
    balance: '100.79',
  });
  const gone = await ask(apiUrl, '/v1/instances/r-1', { method: 'DELETE' });
  expect(gone.body).toMatchObject({ state: 'released' });
});

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: BodySchema }>>;
  };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

interface BodySchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

test('the API describes itself: OpenAPI 3 names every action, its path, its fields and its answers', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  const { status, headers, body } = await ask(sim.apiUrl, '/v1/openapi.json');
  expect(status).toBe(200);
  expect(headers['content-type']).toContain('application/json');
  const api = body as OpenApi;
  expect(api.openapi).toMatch(/^3\.\d+\.\d+$/);
  expect(api.info).toMatchObject({ title: 'Frostgate' });
  const described = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, one]) => `${one.operationId} ${method.toUpperCase()} ${path}`,
    ),
  );
  const actions = Object.values(ACTIONS);
  expect(described.sort()).toEqual(
    actions.map(({ name, method, path }) => `${name} ${method} ${braced(path)}`).sort(),
  );
  for (const action of actions) {
    const operation = api.paths[braced(action.path)]?.[action.method.toLowerCase()];
    const { parameters = [], requestBody, responses, summary } = operation ?? ({} as Operation);
    expect(summary).toBe(action.summary);
    const inPath = parameters.filter((one) => one.in === 'path');
    const fieldsInPath = [...action.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    expect(inPath.map(({ name }) => name)).toEqual(fieldsInPath);
    expect(inPath.every(({ required }) => required)).toBe(true);
    const schema = requestBody?.content['application/json']?.schema;
    // A file is the body itself.
    const file = fileFieldOf(action.input);
    expect(requestBody?.content['application/octet-stream'] !== undefined).toBe(file !== undefined);
    const inBody = file === undefined ? Object.keys(schema?.properties ?? {}) : [file];
    const fields = [...parameters.map(({ name }) => name), ...inBody];
    expect(fields.sort()).toEqual(Object.keys(action.input.properties).sort());
    const required = [
      ...parameters.filter((one) => one.required && one.in === 'query').map(({ name }) => name),
      ...(schema?.required ?? []),
    ];
    const wanted = requiredFields(action.input).filter(
      (name) => !fieldsInPath.includes(name) && name !== file,
    );
    expect(required.sort()).toEqual(wanted.sort());
    expect(Object.keys(responses).sort()).toEqual(['200', 'default']);
  }
});

function braced(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

interface Message {
  readonly id: number;
  readonly event: string;
  readonly data: EventView;
}

/** A reader of the stream as a browser is one; it reads only when it is asked to. */
class Reader {
  #text = '';
  readonly #chunks: AsyncIterator<string>;

  private constructor(readonly response: IncomingMessage) {
    this.#chunks = (response.setEncoding('utf8') as AsyncIterable<string>)[Symbol.asyncIterator]();
  }

  static async open(url: string | null, query = '', headers = {}): Promise<Reader> {
    const response = await open(url, `/v1/events/stream${query}`, { headers });
    expect(response.headers['content-type']).toBe('text/event-stream');
    const reader = new Reader(response);
    onTestFinished(() => {
      response.destroy();
    });
    return reader;
  }

  /** The next message, or null at the end. */
  async next(): Promise<Message | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end === -1) {
        const chunk = await this.#chunks.next();
        if (chunk.done) return null;
        this.#text += chunk.value;
        continue;
      }
      const block = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      const fields = new Map(
        block.split('\n').map((line) => {
          const at = line.indexOf(': ');
          return [line.slice(0, at), line.slice(at + 2)];
        }),
      );
      const data = fields.get('data');
      if (data === undefined) continue; // a comment
      const event = JSON.parse(data) as EventView;
      return { id: Number(fields.get('id')), event: fields.get('event') ?? '', data: event };
    }
  }

  async take(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) {
      const message = await this.next();
      if (!message) throw new Error(`the stream ended after ${String(messages.length)} messages`);
      messages.push(message);
    }
    return messages;
  }
}

test('the event stream tells what happened, and then what happens', async () => {
  await using sim = await simulator();
  await sim.createInstance();
  const reader = await Reader.open(sim.apiUrl);
  const past = await reader.take(4);
  expect(past.map(({ data }) => data)).toEqual((await sim.listEvents()).events);
  await sim.setAccountBalance({ balance: 0 });
  await sim.advanceClock({ by: '1h' });
  const live = await reader.take(4);
  expect(live.map(({ id, event }) => `${String(id)} ${event}`)).toEqual([
    '5 balance-set',
    '6 charged',
    '7 arrears-began',
    '8 state-changed',
  ]);
  expect(live.map(({ data }) => data)).toEqual((await sim.listEvents({ after: 4 })).events);
});

test('a reader that comes back goes on where it was: Last-Event-ID, or `after`', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  await sim.createInstance();
  await sim.advanceClock({ by: '1d' });
  const header = await Reader.open(sim.apiUrl, '', { 'last-event-id': '20' });
  expect((await header.take(2)).map(({ id }) => id)).toEqual([21, 22]);
  const query = await Reader.open(sim.apiUrl, '?after=20');
  expect((await query.take(2)).map(({ id }) => id)).toEqual([21, 22]);
  // What a browser sends when it comes back is newer than the address it began with.
  const both = await Reader.open(sim.apiUrl, '?after=3', { 'last-event-id': '20' });
  expect((await both.take(1)).map(({ id }) => id)).toEqual([21]);
});

test('the event stream can be narrowed to an instance and a type', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  await sim.createInstance();
  await sim.createInstance();
  const reader = await Reader.open(sim.apiUrl, '?instance=r-2&type=state-changed');
  expect((await reader.take(1))[0]?.data.text).toBe('r-2 creating -> active (created)');
  await sim.deleteInstance({ id: 'r-1' });
  await sim.deleteInstance({ id: 'r-2' });
  expect((await reader.take(1))[0]?.data.text).toBe('r-2 active -> released (released)');
});

test.each([
  ['?after=x', {}, 'InvalidInput', 'after: must be a whole number, got "x"'],
  ['?after=-1', {}, 'InvalidInput', 'after: must be >= 0, got "-1"'],
  ['', { 'last-event-id': 'soon' }, 'InvalidInput', 'after: must be a whole number, got "soon"'],
  ['?type=nope', {}, 'InvalidInput', `type: must be one of ${EVENT_TYPES.join(', ')}, got "nope"`],
  ['?instance=r-9', {}, 'InstanceNotFound', 'no instance "r-9"'],
  ['?limit=5', {}, 'UnknownField', 'unknown field "limit" in the event stream'],
  ['?since=5', {}, 'UnknownField', 'unknown field "since" in ListEvents'],
])(
  'a stream that cannot be as asked for does not begin: %s %o',
  async (query, headers, code, message) => {
    await using sim = await startSimulator({ engine: 'fake' });
    const refused = await ask(sim.apiUrl, `/v1/events/stream${query}`, { headers });
    const { error } = refused.body as Refusal;
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(refused.headers['content-type']).toContain('application/json');
  },
);

test('two readers get the same events, each at its own pace, and one that goes is no loss to the other', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  await sim.createInstance();
  await sim.setAccountBalance({ balance: 1_000_000 });
  const [eager, late] = [await Reader.open(sim.apiUrl), await Reader.open(sim.apiUrl)];
  const first = await eager.take(5);
  await sim.advanceClock({ by: '100d' });
  const rest = await eager.take(2400);
  eager.response.destroy();
  await sim.advanceClock({ by: '1h' });
  expect(await late.take(2405)).toEqual([...first, ...rest]);
  // 2400 hours and a daily backup in each of a hundred days: two events of each of them.
  const told = [...first, ...rest].map(({ data }) => data.seq);
  expect(told).toEqual(told.map((_, at) => at + 1));
  expect((await late.take(1))[0]?.data.seq).toBe(told.length + 1);
});

test('a stream ends in order when the simulator does', async () => {
  const sim = await startSimulator({ engine: 'fake' });
  const readers = await Promise.all(Array.from({ length: 20 }, () => Reader.open(sim.apiUrl)));
  await Promise.all(readers.map((reader) => reader.take(2)));
  const ends = readers.map((reader) => reader.next());
  await sim.close();
  expect(await Promise.all(ends)).toEqual(Array.from({ length: 20 }, () => null));
  expect(readers.every(({ response }) => response.complete)).toBe(true);
});

test('a reader that does not read gets no more than a page ahead, and misses nothing in the end', async () => {
  const responses: ServerResponse[] = [];
  const seen = (started: unknown): void => {
    const { request, response } = started as { request: IncomingMessage; response: ServerResponse };
    if (request.url?.startsWith('/v1/events/stream')) responses.push(response);
  };
  subscribe('http.server.request.start', seen);
  onTestFinished(() => void unsubscribe('http.server.request.start', seen));
  await using sim = await startSimulator({ engine: 'fake' });
  for (let i = 0; i < 5; i += 1) await sim.createInstance();
  await sim.setAccountBalance({ balance: 1_000_000 });
  const reader = await Reader.open(sim.apiUrl);
  // 43,800 charges, some 15 MB: more than sockets take that nobody reads from.
  await sim.advanceClock({ by: '365d' });
  const [response] = responses;
  await until('the reader holds its stream up', () => response?.writableNeedDrain === true);
  const last = (await sim.listEvents({ after: 43_000 })).events.at(-1)?.seq ?? 0;
  await sim.advanceClock({ by: '1h' });
  expect(response?.writableLength).toBeLessThan(512 * 1024);
  const read = await reader.take(last + 5);
  expect(read.map(({ id }) => id)).toEqual(Array.from({ length: last + 5 }, (_, i) => i + 1));
});

test('an API that is asked during a long advance answers at once, with where the clock is', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  await sim.setAccountBalance({ balance: 1_000_000 });
  await sim.createInstance();
  let isOver = false;
  const advance = sim.advanceClock({ by: '10000d' }).then(
    () => (isOver = true),
    (error: unknown) => error,
  );
  await until('the advance is under way', async () => {
    const { state, target, now } = await sim.getClock();
    expect(isOver).toBe(false);
    return state === 'advancing' && target === '2053-05-19T00:00:00Z' && now > '2026-01-01T00:00Z';
  });
  const clock = (await ask(sim.apiUrl, '/v1/clock')).body;
  expect(clock).toMatchObject({ state: 'advancing', target: '2053-05-19T00:00:00Z' });
  expect(isOver).toBe(false);
  await sim.close();
  expect(await advance).toMatchObject({ code: 'AdvanceFailed' });
});

test('reading changes nothing', async () => {
  await using sim = await simulator();
  using redis = redisOf(await sim.createInstance());
  await sim.createOrder({ period: 1 });
  await redis.set('greeting', 'hello');
  for (const call of CASE_CALLS) await call(sim).catch(() => undefined);
  const before = await worldOf(sim);
  const ids: Readonly<Record<string, string>> = {
    id: 'r-1',
    account: 'default',
    order: 'o-1',
    instance: 'r-1',
    name: 'tos',
    ...CASE_IDS,
  };
  for (const { path } of Object.values(ACTIONS).filter(({ method }) => method === 'GET')) {
    // None was founded, taken or added.
    if (/:(claim|backup|abuse)/.test(path) || path === '/v1/classes/:name') continue;
    const asked = path.replace(/:(\w+)/, (_, field: string) => ids[field] ?? '');
    expect((await ask(sim.apiUrl, asked)).status, asked).toBe(200);
    expect((await ask(sim.apiUrl, asked, { method: 'HEAD' })).status).toBe(404);
  }
  expect(await worldOf(sim)).toEqual(before);
});
