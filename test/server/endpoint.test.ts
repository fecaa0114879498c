import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandTables } from '../../src/server/command-tables.js';
import { Endpoint } from '../../src/server/endpoint.js';
import { DataPlaneError, ProxyServer, type EndpointSpec } from '../../src/server/index.js';
import { rowsIn } from '../support/command-rows.js';
import { endpointSpec } from '../support/endpoint-spec.js';
import { RawClient, until } from '../support/raw-client.js';
import { RealRedis } from '../support/real-redis.js';

const TEMPORARY_FAILURE = '-ERR redis temporary failure\r\n';

let proxy: ProxyServer;
let disposables: AsyncDisposable[];
let servers: Server[];
beforeEach(() => {
  proxy = new ProxyServer();
  disposables = [];
  servers = [];
});
afterEach(async () => {
  await proxy.close();
  for (const disposable of disposables.reverse()) await disposable[Symbol.asyncDispose]();
  for (const server of servers) server.close();
});

function backendAt(port: number, password = 'secret'): NonNullable<EndpointSpec['backend']> {
  return { host: '127.0.0.1', port, username: 'default', password, commands: '[]' };
}

async function startRedis(): Promise<RealRedis> {
  const redis = await RealRedis.start();
  disposables.push(redis);
  return redis;
}

async function connect(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  disposables.push(client);
  return client;
}

/** Somebody else on a port. */
async function occupy(port: number): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** A free port that no outgoing connection gets by chance: below the range that systems give away. */
async function quietPort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    if (await canListen(port)) return port;
  }
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  await new Promise((resolve) => server.close(resolve));
  return isFree;
}

async function problemOf(work: Promise<unknown>): Promise<DataPlaneError> {
  const problem: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (problem instanceof DataPlaneError) return problem;
  throw new Error(`not a DataPlaneError: ${String(problem)}`);
}

async function isListening(port: number): Promise<boolean> {
  return RawClient.connect(port).then(
    (client) => client[Symbol.asyncDispose]().then(() => true),
    () => false,
  );
}

describe('the port of an endpoint', () => {
  test('is told, and stays the same however often it is applied', async () => {
    const { port } = await proxy.apply(endpointSpec());
    expect(port).toBeGreaterThan(0);
    expect(await proxy.apply(endpointSpec({ port }))).toEqual({ port });
    expect(await isListening(port)).toBe(true);
  });

  test('that is busy is refused', async () => {
    const port = await occupy(0);
    const problem = await problemOf(proxy.apply(endpointSpec({ port })));
    expect(problem.code).toBe('PortBusy');
    expect(problem.details).toMatchObject({ host: '127.0.0.1', port: String(port) });
  });

  test('may be had once it is free again', async () => {
    const port = await occupy(await quietPort());
    await problemOf(proxy.apply(endpointSpec({ port })));
    const server = servers.pop();
    server?.close();
    if (server) await once(server, 'close');
    expect(await proxy.apply(endpointSpec({ port }))).toEqual({ port });
  });

  test('of a range is the first one that is free', async () => {
    const from = await firstOfThree();
    await occupy(from);
    const port = { from, to: from + 2 };
    expect(await proxy.apply(endpointSpec({ port }))).toEqual({ port: from + 1 });
    expect(await proxy.apply(endpointSpec({ port, instanceId: 'r-2' }))).toEqual({
      port: from + 2,
    });
    const problem = await problemOf(proxy.apply(endpointSpec({ port, instanceId: 'r-3' })));
    expect(problem.code).toBe('NoFreePort');
    expect(problem.details).toMatchObject({ from: String(from), to: String(from + 2) });
  });

  test('on a host that this machine has not is refused', async () => {
    const problem = await problemOf(proxy.apply(endpointSpec({ host: '192.0.2.1' })));
    expect(problem.code).toBe('ListenFailed');
    const range = { from: 50_000, to: 50_010 };
    expect(
      (await problemOf(proxy.apply(endpointSpec({ host: '192.0.2.1', port: range })))).code,
    ).toBe('ListenFailed');
  });

  async function firstOfThree(): Promise<number> {
    for (;;) {
      const from = await quietPort();
      if ((await canListen(from + 1)) && (await canListen(from + 2))) return from;
    }
  }
});

