/** For `node --test`. */
import { after, afterEach, before } from 'node:test';
import type { Frostgate } from './frostgate.js';
import { isolated, type IsolationOptions } from './isolation.js';

export * from './index.js';

/** At the top of a file or of a `describe`: a simulator for the tests in it, and the world put back after each. */
export function useFrostgate(options?: IsolationOptions): () => Frostgate {
  return isolated({ beforeAll: before, afterEach, afterAll: after }, options);
}
