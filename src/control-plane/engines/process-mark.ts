/** Says of a thing which process made it, so that others can tell whether that one still lives. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Host, PID namespace (numbers mean nothing in another), number, and time of start (numbers are used again). */
export function markOfThisProcess(): string {
  return [...whereWeAre(), String(process.pid), startOf(process.pid)].join(' ');
}

/** Only where it can be known: a process of another host, or of another container, may live. */
export function isMarkOfTheDead(mark: string): boolean {
  const [host, namespace, number, start] = mark.split(' ');
  const [ownHost, ownNamespace] = whereWeAre();
  if (host !== ownHost || namespace !== ownNamespace) return false;
  const pid = Number(number);
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, as another user's.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
  return startOf(pid) !== start;
}

function whereWeAre(): readonly [host: string, namespace: string] {
  return [hostname(), attempt(() => readlinkSync('/proc/self/ns/pid'))];
}

/** In clock ticks since the machine's start; `-` where there is no /proc. */
function startOf(pid: number): string {
  const stat = attempt(() => readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  // The second field is a name in parentheses that may have anything in it (proc(5)): start is the 22nd.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '-'; // not Linux, or gone
  }
}