describe('a client', () => {
  test('that comes before there is a backend is answered once, and its connection ends', async () => {
    const { port } = await proxy.apply(endpointSpec());
    const client = await connect(port);
    client.send('PING\r\nPING\r\n');
    expect((await client.takeToEnd()).toString()).toBe(TEMPORARY_FAILURE);
  });

  test.each(['secret', ''])(
    'of a backend that takes no connections (password %j) is told so, and its connection ends',
    async (password) => {
      const backend = backendAt(await quietPort(), password);
      const { port } = await proxy.apply(endpointSpec({ backend }));
      const client = await connect(port);
      client.send('PING\r\n');
      expect((await client.takeToEnd()).toString()).toBe(TEMPORARY_FAILURE);
    },
  );

  test('of a backend that hangs up at once is told so, and its connection ends', async () => {
    const { port } = await proxy.apply(endpointSpec({ backend: backendAt(await occupy(0)) }));
    const client = await connect(port);
    expect((await client.takeToEnd()).toString()).toBe(TEMPORARY_FAILURE);
  });

  test('that the backend does not let in is told so, and its connection ends', async () => {
    const redis = await startRedis();
    const { port } = await proxy.apply(
      endpointSpec({ backend: backendAt(redis.address.port, 'wrong') }),
    );
    const client = await connect(port);
    client.send('PING\r\n');
    expect((await client.takeToEnd()).toString()).toBe(TEMPORARY_FAILURE);
  });

  test('is served by a Redis that takes everybody', async () => {
    const redis = await startRedis();
    await redis.control.call('ACL', 'SETUSER', 'default', 'nopass');
    const { port } = await proxy.apply(
      endpointSpec({ backend: backendAt(redis.address.port, '') }),
    );
    const client = await connect(port);
    expect(await client.ask('PING\r\nRESET\r\nPING\r\n')).toBe('+PONG\r\n+RESET\r\n+PONG\r\n');
  });

  test('sees its connection end when the backend dies; the next one is told why', async () => {
    const redis = await startRedis();
    const backend = { ...redis.address, commands: redis.commands };
    const { port } = await proxy.apply(endpointSpec({ backend }));
    const [busy, idle] = [await connect(port), await connect(port)];
    expect(await busy.ask('PING\r\n')).toBe('+PONG\r\n');
    expect(await idle.ask()).toBe('');
    busy.send('BLPOP l 0\r\n');
    await redis.kill();
    expect((await busy.takeToEnd()).toString()).toBe('');
    expect((await idle.takeToEnd()).toString()).toBe('');
    const next = await connect(port);
    next.send('PING\r\n');
    expect((await next.takeToEnd()).toString()).toBe(TEMPORARY_FAILURE);
  });

  test('is served by the new backend when there is another one', async () => {
    const [first, second] = [await startRedis(), await startRedis()];
    await second.control.set('a', 'second');
    const backendOf = ({ address, commands }: RealRedis) => ({ ...address, commands });
    const { port } = await proxy.apply(endpointSpec({ backend: backendOf(first) }));
    const client = await connect(port);
    expect(await client.ask('GET a\r\n')).toBe('$-1\r\n');
    expect(await proxy.apply(endpointSpec({ backend: backendOf(second) }))).toEqual({ port });
    const next = await connect(port);
    expect(await next.ask('GET a\r\n')).toBe('$6\r\nsecond\r\n');
    expect(await client.ask('GET a\r\n')).toBe('$-1\r\n');
  });

  test('leaves nothing behind at Redis when it goes, politely or not', async () => {
    const redis = await startRedis();
    const { port } = await proxy.apply(
      endpointSpec({ backend: { ...redis.address, commands: redis.commands } }),
    );
    const clients = [await connect(port), await connect(port), await connect(port)] as const;
    for (const client of clients) await client.ask();
    expect(await connectionsOf(redis)).toBe(1 + clients.length);
    clients[0].end();
    clients[1].destroy();
    clients[2].socket.resetAndDestroy();
    await until(
      'Redis has our own connection only',
      async () => (await connectionsOf(redis)) === 1,
    );
  });

  async function connectionsOf(redis: RealRedis): Promise<number> {
    return Number(/connected_clients:(\d+)/.exec(await redis.control.info('clients'))?.[1]);
  }
});

describe('an endpoint that is removed', () => {
  test('listens no more and ends its sessions; another one goes on', async () => {
    const redis = await startRedis();
    const backend = { ...redis.address, commands: redis.commands };
    const { port } = await proxy.apply(endpointSpec({ backend }));
    const other = await proxy.apply(endpointSpec({ backend, instanceId: 'r-2' }));
    const [client, stays] = [await connect(port), await connect(other.port)];
    await client.ask();
    client.send('BLPOP l 0\r\n');
    await proxy.remove('r-1');
    await client.takeToEnd();
    expect(await isListening(port)).toBe(false);
    expect(await stays.ask('PING\r\n')).toBe('+PONG\r\n');
  });

  test('ends the connections of those who wait for a backend', async () => {
    const { port } = await proxy.apply(endpointSpec());
    const client = await connect(port);
    await proxy.remove('r-1');
    expect((await client.takeToEnd()).toString()).toBe('');
  });

  test('may be removed again, applied again on the same port, and closed twice', async () => {
    await proxy.remove('never there');
    await proxy.settle('never there');
    const { port } = await proxy.apply(endpointSpec({ port: await quietPort() }));
    await Promise.all([proxy.remove('r-1'), proxy.remove('r-1')]);
    await proxy.remove('r-1');
    expect(await proxy.apply(endpointSpec({ port }))).toEqual({ port });
    await proxy.close();
    await proxy.close();
    expect(await isListening(port)).toBe(false);
  });
});

describe('what an open endpoint is told again', () => {
  test('leaves its table of commands as it is, unless there are others or others are open', async () => {
    const redis = await startRedis();
    const spec = endpointSpec({
      backend: { ...redis.address, commands: redis.commands },
      notOpen: { save: 'ERR no' },
    });
    const endpoint = await Endpoint.open(spec, new CommandTables(), () => undefined, 1_000);
    disposables.push({ [Symbol.asyncDispose]: () => endpoint.close() });
    const first = endpoint.commands;
    const find = (name: string) => endpoint.commands.find(Buffer.from(name), 0, name.length);
    // As it comes from another thread: nothing of it is the same object.
    endpoint.apply(structuredClone({ ...spec, access: { reads: null, writes: 'NOWRITE no' } }));
    endpoint.apply(structuredClone({ ...spec, backend: null }));
    endpoint.apply(structuredClone(spec));
    expect(endpoint.commands).toBe(first);

    endpoint.apply({ ...spec, notOpen: {} });
    expect([first.find(Buffer.from('save'), 0, 4)?.notOpen, find('save')?.notOpen]).toEqual([
      'ERR no',
      null,
    ]);
    const fewer = rowsIn(redis.commands).filter(({ name }) => name !== 'get');
    endpoint.apply({ ...spec, backend: { ...redis.address, commands: JSON.stringify(fewer) } });
    expect([find('get'), find('save')?.notOpen]).toEqual([undefined, 'ERR no']);
  });
});
