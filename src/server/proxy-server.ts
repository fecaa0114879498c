/** The set of endpoints. Every verb may be repeated: it brings about what it says. */
import { CAUGHT_UP_MS_MAX } from './caught-up.js';
import { CommandTables } from './command-tables.js';
import { Endpoint } from './endpoint.js';
import type { TrafficCounts } from './traffic.js';
import type { EndpointSpec, ShiftBegun, ShiftedTo, ShiftOf, TimeMap } from './endpoint-spec.js';

export class ProxyServer {
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #tables = new CommandTables();
  /** Also of endpoints that are not open yet. */
  readonly #times = new Map<string, TimeMap | null>();
  /** Instances whose time moves; whether their data may have expiries. */
  readonly #shifting = new Map<string, boolean>();

  /**
   * @param report is told of mistakes of our own: each ends one session, and nothing else.
   * @param caughtUpMsMax how long a shift waits for one Redis (real ms); another one in tests only
   */
  constructor(
    private readonly report: (problem: string) => void = () => undefined,
    private readonly caughtUpMsMax = CAUGHT_UP_MS_MAX,
  ) {}

  /** Opens the endpoint, or changes the open one. Throws DataPlaneError. */
  async apply(spec: EndpointSpec): Promise<{ readonly port: number }> {
    const open = this.#endpoints.get(spec.instanceId);
    if (open) {
      open.apply(spec);
      return { port: open.port };
    }
    const endpoint = await Endpoint.open(spec, this.#tables, this.report, this.caughtUpMsMax);
    this.#endpoints.set(spec.instanceId, endpoint);
    endpoint.setTime(this.#times.get(spec.instanceId) ?? null);
    const isVolatile = this.#shifting.get(spec.instanceId);
    // Nobody has sent anything yet, so there is nothing to wait for.
    if (isVolatile !== undefined) endpoint.shift.begin(isVolatile);
    return { port: endpoint.port };
  }

  /** Resolves when the replies that Redis had sent by now were handed on to the clients. */
  async settle(instanceId: string): Promise<void> {
    await this.#endpoints.get(instanceId)?.settle();
  }

  /** From the next command on, absolute times are translated so; null: Redis' own time is right. */
  setTimes(times: readonly ShiftedTo[]): Promise<void> {
    for (const { instanceId, time } of times) {
      this.#times.set(instanceId, time);
      this.#endpoints.get(instanceId)?.setTime(time);
    }
    return Promise.resolve();
  }

  /**
   * Commands wait from now on: all of them where data may have expiries, elsewhere those that may give one. Resolves
   * with the first kind's ids, when what got to their Redis before has been carried out. One Redis that cannot be
   * asked, or does not answer, does not hold up the others: it is among the failed; its commands wait all the same,
   * until `endShift`.
   */
  async beginShift(ids: readonly ShiftOf[]): Promise<ShiftBegun> {
    const held: string[] = [];
    const failed: { instanceId: string; problem: string }[] = [];
    const settled: Promise<void>[] = [];
    // Most hold nobody: for those nothing is made that would have to be collected, since clients wait for that, too.
    for (const { instanceId, volatile } of ids) {
      this.#shifting.set(instanceId, volatile || this.#shifting.get(instanceId) === true);
      const endpoint = this.#endpoints.get(instanceId);
      if (!(endpoint?.shift.begin(volatile) ?? volatile)) continue;
      held.push(instanceId);
      const whenSettled = endpoint?.settledForShift().catch((error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error);
        failed.push({ instanceId, problem });
      });
      if (whenSettled) settled.push(whenSettled);
    }
    await Promise.all(settled);
    return { held, failed };
  }

  /** The commands that wait go on, in their order, with the new times. */
  endShift(times: readonly ShiftedTo[]): Promise<void> {
    for (const { instanceId, time } of times) {
      this.#times.set(instanceId, time);
      this.#shifting.delete(instanceId);
      const endpoint = this.#endpoints.get(instanceId);
      endpoint?.setTime(time);
      endpoint?.shift.end();
    }
    return Promise.resolve();
  }

  /** Instances to which a command got that may change data since they were marked, and those that never were. */
  written(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const [instanceId, { writes }] of this.#endpoints) if (writes.any) found.push(instanceId);
    return Promise.resolve(found);
  }

  /** To be asked for while all commands are held. */
  markUnwritten(instanceId: string): Promise<void> {
    this.#endpoints.get(instanceId)?.markUnwritten();
    return Promise.resolve();
  }

  /** What passed each open endpoint since it was opened. */
  traffic(): Promise<readonly TrafficCounts[]> {
    return Promise.resolve([...this.#endpoints.values()].map((one) => one.trafficCounts()));
  }

  /** Stops listening and ends the sessions; nothing to do where there is no such endpoint. */
  async remove(instanceId: string): Promise<void> {
    const endpoint = this.#endpoints.get(instanceId);
    this.#endpoints.delete(instanceId);
    this.#times.delete(instanceId);
    this.#shifting.delete(instanceId);
    await endpoint?.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#endpoints.keys()].map((id) => this.remove(id)));
  }
}
