/**
 * Ends children when we die without a chance to: a shell reads their numbers
 * from a pipe of ours, and the pipe closes when we do, also on kill -9.
 */
import { spawn, type ChildProcess } from 'node:child_process';

/** `+ PID` and `- PID` lines; at the end of input what is left gets SIGTERM, and a directory that nobody needs goes. */
const SCRIPT = `
pids=
while read -r op pid; do
  case $op in
    +) pids="$pids $pid" ;;
    -) rest=; for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done; pids=$rest ;;
    bye) exit 0 ;;
  esac
done
for p in $pids; do kill -TERM "$p" 2>/dev/null; done
if [ -n "$1" ]; then
  for p in $pids; do
    tries=0
    while kill -0 "$p" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -KILL "$p" 2>/dev/null
  done
  # What is written to it meanwhile is in the way for a moment.
  tries=0
  until rm -rf -- "$1" || [ $tries -ge 100 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
`;

export class Lifeline {
  readonly #shell: ChildProcess;

  /** @param directory is removed when we die, or null for one that is kept. */
  constructor(directory: string | null) {
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'frostgate-lifeline', directory ?? ''], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // It must not keep us alive, and its own death is no reason for ours.
    this.#shell.unref();
    this.#shell.on('error', () => undefined);
    this.#shell.stdin?.on('error', () => undefined);
  }

  add(pid: number): void {
    this.#shell.stdin?.write(`+ ${String(pid)}\n`);
  }

  remove(pid: number): void {
    this.#shell.stdin?.write(`- ${String(pid)}\n`);
  }

  /** Everything was ended in order. Resolves when the shell has ended, too. */
  close(): Promise<void> {
    const shell = this.#shell;
    if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) {
      return Promise.resolve();
    }
    shell.ref(); // whoever waits for it is still there then
    return new Promise((resolve) => {
      shell.once('exit', () => resolve());
      shell.stdin?.end('bye\n');
    });
  }
}
