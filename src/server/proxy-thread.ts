/**
 * The data plane in a thread of its own, so that a long advance or a slow disk
 * does not hold up a proxied command, and a flood of commands does not hold up
 * the control plane. Should the thread die by a mistake of ours, another one
 * takes over the same endpoints on the same ports.
 */
import { Worker } from 'node:worker_threads';
import { DataPlaneError } from './data-plane-error.js';
import type { EndpointSpec, ShiftBegun, ShiftedTo, ShiftOf, TimeMap } from './endpoint-spec.js';
import type { TrafficCounts } from './traffic.js';
import type { Answer, Call, Request, Result } from './proxy-messages.js';

/** Threads run what was built: Node.js 20 reads no TypeScript, so where the sources run, as in tests, dist/ has it. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/server/proxy-worker.js' : './proxy-worker.js',
  import.meta.url,
);

interface Waiting {
  resolve(result: Result | undefined): void;
  reject(error: Error): void;
}

export class ProxyThread {
  readonly #waiting = new Map<number, Waiting>();
  /** What the endpoints are to be, with the ports that they have: for the next thread. */
  readonly #specs = new Map<string, EndpointSpec>();
  /** And how time stands there. */
  readonly #times = new Map<string, TimeMap | null>();
  #worker: Worker;
  #lastNumber = 0;
  #closed = false;
  /** The thread that runs now has done something. */
  #hasAnswered = false;
  /** No thread runs, and none will. */
  #isOver = false;
  #lastWords = 'the data plane ended';

  /** @param entry is another one in tests only. */
  constructor(
    private readonly log: (line: string) => void,
    private readonly entry: URL = ENTRY,
  ) {
    this.#worker = this.#start();
  }

  /** Opens the endpoint, or changes the open one. Throws DataPlaneError. */
  async apply(spec: EndpointSpec): Promise<{ readonly port: number }> {
    const result = await this.#call({ verb: 'apply', spec });
    const port = result?.port ?? 0;
    this.#specs.set(spec.instanceId, { ...spec, port });
    return { port };
  }

  /** Resolves when the replies that Redis had sent by now were handed on to the clients. */
  async settle(instanceId: string): Promise<void> {
    await this.#call({ verb: 'settle', instanceId });
  }

  /** From the next command on, absolute times are translated so; null: Redis' own time is right. */
  async setTimes(times: readonly ShiftedTo[]): Promise<void> {
    for (const { instanceId, time } of times) this.#times.set(instanceId, time);
    await this.#call({ verb: 'setTimes', times });
  }

  /** As ProxyServer's. Should the thread die while time moves, commands wait no longer, and it is to be begun again. */
  async beginShift(ids: readonly ShiftOf[]): Promise<ShiftBegun> {
    const result = await this.#call({ verb: 'beginShift', ids });
    return result?.begun ?? { held: [], failed: [] };
  }

  /** The commands that wait go on, in their order, with the new times. */
  async endShift(times: readonly ShiftedTo[]): Promise<void> {
    for (const { instanceId, time } of times) this.#times.set(instanceId, time);
    await this.#call({ verb: 'endShift', times });
  }

  /** As ProxyServer's. */
  async written(): Promise<readonly string[]> {
    const result = await this.#call({ verb: 'written' });
    return result?.written ?? [];
  }

  /** As ProxyServer's. Should the thread die, nothing is marked any more. */
  async markUnwritten(instanceId: string): Promise<void> {
    await this.#call({ verb: 'markUnwritten', instanceId });
  }

  /** What passed each open endpoint since it was opened: by this thread, should another one have died. */
  async traffic(): Promise<readonly TrafficCounts[]> {
    const result = await this.#call({ verb: 'traffic' });
    return result?.traffic ?? [];
  }

  /** Stops listening and ends the sessions; nothing to do where there is no such endpoint. */
  async remove(instanceId: string): Promise<void> {
    this.#specs.delete(instanceId);
    this.#times.delete(instanceId);
    await this.#call({ verb: 'remove', instanceId });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#specs.clear();
    if (this.#isOver) return;
    await this.#call({ verb: 'close' });
    await this.#worker.terminate();
  }

  #call(request: Request): Promise<Result | undefined> {
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        reject(new Error(this.#lastWords));
        return;
      }
      this.#waiting.set(number, { resolve, reject });
      this.#worker.postMessage({ ...request, number } satisfies Call);
    });
  }

  #start(): Worker {
    this.#hasAnswered = false;
    // Not the flags that the process was started with: some of them are refused for a thread, such as --input-type.
    const worker = new Worker(this.entry, { name: 'frostgate-data-plane', execArgv: [] });
    worker.on('message', (answer: Answer) => this.#answered(answer));
    worker.on('error', (error) => {
      this.#lastWords = `the data plane failed: ${error.message}`;
      this.log(error.stack ?? error.message);
    });
    worker.on('exit', () => this.#ended());
    return worker;
  }

  #answered(answer: Answer): void {
    this.#hasAnswered = true;
    if ('problem' in answer) {
      this.log(answer.problem);
      return;
    }
    const waiting = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    if (!answer.error) waiting?.resolve(answer.result);
    else if (answer.error.code === null) waiting?.reject(new Error(answer.error.details.problem));
    else waiting?.reject(new DataPlaneError(answer.error.code, answer.error.details));
  }

  /** Whoever waits is told; the endpoints come back, the connections of clients are lost. */
  #ended(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(this.#lastWords));
    this.#waiting.clear();
    // One that never did anything will not do so the next time.
    this.#isOver = this.#closed || !this.#hasAnswered;
    if (this.#isOver) return;
    this.#worker = this.#start();
    // Before the endpoints, which nobody shall see with another time; a thread that ends again is told again.
    const times = [...this.#times].map(([instanceId, time]) => ({ instanceId, time }));
    this.#call({ verb: 'setTimes', times }).catch(() => undefined);
    for (const spec of this.#specs.values()) {
      this.#call({ verb: 'apply', spec }).catch((error: unknown) => {
        this.log(`the endpoint of ${spec.instanceId} did not come back: ${String(error)}`);
      });
    }
  }
}
