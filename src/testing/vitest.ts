/** For vitest: `test` with a simulator for each worker and an instance for each test. */
import { inject, test as plain } from 'vitest';
import type { Frostgate } from './frostgate.js';
import { Isolation } from './isolation.js';
import type { TestInstance } from './test-instance.js';
import type {} from './vitest-setup.js';

export * from './index.js';

interface Worker {
  readonly isolation: Isolation;
}

interface World {
  /** Put back after each test where it is the worker's own. */
  readonly frostgate: Frostgate;
  /** A new one for each test that asks for it, with an account of its own. */
  readonly instance: TestInstance;
}

/**
 * Each worker has a simulator of its own; where `frostgate/testing/vitest-setup` is a globalSetup, or FROSTGATE_URL is
 * set, all of them join that one, and each test has an instance and an account of its own.
 */
export const test = plain
  .extend<{ $worker: Worker }>({
    isolation: [
      // eslint-disable-next-line no-empty-pattern -- vitest reads from it which fixtures are needed
      async ({}, use) => {
        const join = inject('frostgate');
        const isolation = await Isolation.begin(join ? { join } : {});
        await use(isolation);
        await isolation.end();
      },
      { scope: 'worker' },
    ],
  })
  .extend<World>({
    frostgate: async ({ isolation }, use) => {
      await use(isolation.frostgate);
      await isolation.reset();
    },
    instance: async ({ frostgate }, use) => {
      const instance = await frostgate.createInstance();
      await use(instance);
      if (frostgate.isShared) await instance.destroy();
    },
  });
