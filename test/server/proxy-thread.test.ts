import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataPlaneError, ProxyThread, type EndpointSpec } from '../../src/server/index.js';
import { endpointSpec } from '../support/endpoint-spec.js';
import { RawClient } from '../support/raw-client.js';
import { RealRedis } from '../support/real-redis.js';
import { withMistake } from '../support/thread-with-mistake.js';

function specOf(redis: RealRedis, port: EndpointSpec['port'] = 0): EndpointSpec {
  return endpointSpec({ port, backend: { ...redis.address, commands: redis.commands } });
}

async function answerTo(port: number, request: string): Promise<string> {
  await using client = await RawClient.connect(port);
  client.send(Buffer.from(request));
  return await client.takeLine();
}

test('clients are served while the thread of the control plane does nothing but work', async () => {
  await using redis = await RealRedis.start();
  const directory = await mkdtemp(join(tmpdir(), 'frostgate-busy-'));
  const proxy = new ProxyThread(() => undefined);
  try {
    const { port } = await proxy.apply(specOf(redis));
    const file = join(directory, 'answer');
    const client = spawn('sh', ['-c', `redis-cli -p ${String(port)} ping > ${file}`]);
    const ended = once(client, 'exit');
    // From here on, no turn of this thread's event loop until the answer is there.
    const patience = performance.now() + 30_000;
    let answer = '';
    while (answer === '' && performance.now() < patience) {
      answer = existsSync(file) ? readFileSync(file, 'utf8') : '';
    }
    expect(answer).toBe('PONG\n');
    await ended;
  } finally {
    await proxy.close();
    await rm(directory, { recursive: true, force: true });
  }
});

test('an endpoint in a thread is opened, changed and closed like any other', async () => {
  await using redis = await RealRedis.start();
  const proxy = new ProxyThread(() => undefined);
  try {
    const { port } = await proxy.apply(specOf(redis));
    expect(await answerTo(port, 'SET a 1\r\n')).toBe('+OK');
    await proxy.apply({ ...specOf(redis), access: { reads: null, writes: 'NOWRITE no' } });
    expect(await answerTo(port, 'SET a 1\r\n')).toBe('-NOWRITE no');
    await proxy.settle('r-1');
    await proxy.remove('r-1');
    await expect(RawClient.connect(port)).rejects.toThrow('ECONNREFUSED');
  } finally {
    await proxy.close();
  }
});

test('why an endpoint cannot be opened comes back across the threads', async () => {
  await using redis = await RealRedis.start();
  const proxy = new ProxyThread(() => undefined);
  try {
    const taken = redis.address.port;
    const refused = await proxy.apply(specOf(redis, taken)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DataPlaneError);
    expect(refused).toMatchObject({ code: 'PortBusy', details: { port: String(taken) } });
  } finally {
    await proxy.close();
  }
});

test('a thread that dies by a mistake is followed by another one, with the same endpoint on the same port', async () => {
  await using redis = await RealRedis.start();
  await withMistake(async (entry) => {
    const log: string[] = [];
    const proxy = new ProxyThread((line) => log.push(line), entry);
    try {
      const { port } = await proxy.apply(specOf(redis));
      await expect(proxy.settle('mistake')).rejects.toThrow('a mistake of ours');
      await proxy.settle('r-1'); // the new one has taken over before it answers this
      expect(await answerTo(port, 'PING\r\n')).toBe('+PONG');
      expect(log.join('\n')).toContain('a mistake of ours');
    } finally {
      await proxy.close();
    }
  });
});

test('a thread that cannot start is not started over and over: whoever asks is told why', async () => {
  await using redis = await RealRedis.start();
  const missing = new URL('file:///no/such/thread.mjs');
  const proxy = new ProxyThread(() => undefined, missing);
  await expect(proxy.apply(specOf(redis))).rejects.toThrow('/no/such/thread.mjs');
  await expect(proxy.apply(specOf(redis))).rejects.toThrow('/no/such/thread.mjs');
  await proxy.close();
});
