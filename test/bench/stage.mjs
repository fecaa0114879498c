// What a benchmark sets up and takes down: a directory, programs that run in it, free ports.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** A program that was told to end and has not after this long is killed. */
const END_WITHIN_MS = 10_000;
const LISTENS_WITHIN_MS = 10_000;

/** True where the program is on PATH. Nothing is installed: who measures says what is missing and goes on. */
export async function has(program) {
  return run('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}

/** Ends the process with a hint where one of the programs is missing. */
export async function require(programs) {
  const missing = [];
  for (const program of programs) if (!(await has(program))) missing.push(program);
  if (missing.length === 0) return;
  console.error(
    `not on PATH: ${missing.join(', ')} (Debian: apt-get install redis-server redis-tools)`,
  );
  process.exit(1);
}

export class Stage {
  #programs = [];
  #closed;

  constructor(directory) {
    this.directory = directory;
  }

  static async open() {
    const stage = new Stage(await mkdtemp(join(tmpdir(), 'frostgate-bench-')));
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => void stage.close().finally(() => process.exit(130)));
    }
    return stage;
  }

  file(name) {
    return join(this.directory, name);
  }

  /** A program of ours, ended with the stage. */
  start(program, args, env = process.env) {
    const stdio = ['pipe', 'pipe', 'pipe'];
    const child = spawn(program, args, { stdio, cwd: this.directory, env });
    // Read or not, a pipe that is full would hold the program up.
    child.stdout.resume();
    child.stderr.resume();
    this.#programs.push(child);
    return child;
  }

  /** The last one that was started goes first: proxies before what they lead to. */
  close() {
    return (this.#closed ??= this.#end());
  }

  async #end() {
    for (const child of this.#programs.reverse()) await endOf(child);
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function endOf(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  child.kill('SIGCONT'); // it may be at rest
  const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}

/** The next line that the child says on stdout. Rejects with what it said on stderr where it ends before. */
export function nextLineOf(child) {
  return new Promise((resolve, reject) => {
    let [output, complaint] = ['', ''];
    const onComplaint = (chunk) => (complaint += chunk);
    const onOutput = (chunk) => {
      output += chunk;
      if (output.includes('\n')) settle(() => resolve(output.split('\n')[0]));
    };
    const onExit = () =>
      settle(() => reject(new Error(`${child.spawnargs.join(' ')} ended: ${complaint}`)));
    const settle = (so) => {
      child.stdout.off('data', onOutput);
      child.stderr.off('data', onComplaint);
      child.off('exit', onExit);
      so();
    };
    child.stdout.on('data', onOutput);
    child.stderr.on('data', onComplaint);
    child.on('exit', onExit);
  });
}

/**
 * Runs `work` while the program may run, which otherwise rests: of several that are measured in turn, none takes
 * processor time from the one whose turn it is.
 */
export async function awake(child, work) {
  child?.kill('SIGCONT');
  try {
    return await work();
  } finally {
    child?.kill('SIGSTOP');
  }
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when somebody accepts connections there. */
export async function listening(port) {
  const giveUpAt = performance.now() + LISTENS_WITHIN_MS;
  while (performance.now() < giveUpAt) {
    const ok = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).on('error', () => resolve(false));
    });
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on ${port}`);
}
