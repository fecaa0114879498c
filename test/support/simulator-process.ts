/** The real program as a child process, for tests that kill it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connectTo, type ActionClient, type InstanceView } from '../../src/index.js';

const BIN = new URL('../../bin/frostgate.js', import.meta.url).pathname;
const READY_WITHIN_MS = 60_000;

export interface Ready {
  readonly apiUrl: string;
  readonly instances: readonly InstanceView[];
}

export class SimulatorProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [BIN, 'up', '--json', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
  }

  /** Everything that it printed. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it says that it is ready; rejects with what it printed when it ends before. */
  async ready(): Promise<Ready> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const line = this.#output.split('\n').find((text) => text.startsWith('{"apiUrl"'));
      if (line !== undefined) return JSON.parse(line) as Ready;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`it ended before it was ready: ${this.#output}`);
      }
      if (performance.now() > deadline) throw new Error(`not ready: ${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async client(): Promise<ActionClient> {
    const { apiUrl } = await this.ready();
    return connectTo({ url: apiUrl, token: undefined });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Resolves with the exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode ?? 0;
    const exited = once(this.#child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.#child.kill(signal);
    const [code, by] = await exited;
    return code ?? by ?? 0;
  }
}
