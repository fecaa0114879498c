/** Finds the Redis that a killed simulator left in a directory, and waits for its end. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** After this long without an end, SIGKILL. Redis flushes its append-only file on SIGTERM. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Resolves when no Redis of ours works in `directory` any more. */
export async function endLeftoverProcess(directory: string): Promise<void> {
  const pid = await pidOf(join(directory, 'redis.pid'));
  if (pid === null || !(await runsIn(pid, directory))) return;
  kill(pid, 'SIGTERM');
  // Asked by its command line each time: one that has ended and that nobody waits for (a zombie) has none.
  for (let waitedMs = 0; await runsIn(pid, directory); waitedMs += LOOK_EVERY_MS) {
    if (waitedMs >= PATIENCE_MS) kill(pid, 'SIGKILL');
    await delay(LOOK_EVERY_MS);
  }
}

async function pidOf(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
}

/** The number may have been given to another process since. */
async function runsIn(pid: number, directory: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const commandLine = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(async () => {
    // macOS has no /proc. Both fail where the process is gone by now.
    const asked = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => null);
    return asked?.stdout ?? '';
  });
  return commandLine.includes(join(directory, 'redis.conf'));
}

function isAlive(pid: number): boolean {
  return kill(pid, 0);
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // gone
  }
}
