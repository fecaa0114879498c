/** Whether a terminal rules over this process: one that sends Ctrl-C to all processes of its session that are in front. */
import { closeSync, openSync } from 'node:fs';

/** What is ours by a pipe is ruled by it as well, so that a look at stdin would not do. */
const TERMINAL = '/dev/tty';

export function hasTerminal(): boolean {
  try {
    closeSync(openSync(TERMINAL, 'r'));
    return true;
  } catch {
    return false; // the system has none for us (tty(4))
  }
}
