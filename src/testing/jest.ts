/** For jest, and whatever else has beforeAll, afterEach and afterAll as globals. */
import type { Frostgate } from './frostgate.js';
import { isolated, type Hooks, type IsolationOptions } from './isolation.js';

export * from './index.js';

/** At the top of a file or of a `describe`: a simulator for the tests in it, and the world put back after each. */
export function useFrostgate(options?: IsolationOptions): () => Frostgate {
  const { beforeAll, afterEach, afterAll } = globalThis as typeof globalThis & Partial<Hooks>;
  if (!beforeAll || !afterEach || !afterAll) {
    throw new Error(
      'there are no beforeAll, afterEach and afterAll here: with vitest, import frostgate/testing/vitest; with node --test, frostgate/testing/node',
    );
  }
  return isolated({ beforeAll, afterEach, afterAll }, options);
}
