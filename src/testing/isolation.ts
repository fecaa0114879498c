/** What test runners have in common: one simulator for many tests, and the world put back after each. */
import {
  startFrostgate,
  type Frostgate,
  type FrostgateOptions,
  type WorldCheckpoint,
} from './frostgate.js';

export interface IsolationOptions extends FrostgateOptions {
  /** What all of the tests begin with; done once. */
  readonly prepare?: (frostgate: Frostgate) => void | Promise<void>;
  /**
   * The world is rolled back after each test. So it is by default where the simulator is this process' own; one that
   * others use as well is never rolled back.
   */
  readonly rollback?: boolean;
}

/** The functions of a test runner that are called back. */
export interface Hooks {
  readonly beforeAll: (work: () => Promise<void>) => unknown;
  readonly afterEach: (work: () => Promise<void>) => unknown;
  readonly afterAll: (work: () => Promise<void>) => unknown;
}

/** One simulator, and the moment that every test begins at. */
export class Isolation {
  private constructor(
    readonly frostgate: Frostgate,
    private readonly beginning: WorldCheckpoint | null,
  ) {}

  static async begin({
    prepare,
    rollback = true,
    ...options
  }: IsolationOptions = {}): Promise<Isolation> {
    const frostgate = await startFrostgate(options);
    try {
      await prepare?.(frostgate);
      const isOwn = rollback && !frostgate.isShared;
      return new Isolation(frostgate, isOwn ? await frostgate.checkpoint() : null);
    } catch (error) {
      await frostgate.close();
      throw error;
    }
  }

  /** After each test. */
  async reset(): Promise<void> {
    await this.beginning?.rollback();
  }

  end(): Promise<void> {
    return this.frostgate.close();
  }
}

/** Registers it with a runner. What is returned gives the simulator to whoever asks within a test. */
export function isolated(hooks: Hooks, options: IsolationOptions = {}): () => Frostgate {
  let isolation: Isolation | undefined;
  hooks.beforeAll(async () => {
    isolation = await Isolation.begin(options);
  });
  hooks.afterEach(async () => {
    await isolation?.reset();
  });
  hooks.afterAll(async () => {
    await isolation?.end();
    isolation = undefined;
  });
  return () => {
    if (isolation) return isolation.frostgate;
    throw new Error('there is no simulator yet: ask for it within a test, or in `prepare`');
  };
}
