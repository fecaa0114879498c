/** `frostgate exec -- npm test`: a simulator for one command, which is gone with it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { givenConfigOf, processEnvironment, type Flags } from '../config.js';
import { problemOf, SimulatorError } from '../control-plane/core/errors.js';
import { startSimulator, type Simulator } from '../simulator.js';
import { environmentOf } from './environment.js';

/** As a shell has it, where there is no such command and where it cannot be run. */
const EXIT_CODES: Readonly<Record<string, number>> = { ENOENT: 127, EACCES: 126 };
const HANDED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

interface End {
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

/** Ends this process as the command ended. Throws SimulatorError where there is no simulator to run it with. */
export async function exec(command: readonly string[], flags: Flags): Promise<void> {
  // From here on, so that a signal during the start ends things in order, too.
  const child = new HandedOn();
  const simulator = await startSimulator({
    ...givenConfigOf(flags),
    // Of its own, whatever else runs here, and gone with it.
    dataDir: null,
    progress: (line) => console.error(line),
  });
  let end: End;
  try {
    end = child.isOver ? child.ended() : await run(command, await prepare(simulator), child);
  } finally {
    await simulator.close();
  }
  child.letGo();
  // As it ended: the shell, or whoever asked, is to see the same signal.
  if (end.signal) process.kill(process.pid, end.signal);
  process.exitCode = end.code;
}

async function prepare(simulator: Simulator): Promise<Readonly<Record<string, string>>> {
  const { apiUrl, token } = simulator;
  const instance = await simulator.createInstance();
  return environmentOf({ url: apiUrl ?? '', token: token ?? undefined }, instance);
}

function run(
  [file = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  handedOn: HandedOn,
): Promise<End> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: 'inherit',
      env: { ...processEnvironment(), ...environment },
    });
    handedOn.to(child);
    child.once('error', (error: NodeJS.ErrnoException) => {
      console.error(`frostgate exec: ${file} cannot be run: ${problemOf(error)}`);
      resolve({ code: EXIT_CODES[error.code ?? ''] ?? 1, signal: null });
    });
    child.once('exit', (code, signal) => {
      resolve({ code: code ?? 128 + constants.signals[signal ?? 'SIGTERM'], signal });
    });
  });
}

/** Signals to us are for the command. */
class HandedOn {
  #child: ChildProcess | undefined;
  #early: NodeJS.Signals | undefined;
  readonly #listeners = HANDED_ON.map((signal) => {
    const listener = () => this.#take(signal);
    process.on(signal, listener);
    return [signal, listener] as const;
  });

  /** There was one before the command. */
  get isOver(): boolean {
    return this.#early !== undefined;
  }

  ended(): End {
    return { code: 1, signal: this.#early ?? null };
  }

  to(child: ChildProcess): void {
    this.#child = child;
  }

  letGo(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }

  #take(signal: NodeJS.Signals): void {
    if (!this.#child) this.#early ??= signal;
    // Ctrl-C in a terminal is for all of its foreground processes: the command has it already.
    else if (signal !== 'SIGINT' || !process.stdin.isTTY) this.#child.kill(signal);
  }
}

/** Throws InvalidInput where nothing is to be run. */
export function commandOf(args: readonly string[]): readonly string[] {
  if (args.length > 0) return args;
  throw new SimulatorError('InvalidInput', {
    field: 'command',
    problem: 'is missing',
    value: 'nothing',
    wayOut: 'Write it behind two dashes: frostgate exec -- npm test',
  });
}
