import { Redis } from 'ioredis';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startSimulator, type EventView, type Simulator } from '../../src/index.js';

/** What README's story says, without the hourly charges: virtual time, what happened, clause. */
function told(events: readonly EventView[]): string {
  return events
    .filter(({ type }) => type !== 'charged')
    .map(({ at, text, clause }) => `${at} ${text}${clause ? ` [${clause}]` : ''}`)
    .join('\n');
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    (value) => `no error, but ${String(value)}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

test('an application whose account runs dry works on for 24 hours, is refused writes for seven days, and is gone then', async () => {
  await using sim = await startSimulator({ engine: 'process' });
  const { port } = await sim.createInstance({ name: 'demo' });
  const redis = new Redis(port ?? 0, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined); // the last line of the story
  expect(await redis.set('greeting', 'hello')).toBe('OK');

  await sim.setAccountBalance({ balance: 0 });
  await sim.advanceClock({ by: '2h' });
  expect(await redis.set('greeting', 'hi')).toBe('OK'); // 24 hours of grace
  await sim.advanceClock({ by: '24h' });
  expect(await redis.get('greeting')).toBe('hi');
  expect(await messageOf(redis.set('greeting', 'x'))).toBe(
    "NOWRITE You can't write against a non-write redis",
  );

  // Paid: active at once, on the connection that is open.
  await sim.topUpAccount({ amount: 100 });
  expect(await redis.set('greeting', 'back')).toBe('OK');

  await sim.setAccountBalance({ balance: 0 });
  const ended = once(redis, 'end');
  await sim.advanceClock({ by: '9d' });
  await ended;
  await expect(connected(port ?? 0)).rejects.toThrow('ECONNREFUSED');
  const { instances } = await sim.describeInstances({ all: true });
  expect(instances.map(({ id, state }) => `${id} ${state}`)).toEqual(['r-1 deleted']);
  const { events } = await sim.listEvents({ limit: 10_000 });
  // Daily backups are another story: test/e2e/backups.test.ts.
  const paid = events.filter(({ type }) => type !== 'backup-finished');
  expect(told(paid)).toMatchInlineSnapshot(`
    "2026-01-01T00:00:00Z account default opened
    2026-01-01T00:00:00Z account default topped up by 100.00 CNY, balance 100.00
    2026-01-01T00:00:00Z r-1 requested: redis.master.small.default at 0.21 CNY an hour [2.1]
    2026-01-01T00:00:00Z r-1 creating -> active (created) [7.1]
    2026-01-01T00:00:00Z balance of account default set to 0.00 CNY
    2026-01-01T01:00:00Z account default owes 0.21 CNY [7.2.3.1]
    2026-01-01T01:00:00Z r-1 active -> overdue (arrears-began) [7.2.3.1]
    2026-01-02T01:00:00Z r-1 overdue -> frozen (grace-ended) [7.2.3.1]
    2026-01-02T02:00:00Z account default topped up by 100.00 CNY, balance 94.54
    2026-01-02T02:00:00Z account default owes nothing any more [7.2.3.1]
    2026-01-02T02:00:00Z r-1 frozen -> active (arrears-ended) [7.2.3.1]
    2026-01-02T02:00:00Z balance of account default set to 0.00 CNY
    2026-01-02T03:00:00Z account default owes 0.21 CNY [7.2.3.1]
    2026-01-02T03:00:00Z r-1 active -> overdue (arrears-began) [7.2.3.1]
    2026-01-03T03:00:00Z r-1 overdue -> frozen (grace-ended) [7.2.3.1]
    2026-01-10T03:00:00Z r-1 frozen -> deleted (retention-ended) [7.2.3.2]"
  `);
});

test('the same story in the terms of any other language: bytes on a socket and JSON over HTTP', async () => {
  await using sim = await startSimulator({ engine: 'process' });
  const made = await api(sim, 'POST', '/v1/instances', {});
  const port = Number(made.port);
  const socket = await connected(port);
  const says = conversation(socket);
  expect(await says('*3\r\n$3\r\nSET\r\n$8\r\ngreeting\r\n$5\r\nhello\r\n')).toBe('+OK\r\n');

  await api(sim, 'PUT', '/v1/accounts/default/balance', { balance: 0 });
  await api(sim, 'POST', '/v1/clock/advance', { by: '2h' });
  expect(await says('SET greeting hi\r\n')).toBe('+OK\r\n');
  await api(sim, 'POST', '/v1/clock/advance', { by: '24h' });
  expect(await says('GET greeting\r\n')).toBe('$2\r\nhi\r\n');
  expect(await says('SET greeting x\r\n')).toBe(
    "-NOWRITE You can't write against a non-write redis\r\n",
  );
  await api(sim, 'POST', '/v1/accounts/default/top-up', { amount: '100' });
  expect(await says('SET greeting back\r\n')).toBe('+OK\r\n');

  await api(sim, 'PUT', '/v1/accounts/default/balance', { balance: '0' });
  const closed = once(socket, 'close');
  await api(sim, 'POST', '/v1/clock/advance', { by: '9d' });
  await closed;
  await expect(connected(port)).rejects.toThrow('ECONNREFUSED');
  expect((await api(sim, 'GET', '/v1/instances/r-1')).state).toBe('deleted');
});

async function api(
  sim: Simulator,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const init = body ? { method, body: JSON.stringify(body) } : { method };
  const response = await fetch(`${sim.apiUrl ?? ''}${path}`, init);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Sends one command and resolves with the bytes of one reply, each of which comes in one piece here. */
function conversation(socket: Socket): (request: string) => Promise<string> {
  return async (request) => {
    const reply = once(socket, 'data') as Promise<[Buffer]>;
    socket.write(request);
    return (await reply)[0].toString();
  };
}
