/** The real command line: bin/frostgate.js in a process of its own. What it runs is built before all tests. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from './raw-client.js';

export const BIN = new URL('../../bin/frostgate.js', import.meta.url).pathname;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** One command, to its end. */
export async function frostgate(args: readonly string[], env: Environment = {}): Promise<Outcome> {
  const running = new Running(args, env);
  const code = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr };
}

/** The command line of one simulator. */
export function frostgateAt(url: string | null) {
  return (...args: readonly string[]): Promise<Outcome> =>
    frostgate(args, { FROSTGATE_URL: url ?? '' });
}

/** A command that goes on until it is told to end; at the latest at the end of its block. */
export class Running implements AsyncDisposable {
  /** The exit code, when all output is there; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  /** @param isApart in a session of its own, without a terminal */
  constructor(args: readonly string[], env: Environment = {}, isApart = false) {
    this.#child = spawn(process.execPath, [BIN, ...args], {
      detached: isApart,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Waits for output, and returns what matched. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    await until(`the command says ${String(pattern)}`, () => {
      match = pattern.exec(this.#stdout);
      if (!match && this.#child.exitCode !== null) {
        throw new Error(`it ended without it: ${this.#stdout}${this.#stderr}`);
      }
      return match !== null;
    });
    return match as unknown as RegExpExecArray; // until() has seen to it
  }

  /** The same, of what it complains about. */
  async errs(pattern: RegExp): Promise<void> {
    await until(`the command complains ${String(pattern)}`, () => pattern.test(this.#stderr));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** To all processes of its session, where it is apart. */
  signalAll(signal: NodeJS.Signals): void {
    process.kill(-Number(this.#child.pid), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.signal('SIGKILL');
    await this.ended;
  }
}

/** `frostgate up` in a data directory, on ports that the system and `ports` choose; time stands. */
export function upIn(dataDir: string, ports: string, ...more: readonly string[]): Running {
  return new Running(upArguments(dataDir, ports, ...more));
}

/** The same in a session of its own. */
export function upApart(dataDir: string, ports: string, ...more: readonly string[]): Running {
  return new Running(upArguments(dataDir, ports, ...more), {}, true);
}

function upArguments(dataDir: string, ports: string, ...more: readonly string[]): string[] {
  const where = ['--data-dir', dataDir, '--engine', 'process', '--api-port', '0', '--ports', ports];
  const time = ['--rate', '0', '--clock-start', '2026-01-01'];
  return ['up', ...where, ...time, ...more];
}

/** Nothing of what whoever runs the tests has set for simulators of their own. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(FROSTGATE_|NO_COLOR$|FORCE_COLOR$)/.test(name),
  );
  return Object.fromEntries(kept);
}
