/** FrostgateContainer: the image beside an application. Where none can be pulled, it is a stand-in made of this machine's own programs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  FrostgateContainer,
  type StartedFrostgateContainer,
} from '../../src/testing/testcontainers.js';
import { whyNoDocker } from '../support/docker.js';

const run = promisify(execFile);
const IMAGE = `frostgate-test:${String(process.pid)}`;
const missing = await whyNoDocker();

describe.skipIf(missing !== null)(
  `FrostgateContainer${missing === null ? '' : `, LEFT OUT: ${missing}`}`,
  () => {
    let container: StartedFrostgateContainer;
    beforeAll(async () => {
      // The reaper is an image of its own, which may not be there either: this file ends what it starts.
      process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
      await run(process.execPath, ['scripts/frostgate-image.mjs', IMAGE]);
      container = await new FrostgateContainer(IMAGE).start();
    }, 180_000);
    afterAll(async () => {
      await container.stop();
      await run('docker', ['image', 'rm', '--force', IMAGE]);
    });

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

    test('nobody does anything at its API without the token', async () => {
      const answer = await fetch(`${container.api.url}/v1/status`);
      expect(answer.status).toBe(401);
    });

    test('what the Dockerfile has for a health check works in it', async () => {
      const { exitCode } = await container.exec([
        'frostgate',
        'health',
        '--url',
        'http://127.0.0.1:7480',
      ]);
      expect(exitCode).toBe(0);
    });
  },
);
