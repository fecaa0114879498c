/** Docker that goes away in mid-flight. A file of its own: testcontainers looks at DOCKER_HOST once in a process. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { DEFAULT_DOCKER_IMAGE, DockerEngine } from '../../src/control-plane/engines/docker.js';
import { selectEngine } from '../../src/control-plane/engines/select-engine.js';
import { killContainer, removeTraces, whyNoDocker } from '../support/docker.js';
import { DockerSocket, REAL_SOCKET } from '../support/docker-socket.js';
import { connectTo, specOf } from '../support/backends.js';
import { until } from '../support/raw-client.js';

const socket = existsSync(REAL_SOCKET) ? await DockerSocket.open() : null;
if (socket) process.env.DOCKER_HOST = socket.url;
const missing = socket ? await whyNoDocker() : `there is no ${REAL_SOCKET}`;

const simulatorId = randomUUID();
const context = { simulatorId, secret: 's', log: () => undefined };
const options = { context, image: DEFAULT_DOCKER_IMAGE };

afterAll(async () => {
  if (missing === null) await removeTraces(simulatorId);
  await socket?.[Symbol.asyncDispose]();
});

const leftOut = missing === null ? '' : `, LEFT OUT: ${missing}`;
describe.skipIf(missing !== null)(`while Docker does not answer${leftOut}`, () => {
  test('every verb says so, and works once it answers again', async () => {
    const engine = await DockerEngine.open(options);
    try {
      const before = await engine.up(specOf('r-1'));
      await socket?.cut();
      for (const [verb, call] of [
        ['start', () => engine.up(specOf('r-1'))],
        ['start', () => engine.up(specOf('r-2'))],
        ['remove', () => engine.remove('r-3')],
        ['list', () => engine.list()],
      ] as const) {
        await expect(call()).rejects.toMatchObject({
          code: 'EngineFailed',
          details: { engine: 'docker', verb },
          message: expect.stringContaining('See that Docker answers') as string,
        });
      }
      // Redis itself goes on without Docker, and so do its clients.
      using redis = connectTo(before);
      expect(await redis.ping()).toBe('PONG');

      await socket?.mend();
      expect((await engine.up(specOf('r-1'))).port).toBe(before.port);
      await engine.up(specOf('r-2'));
      expect([...(await engine.list())].sort()).toEqual(['r-1', 'r-2']);
      await engine.remove('r-2');
    } finally {
      await socket?.mend();
      await engine.close();
    }
  });

  test('what ended meanwhile is told when it answers again, and later ends too', async () => {
    const engine = await DockerEngine.open(options);
    const lost: string[] = [];
    engine.onLost((instanceId) => lost.push(instanceId));
    try {
      await engine.up(specOf('r-1'));
      await socket?.cut();
      // Our own way to Docker is cut: somebody else ends the container.
      const name = `frostgate-${simulatorId.slice(0, 8)}-r-1`;
      execFileSync('docker', ['-H', `unix://${REAL_SOCKET}`, 'kill', name]);
      await socket?.mend();
      await until('the loss is told', () => lost.length === 1);

      await engine.up(specOf('r-1'));
      await killContainer(simulatorId, 'r-1');
      await until('the second loss is told', () => lost.length === 2);
      expect(lost).toEqual(['r-1', 'r-1']);
    } finally {
      await engine.close();
    }
  });

  test('closing does not fail, and says what it could not end', async () => {
    const notes: string[] = [];
    const engine = await DockerEngine.open({
      ...options,
      context: { ...context, log: (line) => notes.push(line) },
    });
    await engine.up(specOf('r-1'));
    await socket?.cut();
    await engine.close();
    await socket?.mend();
    expect(notes.join()).toContain(`dev.frostgate.simulator=${simulatorId}`);
  });

  test('auto takes the next engine, and says why', async () => {
    await socket?.cut();
    const { engine, reason } = await selectEngine({
      kind: 'auto',
      context,
      directory: '/nowhere',
      persistent: true,
      path: process.env.PATH ?? '',
      dockerHost: process.env.DOCKER_HOST,
      dockerImage: DEFAULT_DOCKER_IMAGE,
      external: [],
      flushExternal: [],
    });
    await engine.close();
    await socket?.mend();
    expect(engine.kind).toBe('process');
    expect(reason).toMatch(/^found here; Docker does not answer: \S/);
  });
});
