/** What is true of the Docker engine alone: labels, images, networks, and who ends what. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reachDocker, type Docker } from '../../src/control-plane/engines/docker-daemon.js';
import {
  DEFAULT_DOCKER_IMAGE,
  DockerEngine,
  type DockerEngineOptions,
} from '../../src/control-plane/engines/docker.js';
import { dockerTraces, killContainer, removeTraces, whyNoDocker } from '../support/docker.js';
import { startEngineChild } from '../support/engine-child.js';
import { connectTo, specOf } from '../support/backends.js';
import { until } from '../support/raw-client.js';

const missing = await whyNoDocker();
const leftOut = missing === null ? '' : `, LEFT OUT: ${missing}`;

describe.skipIf(missing !== null)(`the Docker engine${leftOut}`, () => {
  let daemon: Docker;
  const opened: DockerEngine[] = [];
  const simulators = new Set<string>();
  /** What else a test has made in Docker. */
  const further: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    daemon = await reachDocker(undefined);
  });

  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close();
    for (const simulatorId of simulators) await removeTraces(simulatorId);
    simulators.clear();
    for (const remove of further.splice(0).reverse()) await remove();
  });

  async function open(
    simulatorId: string,
    changed: Partial<DockerEngineOptions> = {},
  ): Promise<DockerEngine> {
    simulators.add(simulatorId);
    const context = { simulatorId, secret: 's', log: () => undefined };
    const engine = await DockerEngine.open({ context, image: DEFAULT_DOCKER_IMAGE, ...changed });
    opened.push(engine);
    return engine;
  }

  function containerOf(simulatorId: string, instanceId: string) {
    return daemon.getContainer(`frostgate-${simulatorId.slice(0, 8)}-${instanceId}`);
  }

  test('the container has our labels, none of the reaper, a volume, and no password in it', async () => {
    const simulatorId = randomUUID();
    const { password } = await (await open(simulatorId)).up(specOf('r-1'));
    const inspected = await containerOf(simulatorId, 'r-1').inspect();
    const labels = Object.keys(inspected.Config.Labels);
    expect(labels).toEqual(
      expect.arrayContaining(['dev.frostgate.simulator', 'dev.frostgate.instance']),
    );
    expect(labels.filter((label) => label.includes('testcontainers'))).toEqual([]);
    expect(inspected.Mounts).toMatchObject([{ Type: 'volume', Destination: '/data' }]);
    expect(inspected.HostConfig.RestartPolicy?.Name).toMatch(/^(no)?$/);
    expect(Object.values(inspected.NetworkSettings.Ports).flat()).toMatchObject([
      { HostIp: '127.0.0.1' },
    ]);
    expect(JSON.stringify(inspected)).not.toContain(password);
  });

  test('closing stops the containers and leaves their volumes', async () => {
    const simulatorId = randomUUID();
    const engine = await open(simulatorId);
    await engine.up(specOf('r-1'));
    await engine.close();
    const { State } = await containerOf(simulatorId, 'r-1').inspect();
    expect([State.Running, State.ExitCode]).toEqual([false, 0]);
    expect(await dockerTraces(simulatorId)).toHaveLength(2);
  });

  test('a container gets no more processor time than its quota, which changes while it runs, and goes again', async () => {
    const simulatorId = randomUUID();
    const engine = await open(simulatorId);
    const backend = await engine.up(specOf('r-1', { cpuCores: 0.1 }));
    using redis = connectTo(backend);
    const quota = async () => {
      const { HostConfig, State } = await containerOf(simulatorId, 'r-1').inspect();
      return [HostConfig.CpuQuota, HostConfig.CpuPeriod, State.StartedAt];
    };
    const [, , startedAt] = await quota();
    expect(await quota()).toEqual([10_000, 100_000, startedAt]);
    const narrow = await burn(redis, 1e7);
    // A tenth of each tenth of a second; what it did not use of one before is little.
    expect(narrow.share).toBeLessThan(0.15);
    await engine.up(specOf('r-1', { cpuCores: 64 }));
    expect(await quota()).toEqual([6_400_000, 100_000, startedAt]);
    const wide = await burn(redis, 1e7);
    expect(wide.share).toBeGreaterThan(narrow.share);
    await engine.up(specOf('r-1', { cpuCores: 0.001 }));
    expect((await quota())[0]).toBe(1_000);
    await engine.up(specOf('r-1', { cpuCores: null }));
    expect((await quota())[0]).toBe(-1);
    expect(await redis.ping()).toBe('PONG');
  });

  test('a container that runs on without its simulator is taken over as it is', async () => {
    const simulatorId = randomUUID();
    const before = await (await open(simulatorId)).up(specOf('r-1', { writesRefused: true }));
    using redis = connectTo(before);
    await redis.ping();
    // The first engine is not closed: it stands for a simulator that was killed.
    const next = await open(simulatorId);
    expect(await next.list()).toEqual(['r-1']);
    const after = await next.up(specOf('r-1'));
    expect(after.port).toBe(before.port);
    expect(await redis.set('key', 'value')).toBe('OK'); // the connection went through it all
  });

  test('a container made from another image is kept: its data is what counts', async () => {
    const simulatorId = randomUUID();
    await (await open(simulatorId)).up(specOf('r-1'));
    const { Id } = await containerOf(simulatorId, 'r-1').inspect();
    const image = await imageFrom(simulatorId, 'CMD ["redis-server"]');
    await (await open(simulatorId, { image })).up(specOf('r-1'));
    expect((await containerOf(simulatorId, 'r-1').inspect()).Id).toBe(Id);
  });

  test('a container that was removed by hand is made again around its volume', async () => {
    const simulatorId = randomUUID();
    const engine = await open(simulatorId);
    {
      using redis = connectTo(await engine.up(specOf('r-1')));
      await redis.set('key', 'value');
    }
    await containerOf(simulatorId, 'r-1').remove({ force: true });
    using redis = connectTo(await engine.up(specOf('r-1')));
    expect(await redis.get('key')).toBe('value');
  });

  test('a paused container goes on', async () => {
    const simulatorId = randomUUID();
    const engine = await open(simulatorId);
    const backend = await engine.up(specOf('r-1'));
    await containerOf(simulatorId, 'r-1').pause();
    await engine.up(specOf('r-1'));
    using redis = connectTo(backend);
    expect(await redis.ping()).toBe('PONG');
  });

  test.each([
    ['at once', ''],
    // Long enough to be taken for a server that is starting; an image need not have `sleep`.
    ['after a moment', 'i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done; '],
  ])('an image that ends %s, being no Redis, is told by its own last words', async (_, first) => {
    const simulatorId = randomUUID();
    const script = `${first}echo I am no Redis; exit 3`;
    const entrypoint = JSON.stringify(['/bin/sh', '-c', script]);
    const image = await imageFrom(simulatorId, `ENTRYPOINT ${entrypoint}`);
    const engine = await open(simulatorId, { image });
    await expect(engine.up(specOf('r-2'))).rejects.toMatchObject({
      code: 'EngineFailed',
      message: expect.stringContaining('exit code 3: I am no Redis') as string,
    });
    await engine.remove('r-2');
    expect(await engine.list()).toEqual([]);
  });

  test('an image that Docker has not and cannot get is told when the engine is opened', async () => {
    const image = 'localhost:1/frostgate/no-such-image:1';
    await expect(open(randomUUID(), { image })).rejects.toMatchObject({
      code: 'EngineNotAvailable',
      message: expect.stringContaining(`Docker has no image ${image} and cannot pull it`) as string,
    });
  });

  test('an ephemeral simulator that is killed leaves containers that the next one removes', async () => {
    const simulatorId = randomUUID();
    simulators.add(simulatorId);
    const alive = randomUUID();
    const living = await open(alive, { ephemeral: true });
    await living.up(specOf('r-1'));
    await using child = await startEngineChild(
      `(await import(engines + '/docker.js')).DockerEngine.open({
        context: { simulatorId: '${simulatorId}', secret: 's', log() {} },
        image: '${DEFAULT_DOCKER_IMAGE}', ephemeral: true })`,
    );
    await child.kill();
    expect(await dockerTraces(simulatorId)).toHaveLength(2);
    await open(randomUUID());
    expect(await dockerTraces(simulatorId)).toEqual([]);
    expect(await living.list()).toEqual(['r-1']); // not those of one that lives
  });

  describe('with a network', () => {
    test('publishes nothing, and is reached by its address there', async () => {
      const simulatorId = randomUUID();
      const network = await newNetwork();
      const backend = await (await open(simulatorId, { network })).up(specOf('r-1'));
      const { NetworkSettings } = await containerOf(simulatorId, 'r-1').inspect();
      expect(Object.keys(NetworkSettings.Networks)).toEqual([network]);
      expect(Object.values(NetworkSettings.Ports).flat().filter(Boolean)).toEqual([]);
      expect([backend.host, backend.port]).toEqual([
        NetworkSettings.Networks[network]?.IPAddress,
        6379,
      ]);
      using redis = connectTo(backend);
      expect(await redis.ping()).toBe('PONG');
    });

    test('that was made anew in the meantime, the data comes along', async () => {
      const simulatorId = randomUUID();
      const network = await newNetwork();
      const engine = await open(simulatorId, { network });
      {
        using redis = connectTo(await engine.up(specOf('r-1')));
        await redis.set('key', 'value');
      }
      await engine.close();
      await daemon.getNetwork(network).remove();
      await daemon.createNetwork({ Name: network });
      using redis = connectTo(await (await open(simulatorId, { network })).up(specOf('r-1')));
      expect(await redis.get('key')).toBe('value');
    });

    test('that is asked for later, the data comes along, and back again', async () => {
      const simulatorId = randomUUID();
      {
        using redis = connectTo(await (await open(simulatorId)).up(specOf('r-1')));
        await redis.set('key', 'value');
      }
      const network = await newNetwork();
      {
        using redis = connectTo(await (await open(simulatorId, { network })).up(specOf('r-1')));
        expect(await redis.get('key')).toBe('value');
      }
      using redis = connectTo(await (await open(simulatorId)).up(specOf('r-1')));
      expect(await redis.get('key')).toBe('value');
    });

    test('that does not exist is told when the engine is opened', async () => {
      await expect(open(randomUUID(), { network: 'no-such-network' })).rejects.toThrow(
        'Docker has no network "no-such-network"',
      );
    });
  });

  test('a container that starts again by other hands refuses writes until it is told to take them', async () => {
    const simulatorId = randomUUID();
    const engine = await open(simulatorId);
    const { password } = await engine.up(specOf('r-1'));
    await killContainer(simulatorId, 'r-1');
    const container = containerOf(simulatorId, 'r-1');
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const port = Number(NetworkSettings.Ports['6379/tcp']?.[0]?.HostPort);
    await until('Redis answers', async () => {
      using early = connectTo({ host: '127.0.0.1', port, password });
      return await early.ping().then(
        () => true,
        () => false,
      );
    });
    using redis = connectTo({ host: '127.0.0.1', port, password });
    await expect(redis.set('key', 'value')).rejects.toThrow('NOREPLICAS');
    expect((await engine.up(specOf('r-1'))).port).toBe(port);
    using after = connectTo({ host: '127.0.0.1', port, password });
    expect(await after.set('key', 'value')).toBe('OK');
  });

  async function newNetwork(): Promise<string> {
    const name = `frostgate-test-${randomUUID().slice(0, 8)}`;
    await daemon.createNetwork({ Name: name });
    further.push(() => daemon.getNetwork(name).remove());
    return name;
  }

  /** An image like the default one but for one line. */
  async function imageFrom(simulatorId: string, line: string): Promise<string> {
    const repo = `frostgate-test-${simulatorId.slice(0, 8)}`;
    const container = await daemon.createContainer({ Image: DEFAULT_DOCKER_IMAGE });
    await container.commit({ repo, changes: line });
    await container.remove({ v: true });
    further.push(() => daemon.getImage(repo).remove());
    return `${repo}:latest`;
  }
});

/** Counts so far in a script. `share`: the processor time of it, of the time that went by. */
async function burn(redis: Redis, to: number): Promise<{ readonly share: number }> {
  const used = async () => {
    const info = await redis.info('cpu');
    const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
    return seconds('used_cpu_user') + seconds('used_cpu_sys');
  };
  const [before, began] = [await used(), performance.now()];
  await redis.eval(`local n = 0 for i = 1, ${String(to)} do n = n + i % 7 end return n`, 0);
  return { share: ((await used()) - before) / ((performance.now() - began) / 1000) };
}
