/** A simulator for tests: started in this process, or one that runs already. Its time is virtual; the timers of tests are never touched. */
import { randomUUID } from 'node:crypto';
import { connectTo } from '../client.js';
import { engineConfigOf, joinConfigOf, type ClientConfig } from '../config.js';
import type { ActionClient } from '../control-plane/actions/index.js';
import { SimulatorError } from '../control-plane/core/errors.js';
import { startSimulator, type SimulatorOptions } from '../simulator.js';
import { TestInstance } from './test-instance.js';

/** How a simulator for tests comes about. */
export interface FrostgateOptions extends SimulatorOptions {
  /**
   * The simulator to join. By default the one that FROSTGATE_URL names, with FROSTGATE_TOKEN; null starts one in this
   * process whatever the environment says. One that is joined takes no other options.
   */
  readonly join?: ClientConfig | null;
}

/** As the action CreateInstance takes it; the account is one of its own unless it is named. */
export type InstanceOptions = NonNullable<Parameters<ActionClient['createInstance']>[0]>;

/** What an account has that is opened for an instance of a test. */
const BALANCE = 1000;

/** The whole world as it was. */
export interface WorldCheckpoint {
  readonly id: string;
  /** State, money, clock and data are what they were; clients stay connected. May be done again and again. */
  rollback(): Promise<void>;
  /** Lets go of the memory that it takes. */
  forget(): Promise<void>;
}

/** Starts a simulator in this process, or joins one that runs. Throws SimulatorError: EngineNotAvailable, NotReachable and others. */
export async function startFrostgate(options: FrostgateOptions = {}): Promise<Frostgate> {
  const { join = joinConfigOf(), ...rest } = options;
  if (join) {
    const client = connectTo(join);
    await client.getHealth();
    return new Frostgate(client, join, null);
  }
  const simulator = await startSimulator({ ...engineConfigOf(), ...rest });
  const { apiUrl, token } = simulator;
  const where = apiUrl === null ? null : { url: apiUrl, token: token ?? undefined };
  return new Frostgate(simulator, where, () => simulator.close());
}

/** What a test has of a simulator. */
export class Frostgate implements AsyncDisposable {
  readonly #instances = new Map<string, TestInstance>();

  constructor(
    /** Every action of the API, for what is not here. */
    readonly client: ActionClient,
    /** Where its API listens, and its token; null where there is none. */
    readonly api: ClientConfig | null,
    private readonly end: (() => Promise<void>) | null,
  ) {}

  /** Others use it too: it was joined, its clock moves for all of them, and it stays when this is closed. */
  get isShared(): boolean {
    return this.end === null;
  }

  /** An instance with an account of its own, so that nobody else's money is concerned. Resolves when its Redis answers. */
  async createInstance(options: InstanceOptions = {}): Promise<TestInstance> {
    const account = options.account ?? `test-${randomUUID()}`;
    if (options.account === undefined) await this.client.openAccount({ account, balance: BALANCE });
    const view = await this.client.createInstance({ ...options, account });
    const instance = new TestInstance(this.client, view);
    this.#instances.set(instance.id, instance);
    return instance;
  }

  /** Virtual time. */
  async now(): Promise<Date> {
    return new Date((await this.client.getClock()).now);
  }

  /** Puts the clock forward, `26h` or `8d`: everything that is due on the way has happened when it resolves. */
  async advance(by: string): Promise<void> {
    await this.client.advanceClock({ by });
  }

  /** Remembers the whole world. In one that is shared, a rollback takes the others back as well. */
  async checkpoint(): Promise<WorldCheckpoint> {
    const { id } = await this.client.takeCheckpoint();
    const instances = [...this.#instances];
    return {
      id,
      rollback: async () => {
        await this.client.rollBack({ id });
        this.#instances.clear();
        for (const [key, instance] of instances) this.#instances.set(key, instance);
      },
      forget: async () => {
        await this.client.forgetCheckpoint({ id });
      },
    };
  }

  /** Ends the simulator; of one that is shared, the instances that were made here. May be called twice. */
  async close(): Promise<void> {
    if (this.end) return this.end();
    for (const [id, instance] of this.#instances) {
      await instance.destroy().catch(ignoreGone);
      this.#instances.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A rollback of somebody else's, or its own end, has taken it. */
function ignoreGone(error: unknown): void {
  const gone = ['InstanceNotFound', 'IllegalTransition', 'NotReachable'];
  if (!(error instanceof SimulatorError) || !gone.includes(error.code)) throw error;
}
