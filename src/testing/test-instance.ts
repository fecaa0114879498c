/** An instance under test: what its customer does, what becomes of it, and where it stands. */
import type { ActionClient } from '../control-plane/actions/index.js';
import type { InstanceView } from '../control-plane/actions/views.js';
import { Observation } from './observation.js';

/** More deadlines than any story has between two states. */
const STEPS_MAX = 10_000;
/** What it has after it was paid, in the currency of the account: enough for some days of the classes that tests use. */
const CREDIT = 1000;

/** Names of states: active, overdue, frozen, released, deleted. */
export type StateName = InstanceView['state'];

export class TestInstance {
  readonly id: string;
  readonly name: string;
  readonly accountId: string;
  readonly host: string;
  readonly port: number;
  /** For a client of Redis: `redis://127.0.0.1:6400`. */
  readonly url: string;

  constructor(
    private readonly client: ActionClient,
    { id, name, accountId, host, port, url }: InstanceView,
  ) {
    if (port === null || url === null) throw new Error(`the instance ${id} has no endpoint`);
    [this.id, this.name, this.accountId] = [id, name, accountId];
    [this.host, this.port, this.url] = [host, port, url];
  }

  /** All that is known of it now. */
  describe(): Promise<InstanceView> {
    return this.client.describeInstanceAttribute({ id: this.id });
  }

  async state(): Promise<StateName> {
    return (await this.describe()).state;
  }

  /** Its account runs dry: time goes on to the next charge that cannot be met. */
  async owe(): Promise<void> {
    await this.#runDry();
    await this.until('overdue');
  }

  /** Nobody pays, and time goes on until writes are refused. */
  async freeze(): Promise<void> {
    await this.#runDry();
    await this.until('frozen');
  }

  /** What is owed, and something for the time to come. In effect at once, on the connections that are open. */
  async pay(): Promise<void> {
    const amount = CREDIT - (await this.#balance());
    if (amount > 0) await this.client.topUpAccount({ account: this.accountId, amount });
  }

  /** Puts the clock forward, `26h` or `8d`; it is the clock of all instances of the simulator. */
  async advance(by: string): Promise<void> {
    await this.client.advanceClock({ by });
  }

  /**
   * Puts the clock forward, from one thing that is due to the next, until the instance is in that state; nothing to do
   * where it is. Throws an Error that says what will become of it instead.
   */
  async until(state: StateName): Promise<void> {
    for (let step = 0; step < STEPS_MAX; step += 1) {
      if ((await this.state()) === state) return;
      const { changes } = await this.client.describeInstancePlan({ id: this.id });
      const change = changes.find((one) => one.state === state);
      if (!change) throw new Error(this.#never(state, changes));
      await this.client.setClock({ to: change.at });
    }
    throw new Error(this.#never(state, []));
  }

  /** Takes a backup of its data now. Resolves with its id, for `restore`. */
  async backup(): Promise<string> {
    return (await this.client.createBackup({ instance: this.id })).id;
  }

  /** Its data is that of the backup again, by default of its newest one; its clients are disconnected, and come again. */
  async restore(backup?: string): Promise<void> {
    const { now } = await this.client.getClock();
    const which = backup === undefined ? { restoreTime: now } : { backup };
    await this.client.restoreInstance({ instance: this.id, ...which, safetyBackup: false });
  }

  /** From now on: what the application does with it. Ask the observation for its `report`. */
  observe(): Promise<Observation> {
    return Observation.begin(this.client, this.id);
  }

  /** What happened to it, in order. */
  async events() {
    return (await this.client.listEvents({ instance: this.id, limit: EVENTS_MAX })).events;
  }

  /** It is gone at once, with its data. */
  async destroy(): Promise<void> {
    await this.client.destroyInstance({ id: this.id });
  }

  async #runDry(): Promise<void> {
    if ((await this.#balance()) <= 0) return; // what is owed already stays owed
    await this.client.setAccountBalance({ account: this.accountId, balance: 0 });
  }

  async #balance(): Promise<number> {
    const { balance } = await this.client.getAccount({ account: this.accountId });
    return Number(balance);
  }

  #never(
    state: StateName,
    changes: readonly { readonly at: string; readonly state: string }[],
  ): string {
    const plan = changes.map((one) => `${one.state} at ${one.at}`).join(', ') || 'nothing';
    return `${this.id} will not be ${state} if nobody acts. What will happen to it: ${plan}`;
  }
}

const EVENTS_MAX = 10_000;
