/**
 * The image of the Dockerfile, built as it stands: run by hand, by testcontainers, and by docker-compose.yml with each of its
 * profiles. Where no image can be pulled, what it is built from is a stand-in (scripts/base-images.mjs).
 */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  FrostgateContainer,
  type StartedFrostgateContainer,
} from '../../src/testing/testcontainers.js';
import { examples } from '../support/doc-examples.js';
import { needsImage, runProgram } from '../support/doc-programs.js';
import {
  BUILD_MS,
  buildImage,
  COMPOSES,
  composeWith,
  docker,
  freePorts,
  whyNoImage,
} from '../support/image.js';
import { until } from '../support/raw-client.js';

const NAME = `frostgate-test-${String(process.pid)}`;
const IMAGE = `${NAME}:latest`;
const START_MS = 180_000;
const missing = await whyNoImage();
const noCompose = COMPOSES.size === 0 ? 'no docker compose here' : null;
const leftOut = (why: string | null) => (why === null ? '' : `, LEFT OUT: ${why}`);

const isHealthy = async (container: string) =>
  (await docker('inspect', '-f', '{{.State.Health.Status}}', container)) === 'healthy';

/** Writes, sees the write refused once nobody has paid for 25 hours, and reads on. */
async function expectArrears(url: string, frostgate: (...args: string[]) => Promise<string>) {
  const redis = new Redis(url);
  try {
    expect(await redis.set('key', 'value')).toBe('OK');
    await frostgate('account', 'set-balance', '0');
    await frostgate('clock', 'advance', '26h');
    await expect(redis.set('key', 'other')).rejects.toThrow(/^NOWRITE/);
    expect(await redis.get('key')).toBe('value');
    await frostgate('account', 'top-up', '100');
    expect(await redis.set('key', 'other')).toBe('OK');
  } finally {
    redis.disconnect();
  }
}

describe.skipIf(missing !== null)(`the image of the Dockerfile${leftOut(missing)}`, () => {
  beforeAll(() => buildImage(IMAGE), BUILD_MS);
  afterAll(() => docker('image', 'rm', '--force', IMAGE));

  test(
    'docker run: its health check is met, and whoever is in it needs no token',
    async () => {
      const ports = ['7480', '6400'].flatMap((port) => ['-p', `127.0.0.1::${port}`]);
      await docker('run', '--detach', '--init', '--name', NAME, ...ports, IMAGE);
      try {
        await until('it is healthy', () => isHealthy(NAME), START_MS);
        const [redisAt = '', apiAt = ''] = await Promise.all(
          ['6400', '7480'].map((port) => docker('port', NAME, port)),
        );
        await expectArrears(`redis://${redisAt}`, (...args) =>
          docker('exec', NAME, 'frostgate', ...args),
        );
        expect((await fetch(`http://${apiAt}/v1/status`)).status).toBe(401);
        // In order: `docker stop` would kill it after ten seconds, with 137.
        await docker('stop', NAME);
        expect(await docker('inspect', '-f', '{{.State.ExitCode}}', NAME)).toBe('0');
      } finally {
        await docker('rm', '--force', '--volumes', NAME);
      }
    },
    START_MS,
  );

  describe('FrostgateContainer', () => {
    let container: StartedFrostgateContainer;
    beforeAll(async () => {
      // The reaper is an image of its own, which may not be there either: this file ends what it starts.
      process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
      container = await new FrostgateContainer(IMAGE).start();
    }, START_MS);
    afterAll(() => container.stop());

    test('an instance in it is frozen and paid for by a test, under a client on this machine', async () => {
      await using frostgate = await container.frostgate();
      const instance = await frostgate.createInstance();
      const redis = new Redis(container.urlOf(instance));
      expect(await redis.set('key', 'value')).toBe('OK');
      await instance.freeze();
      await expect(redis.set('key', 'other')).rejects.toThrow(/^NOWRITE/);
      await instance.pay();
      expect(await redis.set('key', 'other')).toBe('OK');
      redis.disconnect();
    });

    const shown = examples().filter(({ text }) => needsImage(text));
    test.each(shown.map((one) => [one.where, one] as const))(
      'the program of %s runs',
      async (_, { text }) => {
        const program = text.replace(
          `FrostgateContainer('frostgate')`,
          `FrostgateContainer('${IMAGE}')`,
        );
        expect(program).toContain(IMAGE);
        await runProgram(program, undefined, { TESTCONTAINERS_RYUK_DISABLED: 'true' });
      },
      START_MS,
    );

    test('nobody does anything at its API without the token', async () => {
      const answer = await fetch(`${container.api.url}/v1/status`);
      expect(answer.status).toBe(401);
    });
  });

  describe.skipIf(noCompose !== null)(`docker-compose.yml${leftOut(noCompose)}`, () => {
    const profiles = [
      { engine: 'docker', profile: [] as string[] },
      { engine: 'external', profile: ['--profile', 'external'] },
    ];
    const ways = [...COMPOSES].flatMap(([version, words]) =>
      profiles.map((one) => ({ version, words, ...one })),
    );
    test.each(ways)(
      'with the engine $engine, by Compose $version',
      async ({ words, engine, profile }) => {
        const first = await freePorts(11);
        const compose = composeWith(words, {
          COMPOSE_PROJECT_NAME: `${NAME}-${engine}`,
          FROSTGATE_IMAGE: IMAGE,
          FROSTGATE_ENGINE: engine,
          FROSTGATE_DOCKER_NETWORK: `${NAME}-${engine}`,
          FROSTGATE_API_PORT: String(first + 10),
          FROSTGATE_PORTS: `${String(first)}-${String(first + 9)}`,
        });
        const frostgate = (...args: string[]) =>
          compose('exec', '-T', 'frostgate', 'frostgate', ...args);
        const labelled = async () => {
          const filter = `network=${NAME}-${engine}`;
          const names = await docker('ps', '--filter', filter, '--format', '{{.Names}}');
          return names.split('\n').filter((name) => /^frostgate-[^-]+-r-1$/.test(name));
        };
        try {
          await compose(...profile, 'up', '--detach', '--no-build');
          const container = await compose('ps', '--quiet', 'frostgate');
          await until('it is healthy', () => isHealthy(container), START_MS);
          const status = JSON.parse(await frostgate('status', '--json')) as { engine: string };
          expect(status.engine).toMatch(new RegExp(`^${engine}: `));
          await expectArrears(`redis://127.0.0.1:${String(first)}`, frostgate);
          const api = `http://127.0.0.1:${String(first + 10)}/v1/status`;
          const headers = { authorization: 'Bearer frostgate' };
          expect((await fetch(api, { headers })).status).toBe(200);
          if (engine === 'external') {
            const read = ['exec', '-T', 'redis', 'redis-cli', 'get', 'key'];
            expect(await compose(...profile, ...read)).toBe('other');
          } else {
            expect(await labelled()).toHaveLength(1);
            await frostgate('reset');
            expect(await labelled()).toEqual([]);
          }
        } finally {
          await frostgate('reset').catch(() => ''); // of what a failed test has left
          await compose(...profile, 'down', '--volumes', '--timeout', '30');
        }
      },
      START_MS * 2,
    );
  });
});
